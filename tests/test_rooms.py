"""Who may know whom: imports go the way that docs/design.md draws, and never round."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 350


def drawn() -> list[str]:
    """The rooms, from the top of the drawing down."""
    text = (ROOT / "docs/design.md").read_text(encoding="utf-8")
    block = text.partition("## Rooms")[2].partition("    clirbench/\n")[2].partition("\n\n")[0]
    return re.findall(r"^ {6}(\w+)(?:/|\.py) ", block, re.MULTILINE)


def modules() -> dict[str, Path]:
    """Name of a module → its file."""
    found = {}
    for path in sorted(ROOT.joinpath("clirbench").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, names: dict[str, Path]) -> Iterator[str]:
    """The package's modules that a file imports, also inside functions and for types alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{each.name}" for each in node.names} & names.keys()
            yield from inner or {node.module} & names.keys()
        elif isinstance(node, ast.Import):
            yield from {each.name for each in node.names} & names.keys()


def room(module: str) -> str:
    """The room of a module; `clirbench` itself, which has the version, is everyone's."""
    return (*module.split("."), "")[1]


def test_every_room_is_drawn() -> None:
    """No more and no less than there are."""
    there = {room(name) for name in modules()} - {"", "__main__"}
    assert sorted(drawn()) == sorted(there)


@pytest.mark.parametrize("name", drawn())
def test_a_room_knows_those_below_it(name: str) -> None:
    """And none above."""
    names, order = modules(), drawn()
    below = {name, "", *order[order.index(name) + 1 :]}
    odd = [
        f"{module} imports {other}"
        for module, path in names.items()
        if room(module) == name
        for other in imports(path, names)
        if room(other) not in below
    ]
    assert odd == []


def test_no_modules_import_each_other() -> None:
    """Followed from one to the next, imports never come back. Packages' faces are left out."""
    names = modules()
    inner = {name for name, path in names.items() if path.name != "__init__.py"}
    graph = {name: set(imports(names[name], names)) & inner for name in inner}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_no_module_is_long() -> None:
    """A module that needs more has become two."""
    lengths = {
        name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules().items()
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
