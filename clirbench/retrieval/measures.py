"""Measures by ir-measures, topic by topic."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from clirbench.data.base import Judgments
from clirbench.errors import DataError

__all__ = ["TopicScores", "evaluate", "read_scores", "write_scores"]

TopicScores: TypeAlias = "dict[str, dict[str, float]]"
"""Topic → measure → value."""


def evaluate(
    run: Mapping[str, Mapping[str, float]], judgments: Judgments, measures: Sequence[str]
) -> TopicScores:
    """Score every judged topic; one without results, or without a relevant document, counts 0."""
    import ir_measures

    parsed = {name: ir_measures.parse_measure(name) for name in measures}
    qrels = {topic: dict(grades) for topic, grades in judgments.items()}
    scores: TopicScores = {topic: dict.fromkeys(measures, 0.0) for topic in judgments}
    names = {measure: name for name, measure in parsed.items()}
    ranked = {topic: dict(run[topic]) for topic in judgments if run.get(topic)}
    for metric in ir_measures.iter_calc(list(parsed.values()), qrels, ranked) if parsed else ():
        scores[metric.query_id][names[metric.measure]] = metric.value
    return scores


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
