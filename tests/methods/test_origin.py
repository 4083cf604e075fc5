"""What a stranger's method is known by: its code."""

from __future__ import annotations

import json
import linecache
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from clirbench.cli import main
from clirbench.errors import SuiteError
from clirbench.methods import Method, origin
from clirbench.methods.optical import Optical
from clirbench.methods.registry import find, register
from clirbench.retrieval.run import read_run
from clirbench.spec.identity import identity
from clirbench.spec.read import read_suite

MINE = """\
from typing import ClassVar
from clirbench.methods import Distillation
from clirbench.settings import settings
{imports}

@settings
class Mine(Distillation):
    name: ClassVar[str] = "mine"
    level: ClassVar[str] = "sentence"
    equation: ClassVar[str] = "0"
    reference: ClassVar[str] = "nobody"

    def loss(self, student, teacher):
        return factor() * (student.sentences - teacher.sentences).square().sum()
"""
HELPER = "def factor():\n    return 1.0\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of a user's on the path, whose modules are forgotten in the end."""
    place = tmp_path / "mine"
    place.mkdir()
    monkeypatch.syspath_prepend(str(place))
    yield place
    for name in sorted(sys.modules):
        if name.partition(".")[0] in {"mod", "helper", "between", "parts", "family"}:
            del sys.modules[name]


def write(folder: Path, **files: str) -> None:
    """Modules; two underlines in a row stand for a folder."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize(
    ("imports", "files"),
    [
        ("from helper import factor", {"helper": HELPER}),
        ("import helper\nfactor = helper.factor", {"helper": HELPER}),
        ("from between import factor", {"between": "from helper import *\n", "helper": HELPER}),
        ("from parts import factor", {"parts__init": "", "parts__helper": HELPER}),
        ("from parts.helper import factor", {"parts__helper": HELPER}),
        ("from parts import helper\nfactor = helper.factor", {"parts__helper": HELPER}),
        ("def factor():\n    from helper import factor as f\n    return f()", {"helper": HELPER}),
    ],
)
def test_a_helper_belongs_to_the_method(imports: str, files: dict[str, str], folder: Path) -> None:
    """However it is imported: through another module, a package, or inside a function."""
    write(folder, mod=MINE.format(imports=imports), unused="a = 1\n", **files)
    if "parts__init" in files:
        (folder / "parts" / "init.py").rename(folder / "parts" / "__init__.py")
        (folder / "parts" / "__init__.py").write_text("from .helper import factor\n")
    method = find("mod:Mine")
    before = identity(method())
    assert identity(method()) == before
    (folder / "unused.py").write_text("a = 2\n")
    assert identity(method()) == before
    helper = next(folder.rglob("helper.py"))
    helper.write_text(HELPER.replace("1.0", "2.0"))
    assert identity(method()) != before
    helper.write_text(HELPER)
    assert identity(method()) == before


def test_a_base_in_another_module(folder: Path) -> None:
    """What a class inherits is its own, and so is what that imports."""
    write(
        folder,
        helper=HELPER,
        family__base=MINE.format(imports="from helper import factor").replace("Mine", "Base"),
        mod="from typing import ClassVar\nfrom clirbench.settings import settings\n"
        'from family.base import Base\n\n@settings\nclass Mine(Base):\n    name: ClassVar[str] = "m"\n',
    )
    method = find("mod:Mine")
    before = identity(method())
    (folder / "helper.py").write_text(HELPER + "# changed\n")
    assert identity(method()) != before


def test_where_it_lies_does_not_matter(folder: Path, tmp_path: Path) -> None:
    """A copy of the same files is the same method; other names for them are not."""
    write(folder, mod=MINE.format(imports="from helper import factor"), helper=HELPER)
    before = identity(find("mod:Mine")())
    for name in ("mod", "helper"):
        del sys.modules[name]
    other = tmp_path / "elsewhere"
    folder.rename(other)
    sys.path.insert(0, str(other))
    try:
        assert identity(find("mod:Mine")()) == before
    finally:
        sys.path.remove(str(other))


def test_a_method_of_one_file_is_known_by_its_bytes(folder: Path) -> None:
    """As it has been: what was made by earlier versions is still known."""
    import hashlib

    write(folder, mod=MINE.format(imports="factor = float"))
    assert find("mod:Mine").origin() == hashlib.sha256((folder / "mod.py").read_bytes()).hexdigest()
    assert Optical.origin() is None


def test_what_others_installed_does_not_count(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder of installed packages, another distribution's modules are no part of a method."""
    write(folder, mod=MINE.format(imports="from helper import factor"), helper=HELPER)
    method = find("mod:Mine")
    monkeypatch.setattr(origin, "_installed", lambda place: place == folder.resolve())
    owners = {"mod": ["mine"], "helper": ["theirs"]}
    monkeypatch.setattr(origin, "packages_distributions", lambda: owners)
    origin._together.cache_clear()  # noqa: SLF001 - it asks once what is installed
    before = identity(method())
    (folder / "helper.py").write_text(HELPER + "# changed\n")
    assert identity(method()) == before
    owners["helper"] = ["mine"]
    origin._together.cache_clear()  # noqa: SLF001
    assert identity(method()) != before
    origin._together.cache_clear()  # noqa: SLF001


