from __future__ import annotations

from pathlib import Path

import pytest

from clirbench.analysis.comparing import compare_cells, remarks_on
from clirbench.analysis.design import design_of
from clirbench.report.table import result_table
from clirbench.results.scores import write_scores
from clirbench.spec.cell import cells
from clirbench.spec.read import read_suite


@pytest.mark.parametrize(
    ("without", "lost"),
    [
        ("", ""),
        ("/bm25", "method bm25."),
        ("/optical", "method optical. The hypothesis is not tested."),
        ("qde-en/", "pair qde-en."),
        ("seed=2", "seed 2."),
        ("optical/seed=2", ""),  # is missing in the table itself
        ("qsw-en/", "pair qsw-en. The hypothesis is not tested."),
    ],
)
def test_what_was_planned_and_has_no_result_is_told(
    without: str, lost: str, tiny: Path, tmp_path: Path
) -> None:
    """A method, pair or seed without a cell leaves the tables and families, and the notes say so."""
    suite = read_suite(tiny).suite
    done = [cell for cell in cells(suite) if not without or without not in str(cell)]
    note = f"Planned comparisons without any result, which are in no family: {lost}"
    assert remarks_on(suite, tmp_path, done) == ((note,) if lost else ())
    assert (design_of(suite, done).hypothesis is None) == ("hypothesis" in lost)
    for cell in done:
        folder = tmp_path / "cells" / str(cell)
        folder.mkdir(parents=True)
        score = len(str(cell)) / 100
        write_scores(
            folder / "scores.csv",
            {f"t{i}": dict.fromkeys(suite.measures, score + i / 10) for i in range(5)},
            suite.measures,
        )
    found = compare_cells(suite, tmp_path, done)[0]
    assert (note in result_table(found, suite="tiny").notes) == bool(lost)
