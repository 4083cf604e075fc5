from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest

from clirbench.artifacts.meter import Cost
from clirbench.errors import StoreError
from clirbench.results.events import Event, event_log, read_events

CELL = "student sw-en/optical/seed=1"


def play(results: Path) -> list[Event]:
    """A run of two stages, of which one fails."""
    heard: list[Event] = []
    with event_log(results, heard.append, {CELL.partition(" ")[2]}) as log:
        log(Event(event="run", stages=2, kinds={"teacher": 1, "student": 1}))
        log(Event(event="started", stage="teacher t"))
        log(Event(event="progress", stage="teacher t", done=1, total=2, text="x"))
        cost = Cost(seconds=1.25, memory=3, tokens=7)
        log(Event(event="finished", stage="teacher t", seconds=1.25, cost=cost))
        log(Event(event="repaired", stage="teacher t", text="gone"))
        log(Event(event="started", stage=CELL))
        log(Event(event="failed", stage=CELL, text="no luck", trace="Traceback"))
    return heard


def test_everything_is_written_and_passed_on(tmp_path: Path) -> None:
    """Each event has its line, and the display hears it too."""
    heard = play(tmp_path)
    events = list(read_events(tmp_path))
    assert events[:-1] == [
        replace(event, time=event.time.replace(microsecond=event.time.microsecond // 1000 * 1000))
        for event in heard
        if event.event != "progress"
    ]
    assert events[-1].event == "ended"
    assert all(a.time <= b.time for a, b in itertools.pairwise(events))


def test_a_cell_has_its_own_log(tmp_path: Path) -> None:
    """What concerns one cell stands beside the others' logs, under its name."""
    play(tmp_path)
    lines = (tmp_path / "logs/sw-en/optical/seed=1/events.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["started", "failed"]
    assert json.loads(lines[1])["trace"] == "Traceback"
    assert [path.name for path in tmp_path.glob("logs/*")] == ["sw-en"]


def test_no_other_title_is_a_folder(tmp_path: Path) -> None:
    """A model's path or hub id is not a place to write to."""
    results, model = tmp_path / "a" / "b" / "results", tmp_path / "model"
    results.mkdir(parents=True)
    with event_log(results, lambda _: None, {"sw-en/optical/seed=1"}) as log:
        for title in (str(model), "../../model", "maker/model", "sw-en/../../../x"):
            log(Event(event="started", stage=f"teacher {title}"))
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [results / "events.jsonl"]


def test_half_a_line_is_passed_over(tmp_path: Path) -> None:
    """What a killed process left half-written spoils nothing; the next run adds to the log."""
    play(tmp_path)
    path = tmp_path / "events.jsonl"
    path.write_text(path.read_text()[:-15])
    play(tmp_path)
    assert [event.event for event in read_events(tmp_path)].count("run") == 2
    assert [event.event for event in read_events(tmp_path)].count("ended") == 1


@pytest.mark.parametrize("place", [5, 60, -20])
def test_a_damaged_line_is_skipped(tmp_path: Path, place: int) -> None:
    """A byte that is no UTF-8 costs the line that it stands in, and no other."""
    play(tmp_path)
    path = tmp_path / "events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    damaged = bytearray(lines[1])
    damaged[place] = 0x89
    path.write_bytes(b"".join([lines[0], damaged, *lines[2:]]))
    whole = list(read_events(tmp_path))
    assert len(whole) == len(lines) - 1
    assert whole[-1].event == "ended"


def test_no_log_no_events(tmp_path: Path) -> None:
    """A folder without a log has no events."""
    assert list(read_events(tmp_path)) == []


def test_unwritable_log(tmp_path: Path) -> None:
    """A log that cannot be written is an error that names it."""
    (tmp_path / "events.jsonl").mkdir()
    with pytest.raises(StoreError, match=r"events\.jsonl: cannot be written: Is a directory"):
        play(tmp_path)
