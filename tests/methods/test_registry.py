from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from clirbench.cli import main
from clirbench.errors import SuiteError
from clirbench.methods import METHODS, Distillation
from clirbench.methods.optical import Optical
from clirbench.methods.registry import find, names
from clirbench.models.vectors import Vectors
from clirbench.spec.identity import canonical, identity
from clirbench.spec.read import read_suite

Install = Callable[..., Path]

WHOLE = """\
from typing import ClassVar
from clirbench.methods import Distillation
from clirbench.settings import settings

@settings
class Mine(Distillation):
    name: ClassVar[str] = "mine"
    level: ClassVar[str] = "sentence"
    equation: ClassVar[str] = "0"
    reference: ClassVar[str] = "nobody"

    width: float = 0.5

    def loss(self, student, teacher):
        return student.sentences.sum() * 0
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a distribution on the path, with its module and its entry points."""

    def put(name: str, module: str | None = None, **points: str) -> Path:
        folder = tmp_path / "site"
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = [f"{key.replace('_', '-')} = {value}\n" for key, value in points.items()]
        (info / "entry_points.txt").write_text("".join(["[clirbench.methods]\n", *lines]))
        if module is not None:
            (folder / f"{name}.py").write_text(module)
        if str(folder) not in sys.path:
            monkeypatch.syspath_prepend(str(folder))
        monkeypatch.delitem(sys.modules, name, raising=False)
        return folder

    return put


def fault(name: str) -> str:
    """What is said of a method that cannot be had."""
    with pytest.raises(SuiteError) as caught:
        find(name)
    return str(caught.value)


def test_own_methods_are_found() -> None:
    """Without anything installed, the table is all there is."""
    assert find("optical") is Optical
    assert set(METHODS) <= set(names())
    assert 'did you mean "optical"? (known: ' in fault("opticl")


def test_an_installed_package(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    """Its method is found under its name, is listed, and tells of itself as all do."""
    install("stranger", WHOLE, mine="stranger:Mine")
    found = find("mine")
    assert issubclass(found, Distillation)
    assert found.name == "mine"
    assert names()[-1] == "mine"
    assert main(["methods"]) == 0
    assert "nobody" in capsys.readouterr().out
    assert main(["methods", "mine"]) == 0
    assert "width = 0.5" in capsys.readouterr().out


def test_a_class_by_its_module(install: Install, write_suite: Callable[..., Path]) -> None:
    """It needs no entry point, only to be importable; the row is named after the method."""
    install("stranger", WHOLE)
    path = write_suite(('name = "bm25"', 'name = "stranger:Mine"'))
    assert "mine" in [entry.label for entry in read_suite(path).suite.methods]


def test_a_package_is_not_imported_unless_named(
    install: Install, write_suite: Callable[..., Path]
) -> None:
    """A suite that does not name a method runs none of its code."""
    install("stranger", "raise SystemExit", mine="stranger:Mine")
    read_suite(write_suite())
    assert "stranger" not in sys.modules


def test_identity_follows_the_file(install: Install) -> None:
    """A stranger's method is another one after its file was changed; clirbench's have no such mark."""
    folder = install("stranger", WHOLE, mine="stranger:Mine")
    before = identity(find("mine")())
    (folder / "stranger.py").write_text(WHOLE + "# changed\n")
    assert identity(find("mine")()) != before
    assert "origin" not in str(canonical(Optical()))


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("from typing", "import nowhere\nfrom typing", "cannot be imported: ModuleNotFoundError: No module named 'nowhere'; is it"),
        ("from typing", "1 / 0\nfrom typing", "cannot be imported: ZeroDivisionError"),
        ("@settings\n", "", "class Mine is not decorated with @clirbench.settings.settings"),
        ("def loss", "def lose", "does not define loss"),
        ('    equation: ClassVar[str] = "0"\n', "", "`equation` is missing"),
        ('    level: ClassVar[str] = "sentence"\n', "", "`level` is missing"),
        ("(Distillation)", "", "expected a subclass of clirbench.methods.Distillation or clirbench.methods.Ranking or"),
        ('= "mine"', '= "other"', 'its `name` is "other"; the two names must be the same'),
        ("Mine", "Yours", "cannot be imported: AttributeError"),
    ],
)  # fmt: skip
def test_what_is_no_method_is_refused(old: str, new: str, error: str, install: Install) -> None:
    """The error names the package and says what it lacks."""
    install("stranger", WHOLE.replace(old, new), mine="stranger:Mine")
    found = fault("mine")
    assert found.startswith('method "mine" of package stranger 1.0 (stranger:Mine)'), found
    assert error in found


