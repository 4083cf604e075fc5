"""What the README shows is so."""

from __future__ import annotations

import importlib.util
import re
import textwrap
from pathlib import Path

import pytest

from clirbench.cli import _COMMANDS
from clirbench.errors import SuiteError
from clirbench.spec.read import read_suite


@pytest.fixture
def suite(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The README's suite in a file, with the folder that it names."""
    monkeypatch.chdir(tmp_path)
    text = (root / "README.md").read_text()
    block = re.search(r"## A suite\n\n((?:    .*\n|\n)+)", text)
    assert block
    Path("my-bitext").mkdir()
    path = Path("mine.toml")
    path.write_text(textwrap.dedent(block[1]))
    return path


def test_suite_is_valid(suite: Path) -> None:
    """The suite can be read, and says what its comments say."""
    read = read_suite(suite).suite
    assert [method.training.epochs for method in read.methods] == [2, 3]


def test_errors_are_as_shown(root: Path, suite: Path) -> None:
    """The messages are those that a broken suite gives, up to the ellipsis."""
    shown = re.findall(r"^    (mine\.toml:.*)$", (root / "README.md").read_text(), re.MULTILINE)
    assert len(shown) == 2
    text = suite.read_text().replace("epochs = 2", "epoch = 2").replace('"tico19"', '"tico20"')
    suite.write_text(text)
    with pytest.raises(SuiteError) as caught:
        read_suite(suite)
    for expected, error in zip(shown, caught.value.errors, strict=True):
        assert error.startswith(expected.partition("…")[0])


def test_commands_exist(root: Path) -> None:
    """Every command named is one, and every one is named."""
    named = set(re.findall(r"clirbench ([a-z][a-z-]+)", (root / "README.md").read_text()))
    assert named >= set(_COMMANDS)
    assert named - set(_COMMANDS) <= {"and", "compares"}


def test_tables_are_those_of_the_results(root: Path) -> None:
    """Each table of README and docs is what its results folder gives; `python docs/tables.py` puts it there."""
    spec = importlib.util.spec_from_file_location("tables", root / "docs" / "tables.py")
    assert spec
    assert spec.loader
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    shown = [page for page in tables.PAGES if "<!-- table: " in page.read_text(encoding="utf-8")]
    assert root / "README.md" in shown
    for page in shown:
        assert tables.filled(page) == page.read_text(encoding="utf-8"), page


def test_links_lead_somewhere(root: Path) -> None:
    """Each file that the README links to or shows is there."""
    text = (root / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"\]\(([^)#]+)[^)]*\)|(?:src|srcset)=\"([^\"]+)\"", text)
    files = ["".join(one) for one in named]
    assert "docs/pictures/report-light.png" in files
    for name in files:
        assert "://" in name or (root / name).exists(), name
