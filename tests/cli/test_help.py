from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., subprocess.CompletedProcess[str]]


def test_help_fits_a_terminal(command: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line of the help is wider than 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    lines = command("--help").stdout.splitlines()
    assert "exit status: 0 done;" in "\n".join(lines)
    assert [line for line in lines if len(line) > 80] == []


def test_one_cell_is_one_cell(tiny: Path, places: list[str], command: Call) -> None:
    """Counts and their nouns go together."""
    assert "14 cells, 0 done" in command("plan", tiny, *places).stdout
    one = command("plan", tiny, *places, "--only", "qde-en/bm25")
    assert "1 cell, 0 done" in one.stdout


def test_one_pair_and_method(
    write_results: Callable[..., Path], tmp_path: Path, command: Call
) -> None:
    """A baseline of a single method on a single pair says so, and so does a comparison."""
    results = write_results("r", {"sw-en/m": {"t1": 0.5, "t2": 0.25}})
    done = command("baseline", results, "--output", tmp_path / "b.json")
    assert done.stdout.endswith("AP of 1 pair and method\n")
    said = command("compare", results, results).stdout
    assert "scores: 1 pair and method is in both" in said
    assert "for 1 comparison." in said
