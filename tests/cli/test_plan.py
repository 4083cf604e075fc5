"""`clirbench plan`: what it shows, and what it expects."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.artifacts.meter import Cost
from clirbench.artifacts.record import Before, Record, write_record

Call = Callable[..., subprocess.CompletedProcess[str]]


def measured(store: Path, kind: str, title: str, seconds: float, **before: float) -> None:
    """Put a record into a store: of a stage of other settings, that took some seconds and as many MiB."""

    def cost(seconds: float) -> Cost:
        return Cost(seconds=seconds, memory=int(seconds) * 2**20)

    identity = f"{hash((kind, title, seconds)) & (2**128 - 1):040x}"
    (folder := store / kind / identity).mkdir(parents=True)
    record = Record(
        kind=kind,
        identity=identity,
        title=title,
        settings={},
        files={},
        cost=cost(seconds),
        before={name: Before(cost=cost(value)) for name, value in before.items()},
        made="2026-01-01T00:00:00+00:00",
    )
    write_record(folder, record)


def test_expected_time_and_memory(
    tiny: Path, places: list[str], tmp_path: Path, command: Call
) -> None:
    """Of each stage the median of what is most like it; what was dropped is known from what it led to."""
    store = tmp_path / "store"
    words = ("plan", tiny, *places, "--only", "qsw-en/optical/*")
    assert "Time is not known" in command(*words).stdout
    for seed, seconds in ((1, 100), (2, 300), (3, 200)):
        measured(store, "run", f"fr-en/optical/seed={seed}", 2, student=seconds)
    measured(store, "run", "fr-en/sentence-mse/seed=1", 5, student=7)
    measured(store, "teacher", "scratch", 40)
    found = json.loads(command(*words, "--json").stdout)
    assert found["to_make"]["student"] == 2
    # Seed 1 of the plan is like seed 1 that was measured, and so is seed 2.
    assert found["expected"]["student"] == {"seconds": 400, "memory": 300 * 2**20, "like": 2}
    assert found["expected"]["run"] == {"seconds": 4, "memory": 2 * 2**20, "like": 2}
    assert found["expected"]["teacher"]["seconds"] == 40
    assert "bitext" not in found["expected"]
    said = command(*words).stdout
    assert "Expected: over 7:24 min of work" in said
    assert "300 MiB of memory for the largest stage" in said
    assert "Not measured yet: " in said
    assert "6:40 min" in said


def test_warnings(write_suite: Callable[..., Path], places: list[str], command: Call) -> None:
    """Few topics and few seeds are told before the work."""
    few = write_suite()
    said = command("plan", few, *places).stdout
    assert "Few topics: 12 on qsw-en, 12 on qde-en. Only large differences" in said
    assert "Few seeds: 2. " in said
    enough = write_suite(
        ("seeds = [1, 2]", "seeds = [1, 2, 3]"), ("topic_count = 12", "topic_count = 21")
    )
    assert "Few" not in command("plan", enough, *places).stdout


@pytest.mark.parametrize("width", [80, 120])
def test_no_table_is_wider_than_the_terminal(
    width: int,
    write_suite: Callable[..., Path],
    places: list[str],
    command: Call,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Names are whole; columns that have no room follow below."""
    monkeypatch.setenv("COLUMNS", str(width))
    suite = write_suite(('name = "bm25"', 'name = "bm25"\nlabel = "bm25-with-a-name-that-is-long"'))
    text = suite.read_text()
    pair = text[text.index("[[pair]]") : text.index("[[pair]]", text.index("[[pair]]") + 1)]
    more = "".join(pair.replace("qsw", name) for name in ("qso", "qtl", "qmr", "qfi", "qfr"))
    suite.write_text(text.replace(pair, pair + more))
    done = command("plan", suite, *places)
    assert (done.returncode, done.stderr) == (0, "")
    drawn = [line for line in done.stdout.splitlines() if line.startswith(("│", "┃", "┏", "└"))]
    assert max(map(len, drawn)) <= width
    assert "bm25-with-a-name-that-is-long" in done.stdout
    for name in ("qsw", "qso", "qtl", "qmr", "qfi", "qfr", "qde"):
        assert done.stdout.count(f"{name}-en ") == 1