def test_an_object_that_is_no_class(install: Install) -> None:
    """A module:object that is something else is shown."""
    install("stranger", "Mine = 3")
    assert fault("stranger:Mine").endswith("Searcher (got 3)")
    assert "nowhere:Mine" in fault("nowhere:Mine")
    install("taken", WHOLE.replace('"mine"', '"optical"'))
    assert "not be one of clirbench's own" in fault("taken:Mine")


def test_two_packages_of_one_name(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither is taken; the list says so and goes on."""
    install("one", WHOLE, mine="one:Mine")
    install("two", WHOLE, mine="two:Mine")
    assert "offered by several packages: package one 1.0 and package two 1.0" in fault("mine")
    assert main(["methods"]) == 0
    out = capsys.readouterr().out
    assert "broken" in out
    assert "optical-partial" in out


def test_errors_have_places(install: Install, write_suite: Callable[..., Path]) -> None:
    """In a suite the name is where the fault is."""
    install("stranger", WHOLE.replace("def loss", "def lose"), mine="stranger:Mine")
    path = write_suite(('name = "bm25"', 'name = "mine"'))
    line = path.read_text().splitlines().index('name = "mine"') + 1
    with pytest.raises(SuiteError) as caught:
        read_suite(path)
    assert caught.value.errors[0].startswith(f"{path}:{line}:1: method[3].name: method")


@pytest.fixture
def example(root: Path, install: Install, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The worked example, as if it were installed."""
    folder = root / "examples" / "own-method"
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["clirbench.methods"]
    site = install("example", **{key.replace("-", "_"): value for key, value in points.items()})
    (site / "sentence_huber.py").write_bytes((folder / "sentence_huber.py").read_bytes())
    monkeypatch.delitem(sys.modules, "sentence_huber", raising=False)
    return site


def test_the_example_is_a_method(example: Path, root: Path) -> None:
    """Its loss is torch's Huber loss of the distances, and its suite is sound."""
    method = find("sentence-huber")(delta=0.5)  # type: ignore[call-arg]
    assert isinstance(method, Distillation)
    generator = torch.Generator().manual_seed(1)
    mask = torch.ones(6, 3, dtype=torch.bool)
    s, t = (Vectors(torch.randn(6, 3, 4, generator=generator) / 3, mask) for _ in range(2))
    distances = (s.tokens.mean(1) - t.tokens.mean(1)).norm(dim=1)
    assert (distances < 0.5).any()
    assert (distances > 0.5).any()
    expected = torch.nn.functional.huber_loss(distances, torch.zeros(6), delta=0.5)
    torch.testing.assert_close(method.loss(s, t), expected)
    suite = read_suite(root / "examples" / "own-method" / "suite.toml").suite
    assert [entry.label for entry in suite.methods][-1] == "sentence-huber"


def test_the_example_runs(
    example: Path,
    write_suite: Callable[..., Path],
    places: list[str],
    clirbench: Callable[..., subprocess.CompletedProcess[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the command line, in a process of its own, by entry point and by class, to the table."""
    monkeypatch.setenv("PYTHONPATH", str(example), prepend=os.pathsep)
    tables = 'name = "sentence-huber"\n\n[[method]]\nname = "sentence_huber:SentenceHuber"\nlabel = "again"'
    path = write_suite(('name = "bm25"', tables))
    done = clirbench("run", path, *places, "--only", "qde-en/*/seed=1")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    scores = {row[1]: row[3] for row in rows if len(row) > 3 and row[0] == "│"}
    assert scores["sentence-huber"] == scores["again"]
