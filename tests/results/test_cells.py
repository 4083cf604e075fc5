from __future__ import annotations

from pathlib import Path

import pytest

from clirbench.artifacts.meter import Cost
from clirbench.artifacts.record import Record, write_record
from clirbench.errors import DataError
from clirbench.results.cells import Cells, read_cells, topic_means
from clirbench.results.folder import Folder
from clirbench.spec.cell import Cell


def write_cell(results: Path, name: str, scores: str, **record: object) -> Path:
    """Write a cell by hand, without a checksum."""
    folder = results / "cells" / name
    folder.mkdir(parents=True)
    (folder / "scores.csv").write_text(scores)
    values = {"kind": "cell", "identity": "i", "title": name, "settings": {}, "files": {}}
    values |= {"cost": Cost(seconds=1.0), "made": "", **record}
    write_record(folder, Record(**values))  # type: ignore[arg-type]
    return folder


def test_half_made_folders_are_no_cells(tmp_path: Path) -> None:
    """What a killed process left under a temporary name does not count, not even as a fault."""
    write_cell(tmp_path, "a-b/m", "topic,AP\nt,0.5\n")
    write_cell(tmp_path, "a-b/.tmp-host-1-abc", "topic,AP\nt,0.5\n")
    write_cell(tmp_path, "a-b/m2/.tmp-host-1-abc", "topic,AP\nt,0.5\n")
    cells = read_cells(tmp_path)
    assert list(cells.scores) == [Cell("a-b", "m")]
    assert cells.faults == {}


def test_faults(tmp_path: Path) -> None:
    """Each kind of unusable cell is named with its reason; the others are read."""
    write_cell(tmp_path, "a-b/good/seed=10", "topic,AP\nt,0.5\nu,0.25\n")
    write_cell(tmp_path, "a-b/good/seed=9", "topic,AP\nu,0.25\nt,0.5\n")
    write_cell(tmp_path, "a-b/fewer", "topic,AP\nt,0.5\n")
    write_cell(tmp_path, "a-b/empty", "topic,AP\n")
    write_cell(tmp_path, "a-b/text", "topic,AP\nt,x\nu,1\n")
    write_cell(tmp_path, "a-b/nan", "topic,AP\nt,nan\nu,1\n")
    write_cell(tmp_path, "a-b/future", "topic,AP\nt,0.5\nu,1\n", format=99)
    (write_cell(tmp_path, "a-b/gone", "") / "scores.csv").unlink()
    cells = read_cells(tmp_path)
    assert list(cells.scores) == [Cell("a-b", "good", 9), Cell("a-b", "good", 10)]
    faults = {cell.method: why for cell, why in cells.faults.items()}
    assert faults.pop("text").endswith("could not convert string to float: 'x'")
    assert faults.pop("nan").endswith(
        "scores.csv:2: topic t: AP is nan; a score must be a finite number"
    )
    assert faults == {
        "fewer": "1 of 2 topics have no score",
        "empty": "2 of 2 topics have no score",
        "future": "written by a newer clirbench (format 99; this one reads up to 4); upgrade "
        "clirbench to read it",
        "gone": "scores.csv: No such file or directory",
    }


def test_topic_means(tmp_path: Path) -> None:
    """Seeds are averaged topic by topic; the mean is over topics."""
    scores = {
        Cell("a-b", "m", 1): {"u": {"AP": 0.5}, "t": {"AP": 0.25}},
        Cell("a-b", "m", 2): {"t": {"AP": 0.75}, "u": {"AP": 1.0}},
    }
    (means,) = topic_means(Cells(scores=scores, faults={}), "AP", where=tmp_path).values()
    assert list(means.topics.items()) == [("t", 0.5), ("u", 0.75)]
    assert (means.seeds, means.mean) == (2, 0.625)
    assert means.runs == {1: {"t": 0.25, "u": 0.5}, 2: {"t": 0.75, "u": 1.0}}


def test_damaged_settings(tmp_path: Path) -> None:
    """Whatever stands there, the error names the file and the way out."""
    for text in ("", "[]", "{}", '{"resolved": {"name": 1}}'):
        (tmp_path / "settings.json").write_text(text)
        with pytest.raises(DataError, match=r"settings.json: .*clirbench run"):
            _ = Folder(tmp_path).resolved
    assert Folder(tmp_path).environment == {}
