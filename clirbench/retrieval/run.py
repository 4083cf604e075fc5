"""Runs: as text in TREC's form, and as arrays for the stages that follow."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clirbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Ranked",
    "falling",
    "matching",
    "rank",
    "read_run",
    "write_run",
]


class Ranked(NamedTuple):
    """What was found for a topic."""

    documents: Sequence[str]
    """Ids, best first; none stands twice."""
    scores: NDArray[np.float32]
    """(n,), of the documents."""

    @classmethod
    def of(cls, scores: Mapping[str, float]) -> Ranked:
        """From document → score."""
        return cls(list(scores), np.array(list(scores.values()), dtype=np.float32))


def rank(scores: NDArray[np.float32], ids: Sequence[str], depth: int) -> Ranked:
    """Order documents by score, ties by their order in the collection, scores strictly decreasing.

    Evaluators break ties each in their own way, and trec_eval reads scores as 32-bit floats; so a
    score that does not fall below the one before is lowered to the next smaller 32-bit float.
    """
    order = np.argsort(-scores, kind="stable")[:depth]
    return Ranked([ids[index] for index in order], falling(scores[order]))


def matching(scores: NDArray[np.float32], ids: Sequence[str], depth: int) -> Ranked:
    """As `rank`, but documents whose score is 0 are not among those found."""
    order = np.argsort(-scores, kind="stable")[:depth]
    order = order[scores[order] > 0]
    return Ranked([ids[index] for index in order], falling(scores[order]))


def falling(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores that are in order, each lowered as `rank` says until they strictly decrease."""
    found = scores.astype(np.float32)
    for tie in np.flatnonzero(found[1:] >= found[:-1]) + 1:
        place = int(tie)
        while place < len(found) and found[place] >= found[place - 1]:
            found[place] = np.nextafter(found[place - 1], np.float32(-np.inf))
            place += 1
    return found


def write_run(path: Path, rankings: Mapping[str, Ranked], tag: str) -> None:
    """Write `topic Q0 document rank score tag` lines, compressed; the same run gives the same bytes."""
    lines = [
        f"{topic} Q0 {document} {place} {score:.9g} {tag}\n"  # 9 digits tell all 32-bit floats apart
        for topic, found in rankings.items()
        for place, (document, score) in enumerate(
            zip(found.documents, found.scores.tolist(), strict=True), 1
        )
    ]
    # Level 6 takes five times as long for 7 % fewer bytes.
    path.write_bytes(gzip.compress("".join(lines).encode(), compresslevel=1, mtime=0))


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
