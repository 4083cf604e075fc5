"""The study's page is what the committed results give."""

from __future__ import annotations

import re
import runpy
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import clirbench

pytest.importorskip("pandas")


@pytest.fixture(scope="module")
def study() -> Iterator[dict[str, Any]]:
    """The script that writes the page, with its parts beside it."""
    docs = Path(__file__).resolve().parents[1] / "docs"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(docs)
        yield runpy.run_path(str(docs / "study.py"))


def test_the_page_is_what_the_results_give(root: Path, study: dict[str, Any]) -> None:
    """Letter for letter: a number that was changed by hand, or results that were changed since, are noticed."""
    found = study["files"]()
    for path, text in found.items():
        assert path.read_text(encoding="utf-8") == text, "write it anew: python docs/study.py"
    assert found.keys() == {
        root / "docs" / "study.md",
        *(root / "docs" / "pictures").glob("study-*.svg"),
    }


def test_folders_and_suites_that_are_named_exist(root: Path, study: dict[str, Any]) -> None:
    """Each suite is in the repository; each link leads somewhere."""
    for name in (study["MAIN"], *study["OTHERS"], "study-synthetic"):
        assert (root / "suites" / f"{name}.toml").exists()
    for link in re.findall(r"\]\((\.\./[^)#]+)", study["page"]()):
        assert (root / "docs" / link).exists(), link


def test_a_repeated_cell_is_compared(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal bytes and no difference where nothing changed; the difference where a topic did."""
    compared = runpy.run_path(str(root / "docs" / "repeat.py"))["compared"]
    first, cell = root / "results" / "study-ntrex", "sw-en/optical/seed=1"
    again = tmp_path / "again"
    shutil.copytree(first, again)
    results = clirbench.load(first)
    same = {entry["cell"]: entry for entry in compared(results, clirbench.load(again))}[cell]
    assert same["equal_bytes"] == {"scores.csv": True, "training.jsonl": True}
    assert same["difference"] == same["largest_difference_of_a_topic"] == 0
    assert same["sd_of_seeds"] > 0

    other = clirbench.load(again)
    topics = next(own for made, own in other.cells.scores.items() if str(made) == cell)
    measure = results.suite.measures[0]
    topic = next(name for name, values in topics.items() if values[measure] > 0.5)
    monkeypatch.setitem(topics[topic], measure, topics[topic][measure] - 0.25)
    found = {entry["cell"]: entry for entry in compared(results, other)}[cell]
    assert found["largest_difference_of_a_topic"] == pytest.approx(0.25)
    assert found["difference"] == pytest.approx(-0.25 / len(topics))
