"""A results folder shows one run, as it was made: whoever reads it says what does not fit."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., subprocess.CompletedProcess[str]]
ONLY = ("--only", "*/bm25")


@pytest.fixture
def made(tiny: Path, tmp_path: Path, places: list[str], command: Call) -> Path:
    """The results of a run of BM25."""
    text, cut = tiny.read_text(), '[[method]]\nname = "zero-shot"'
    head = text[: text.index(cut)].replace("hypothesis", "# hypothesis")
    tiny.write_text(head + '[[method]]\nname = "bm25"\n')
    done = command("run", tiny, *places, *ONLY)
    assert done.returncode == 0, done.stderr
    return tmp_path / "results"


def reading(results: Path, out: Path) -> list[tuple[str | Path, ...]]:
    """Every command that shows figures."""
    return [
        ("table", results),
        ("report", results),
        ("compare", results, results),
        ("baseline", results, "--output", out / "b.json"),
        ("export", results, "--what", "scores", "--output", out / "out"),
    ]


def test_a_run_that_has_no_figures_yet(
    made: Path, tiny: Path, tmp_path: Path, places: list[str], command: Call
) -> None:
    """The old figures do not stand under the new run's settings; once there are new ones, they do."""
    for words in reading(made, tmp_path):
        assert command(*words).returncode == 0
    before = command("table", made).stdout
    # A run with other settings of which every cell fails leaves the same as one that is killed.
    other = ("--set", "collection.topic_count=11", "--set", "method.bm25.k1=2.0")
    broken = pytest.MonkeyPatch()
    with broken.context() as patch:
        patch.setattr("clirbench.methods.bm25.BM25.search", None)
        assert command("run", tiny, *places, *ONLY, *other).returncode == 4
    for words in reading(made, tmp_path):
        done = command(*words)
        assert done.returncode == 2, words
        assert f"{made}: being re-run: settings.json has the settings of a run that" in done.stderr
    assert command("run", tiny, *places, *ONLY, *other).returncode == 0
    for words in reading(made, tmp_path):
        assert command(*words).returncode == 0
    assert command("table", made).stdout != before


def test_comparisons_edited_by_hand(
    made: Path, command: Call, tiny: Path, places: list[str]
) -> None:
    """A figure that was changed is shown by nothing; a run makes the comparisons again."""
    path = made / "comparisons.json"
    text = path.read_text()
    path.write_text(text.replace("0.", "0.9", 1))
    for words in (("table", made), ("report", made)):
        done = command(*words)
        assert done.returncode == 2
        assert done.stderr.startswith(f"clirbench: {path}: was changed since it was made; ")
    assert command("run", tiny, *places, *ONLY).returncode == 0
    assert path.read_text() == text
    assert command("table", made).returncode == 0


def test_scores_edited_by_hand(made: Path, command: Call) -> None:
    """The table, made of the scores before, says that they are others now."""
    path = next(made.rglob("scores.csv"))
    path.write_text(path.read_text().replace("0.", "0.9", 1))
    cell = path.parent.relative_to(made / "cells").as_posix()
    for words in (("table", made), ("report", made)):
        done = command(*words)
        assert done.returncode == 0
        assert f"{made}: {cell}: scores.csv was changed since it was made; " in done.stderr


def test_line_ends_of_windows(made: Path, command: Call) -> None:
    """A copy whose line ends git changed is named as such; committed as it is, git leaves it alone."""
    assert (made / ".gitattributes").read_text() == "* -text\n"
    for name in ("comparisons.json", next(made.rglob("scores.csv"))):
        path = made / name
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    done = command("table", made)
    assert done.returncode == 2
    assert "comparisons.json: has Windows line ends, written by git's autocrlf" in done.stderr
    path = made / "comparisons.json"
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))
    assert "scores.csv has Windows line ends" in command("table", made).stderr


@pytest.mark.parametrize("name", ["costs.json", "environment.json", "suite.toml", "settings.json"])
def test_files_beside_the_figures(made: Path, command: Call, name: str) -> None:
    """What a report shows beside its figures is verified, too: edited or lost, it is named."""
    path = made / name
    text = path.read_text()
    digit = max(place for place, letter in enumerate(text) if letter in "12345678")
    for other in (f"{text[:digit]}9{text[digit + 1 :]}", None):
        path.unlink() if other is None else path.write_text(other)
        done = command("report", made)
        assert done.returncode == 2, other
        assert done.stderr.startswith(f"clirbench: {path}: "), done.stderr
    path.write_text(text)
    assert command("report", made).returncode == 0


def test_numbers_that_are_none_in_the_plan(made: Path, command: Call) -> None:
    """A plan of analysis with a number that is not finite is an error, not a crash."""
    path = made / "analysis-plan.json"
    path.write_text(path.read_text().replace("null", "1e999", 1))
    done = command("analyse", made)
    assert done.returncode == 2
    assert f"clirbench: {path}: not a plan of analysis: " in done.stderr
