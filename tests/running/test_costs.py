"""Costs of results folders that were merged."""

from __future__ import annotations

from pathlib import Path

import pytest

from clirbench.artifacts.meter import Cost
from clirbench.artifacts.record import Before, Record
from clirbench.running.costs import merged_costs

TRAINED = Cost(seconds=10, memory=7, examples=100, tokens=900)
SEARCHED = Cost(seconds=0.25, memory=5)


def cell(title: str, *, student: Before, run: Before) -> Record:
    """The record of a cell that was judged in a second."""
    return Record(
        kind="cell",
        identity=title,
        title=title,
        settings={},
        files={},
        cost=Cost(seconds=1),
        made="2026-11-29T00:00:00+00:00",
        before={"student": student, "run": run},
    )


@pytest.mark.parametrize(("second", "students"), [("one", 1), ("other", 2)])
def test_a_student_counts_by_which_one_it_is(tmp_path: Path, second: str, students: int) -> None:
    """Once for two cells that share it; twice where two students happen to cost the same."""
    records = [
        cell(
            f"qsw-en/optical/seed={number}",
            student=Before(cost=TRAINED, identity=f"student {which}"),
            run=Before(cost=SEARCHED, identity=f"run {number}"),
        )
        for number, which in enumerate(["one", second])
    ]
    found = merged_costs(tmp_path, [], [("optical", record) for record in records])
    assert found["methods"]["optical"]["examples"] == 100 * students
    assert found["methods"]["optical"]["seconds"] == 10 * students + 2 * (0.25 + 1)


def test_records_without_identities_share_what_costs_the_same(tmp_path: Path) -> None:
    """Those of an earlier format: the costs alone tell that a student is the same."""
    student, run = Before(cost=TRAINED), Before(cost=SEARCHED)
    slower = Before(cost=Cost(seconds=0.5, memory=5))
    records = [cell("a", student=student, run=run), cell("b", student=student, run=slower)]
    found = merged_costs(tmp_path, [], [("optical", record) for record in records])
    assert found["methods"]["optical"]["seconds"] == 10 + 0.25 + 0.5 + 2
