"""Who may know whom: the drawing in docs/design.md, read from the imports."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

BELOW = {
    "retrieval": {"data", "models"},
    "methods": {"data", "transport", "models", "retrieval"},
    "suite": {"data", "transport", "models", "retrieval", "methods"},
    "training": {"data", "transport", "models", "retrieval", "methods", "suite"},
    "running": {"data", "transport", "models", "retrieval", "methods", "suite", "training"},
    "transport": set[str](),
    "data": set[str](),
}
EVERYONE = {"", "errors", "lazy", "settings", "wording", "__version__"}


def imports(root: Path) -> dict[str, set[str]]:
    """Module → modules of the package that it imports, also inside functions and for types."""
    names = {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        for path in root.joinpath("clirbench").rglob("*.py")
    }
    found: dict[str, set[str]] = defaultdict(set)
    for name in names:
        path = root / name.replace(".", "/")
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                inner = {f"{node.module}.{each.name}" for each in node.names} & names
                found[name] |= inner or ({node.module} & names)
            elif isinstance(node, ast.Import):
                found[name] |= {each.name for each in node.names} & names
    return found


@pytest.mark.parametrize("room", BELOW)
def test_a_room_knows_those_below(room: str, root: Path) -> None:
    """And none above: of no room do two know each other."""
    odd = {
        f"{module} imports {other}"
        for module, others in imports(root).items()
        if module.startswith(f"clirbench.{room}.") or module == f"clirbench.{room}"
        for other in others
        if (*other.split("."), "")[1] not in {room, *BELOW[room], *EVERYONE}
    }
    assert not odd


def test_no_modules_import_each_other(root: Path) -> None:
    """Followed from one to the next, imports never come back."""
    graph = {
        module: {other for other in others if other.count(".") > 1}
        for module, others in imports(root).items()
        if module.count(".") > 1 and module.split(".")[1] in BELOW
    }
    done: set[str] = set()

    def follow(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join([*way[way.index(module) :], module])
        if module not in done:
            for other in graph.get(module, ()):
                follow(other, (*way, module))
            done.add(module)

    for module in graph:
        follow(module, ())
