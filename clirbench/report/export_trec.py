"""TREC files: a run and a list of scores for each cell, judgments for each pair.

runs/PAIR/METHOD[/seed=N].trec      TOPIC Q0 DOCUMENT RANK SCORE TAG, as trec_eval, ranx and PyTerrier read
judgments/PAIR.qrels                TOPIC 0 DOCUMENT GRADE
scores/PAIR/METHOD[/seed=N].eval    MEASURE TOPIC VALUE, as `trec_eval -q` writes; the mean as topic "all"
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from clirbench.report.export import Chunk, Part

__all__ = ["write_trec"]

_ENDINGS = {"runs": "trec", "judgments": "qrels", "scores": "eval"}


def write_trec(folder: Path, part: Part) -> int:
    """Write a file for each chunk; gives their number."""
    count = 0
    for chunk in part.chunks():
        path = folder / part.name / f"{chunk.name}.{_ENDINGS[part.name]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in _LINES[part.name](chunk))
        count += 1
    return count


def _runs(chunk: Chunk) -> Iterator[str]:
    _, _, tag = chunk.name.partition("/")
    for *_, topic, document, place, score in chunk.rows:
        yield f"{topic} Q0 {document} {place} {score:.9g} {tag}"


def _judgments(chunk: Chunk) -> Iterator[str]:
    for _, topic, document, grade in chunk.rows:
        yield f"{topic} 0 {document} {grade}"


def _scores(chunk: Chunk) -> Iterator[str]:
    by_measure: dict[str, list[float]] = {}
    for *_, topic, measure, value in chunk.rows:
        yield f"{measure}\t{topic}\t{value!r}"
        by_measure.setdefault(str(measure), []).append(float(value or 0))
    for measure, values in by_measure.items():
        yield f"{measure}\tall\t{math.fsum(values) / len(values)!r}"


_LINES = {"runs": _runs, "judgments": _judgments, "scores": _scores}
