"""TREC runs."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from clirbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Ranking", "rank", "ranking", "read_run", "write_run"]

Ranking: TypeAlias = "Sequence[tuple[str, float]]"
"""Document ids with strictly decreasing scores."""


def rank(scores: NDArray[np.float32], ids: Sequence[str], depth: int) -> Ranking:
    """Order documents by score, ties by their order in the collection, scores strictly decreasing.

    Evaluators break ties each in their own way, and trec_eval reads scores as 32-bit floats; so a
    score that does not fall below the one before is lowered to the next smaller 32-bit float.
    """
    order = np.argsort(-scores, kind="stable")[:depth]
    return ranking(scores[order], [ids[index] for index in order])


def ranking(scores: NDArray[np.float32], ids: Sequence[str]) -> Ranking:
    """The documents, which are in order, with scores that strictly decrease, as `rank` says."""
    falling = scores.astype(np.float32)
    for tie in np.flatnonzero(falling[1:] >= falling[:-1]) + 1:
        place = int(tie)
        while place < len(falling) and falling[place] >= falling[place - 1]:
            falling[place] = np.nextafter(falling[place - 1], np.float32(-np.inf))
            place += 1
    return [(document, float(score)) for document, score in zip(ids, falling, strict=True)]


def write_run(path: Path, rankings: Mapping[str, Ranking], tag: str) -> None:
    """Write `topic Q0 document rank score tag` lines, compressed; the same run gives the same bytes."""
    lines = [
        f"{topic} Q0 {document} {place} {score:.9g} {tag}\n"  # 9 digits tell all 32-bit floats apart
        for topic, ranking in rankings.items()
        for place, (document, score) in enumerate(ranking, 1)
    ]
    path.write_bytes(gzip.compress("".join(lines).encode(), compresslevel=6, mtime=0))


def read_run(path: Path) -> dict[str, dict[str, float]]:
    """Read a run, compressed or not: topic → document → score.

    Raises:
        DataError: a line is not of six fields, or a score is not a number.
    """
    run: dict[str, dict[str, float]] = {}
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    topic, _, document, _, score, _ = line.split()
                    run.setdefault(topic, {})[document] = float(score)
                except ValueError:
                    raise DataError(
                        f"{path}:{number}: expected TOPIC Q0 DOCUMENT RANK SCORE TAG (got {line.strip()[:80]!r})"
                    ) from None
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as a run: {error}") from error
    return run
