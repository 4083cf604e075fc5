"""The file of a cell's scores: a line for each topic, a column for each measure."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from clirbench.data.base import TopicScores
from clirbench.errors import DataError

__all__ = ["read_scores", "write_scores"]


def write_scores(path: Path, scores: TopicScores, measures: Sequence[str]) -> None:
    """Write `topic,MEASURE,…` lines; numbers in their shortest exact form."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["topic", *measures])
        writer.writerows(
            [topic, *(repr(values[m]) for m in measures)] for topic, values in scores.items()
        )


def read_scores(path: Path) -> TopicScores:
    """Read what `write_scores` wrote.

    Raises:
        DataError: it is not there, or not of that form.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        measures = rows[0][1:]
        return {row[0]: dict(zip(measures, map(float, row[1:]), strict=True)) for row in rows[1:]}
    except (OSError, IndexError, ValueError) as error:
        raise DataError(f"{path}: not a file of scores: {error}") from error
