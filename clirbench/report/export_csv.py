"""CSV: runs.csv, judgments.csv and scores.csv, with a header, for R, pandas and spreadsheets."""

from __future__ import annotations

import csv
from pathlib import Path

from clirbench.report.export import Part, Value

__all__ = ["write_csv"]


def write_csv(folder: Path, part: Part) -> int:
    """Write one file; gives 1. Numbers are in their shortest exact form, no seed is empty."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{part.name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in part.columns])
        for chunk in part.chunks():
            writer.writerows(map(_row, chunk.rows))
    return 1


def _row(values: tuple[Value, ...]) -> list[str]:
    return ["" if v is None else repr(v) if isinstance(v, float) else str(v) for v in values]
