"""The file of a cell's scores: a line for each topic, a column for each measure."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

from clirbench.data.base import TopicScores
from clirbench.errors import DataError

__all__ = ["RBO", "read_scores", "write_scores"]

RBO = "RBO"
"""Column of `overlap.csv`."""


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
        DataError: it is not there, not of that form, or has a score that is not finite or that its
            measure cannot have, or a topic or measure twice.
    """
    from clirbench.statistics.records import in_range

    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        measures = rows[0][1:]
        if len(set(measures)) < len(measures):
            raise DataError(f"{path}:1: duplicate measure: {', '.join(measures)}")
        scores: dict[str, dict[str, float]] = {}
        for line, row in enumerate(rows[1:], 2):
            values = dict(zip(measures, map(float, row[1:]), strict=True))
            odd = [
                f"{name} is {value}" for name, value in values.items() if not math.isfinite(value)
            ]
            if odd:
                raise DataError(
                    f"{path}:{line}: topic {row[0]}: {odd[0]}; a score must be a finite number"
                )
            beyond = [name for name, value in values.items() if not in_range(name, value)]
            if beyond:
                raise DataError(
                    f"{path}:{line}: topic {row[0]}: {beyond[0]} is {values[beyond[0]]:g}; it "
                    "must be in [0, 1]"
                )
            if row[0] in scores:
                raise DataError(f"{path}:{line}: duplicate topic {row[0]}")
            scores[row[0]] = values
    except (OSError, IndexError, ValueError) as error:
        raise DataError(f"{path}: not a file of scores: {error}") from error
    return scores
