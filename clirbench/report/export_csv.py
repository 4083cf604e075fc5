"""CSV: runs.csv, judgments.csv and scores.csv, with a header, for R and pandas; or for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from clirbench.report.export import Part, Value
from clirbench.wording import no_formula

__all__ = ["write_csv", "write_spreadsheet"]


def write_csv(folder: Path, part: Part) -> int:
    """Write one file; gives 1. Numbers are in their shortest exact form, no seed is empty."""
    return _write(folder / f"{part.name}.csv", part, str)


def write_spreadsheet(folder: Path, part: Part) -> int:
    """As `write_csv`, but a text that would be a formula, such as an id "=1+1", gets a ' before it."""
    return _write(folder / f"{part.name}.spreadsheet.csv", part, no_formula)


def _write(path: Path, part: Part, shown: Callable[[str], str]) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in part.columns])
        for chunk in part.chunks():
            writer.writerows([_cell(value, shown) for value in row] for row in chunk.rows)
    return 1


def _cell(value: Value, shown: Callable[[str], str]) -> str:
    if isinstance(value, str):
        return shown(value)
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)