CELL = MINE.format(imports="FACTOR = 1.0\ndef factor():\n    return FACTOR\n")


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], type[Method]]:
    """Runs a cell as a notebook does: a module without a file, whose lines are kept for tracebacks."""
    module = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", module)
    cells: list[str] = []

    def run(text: str, *, kept: bool = True) -> type[Method]:
        cells.append(text)
        name = f"<cell {len(cells)}>"
        if kept:
            lines = text.splitlines(keepends=True)
            monkeypatch.setitem(linecache.cache, name, (len(text), None, lines, name))
        exec(compile(text, name, "exec"), vars(module))  # noqa: S102 - as notebooks do
        found: type[Method] = vars(module)["Mine"]
        return found

    return run


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("square()", "abs()", False),
        ("return FACTOR", "return FACTOR + 1", False),
        ("FACTOR = 1.0", "FACTOR = 2.0", False),
        ("FACTOR = 1.0", "FACTOR = 1.0\nOTHER = 3", True),
        ("", "", True),
    ],
)
def test_a_class_of_a_notebook(
    old: str,
    new: str,
    same: bool,  # noqa: FBT001 - a parameter
    notebook: Callable[[str], type[Method]],
) -> None:
    """It is another one once its source, or that of a function that it names, or a number is."""
    one = identity(notebook(CELL)())
    other = identity(notebook(CELL.replace(old, new, 1))())
    assert (one == other) == same


def test_a_class_of_a_notebook_names_a_module(
    folder: Path, notebook: Callable[[str], type[Method]]
) -> None:
    """The user's modules count as they do for a class in a file."""
    write(folder, helper=HELPER)
    mine = notebook(MINE.format(imports="from helper import factor"))
    before = identity(mine())
    (folder / "helper.py").write_text(HELPER + "# changed\n")
    assert identity(mine()) != before


def test_a_class_without_source_is_refused(notebook: Callable[..., type[Method]]) -> None:
    """Rather than to take one for another."""
    with pytest.raises(
        SuiteError, match=r"Mine: its source code cannot be read, .* Put it into a file"
    ):
        identity(notebook(CELL, kept=False)())


def test_a_registered_class(
    notebook: Callable[[str], type[Method]], write_suite: Callable[..., Path]
) -> None:
    """It can be named in a suite; the same name again is the class anew."""
    path = write_suite(('name = "bm25"', 'name = "mine"'))
    with pytest.raises(SuiteError, match='unknown method "mine"'):
        read_suite(path)
    try:
        for text in (CELL, CELL.replace("square()", "abs()")):
            mine = register(notebook(text))
            assert find("mine") is mine
            assert type(read_suite(path).suite.methods[2].method) is mine
        with pytest.raises(SuiteError, match="class int: expected a subclass"):
            register(int)  # type: ignore[type-var]
    finally:
        register.__globals__["_REGISTERED"].clear()


def test_a_changed_helper_makes_the_run_anew(
    tmp_path: Path,
    write_suite: Callable[..., Path],
    places: list[str],
    clirbench: Callable[..., subprocess.CompletedProcess[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the command line, in processes of their own: nothing old comes back."""
    write(tmp_path, mod=MINE.format(imports="from helper import factor"), helper=HELPER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    path = write_suite(('name = "bm25"', 'name = "mod:Mine"'))
    cell = tmp_path / "results" / "cells" / "qde-en" / "mine" / "seed=1"

    def run() -> tuple[str, str]:
        done = clirbench("run", path, *places, "--only", "qde-en/mine/seed=1")
        assert done.returncode == 0, done.stdout + done.stderr
        record = json.loads((cell / "record.json").read_text())
        return record["identity"], (cell / "training.jsonl").read_text()

    before = run()
    assert run() == before
    (tmp_path / "helper.py").write_text(HELPER.replace("1.0", "3.0"))
    after = run()
    assert after[0] != before[0]
    assert after[1] != before[1]


SEARCHER = """\
from typing import ClassVar
from clirbench.methods import Searcher
from clirbench.methods.registry import register
from clirbench.retrieval.run import Ranked
from clirbench.settings import settings

@register
@settings
class Mine(Searcher):
    name: ClassVar[str] = "mine"
    needs: ClassVar[str] = "nothing"
    reference: ClassVar[str] = "nobody"
    requires: ClassVar[frozenset] = frozenset({"documents"})

    def search(self, given):
        best = sorted(document.id for document in given.documents)[:5]
        return {topic: Ranked.of({d: -i for i, d in enumerate(best)}) for topic in given.topics}
"""


def test_a_class_that_is_defined_again_runs_again(
    notebook: Callable[[str], type[Method]],
    write_suite: Callable[..., Path],
    places: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In one process: what the old class found is not taken for what the new one would find."""
    monkeypatch.setattr("clirbench.methods.registry._REGISTERED", {})
    path = write_suite(('name = "bm25"', 'name = "bm25"\n\n[[method]]\nname = "mine"'))
    cell = tmp_path / "results" / "cells" / "qde-en" / "mine"

    def run(text: str) -> tuple[int, list[str]]:
        notebook(text)
        assert main(["run", str(path), *places, "--only", "qde-en/mine"]) == 0
        found = next(iter(read_run(cell / "run.trec.gz").values()))
        return (cell / "run.trec.gz").stat().st_mtime_ns, list(found)

    first = run(SEARCHER)
    assert run(SEARCHER) == first
    second = run(SEARCHER.replace("[:5]", "[-5:]"))
    assert second[1] != first[1]
