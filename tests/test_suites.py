from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from clirbench.cli import main

SUITES = sorted((Path(__file__).resolve().parents[1] / "suites").glob("*.toml"))


@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.stem)
def test_every_suite_can_be_planned(
    suite: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a network, and without the data where that is the user's to bring."""
    folder = tomllib.loads(suite.read_text(encoding="utf-8"))["collection"].get("folder")
    if folder is not None and not (suite.parent / folder).is_dir():
        pytest.skip(f"{suite.name} needs {folder}, which is licensed")
    places = ["--results", str(tmp_path / "results"), "--store", str(tmp_path / "store")]
    assert main(["plan", str(suite), *places]) == 0
    printed = capsys.readouterr().out
    assert f"{suite.stem}: " in printed
    assert " cells, 0 done" in printed
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.stem)
def test_every_suite_opens_with_what_it_is_for(suite: Path) -> None:
    """A comment says what it answers, what it downloads and what it costs; the name is the file's."""
    text = suite.read_text(encoding="utf-8")
    comment = text.partition("\n\n")[0]
    assert all(line.startswith("#") for line in comment.splitlines())
    assert "?" in comment
    assert "ownload" in comment
    assert "Costs" in comment
    assert tomllib.loads(text)["suite"]["name"] == suite.stem
