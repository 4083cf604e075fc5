"""Runs: as text in TREC's form, and as arrays for the stages that follow."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clirbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "RUN",
    "Ranked",
    "falling",
    "load_rankings",
    "matching",
    "rank",
    "read_run",
    "save_rankings",
    "write_run",
]

RUN = "run.trec.gz"
"""The run in a cell's folder, and in the artifact it came from."""
_ARRAYS = "rankings.npz"


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


def save_rankings(folder: Path, rankings: Mapping[str, Ranked]) -> None:
    """Write a run twice: `run.trec.gz` to be kept, and arrays that load in a seventh of the time."""
    write_run(folder / RUN, rankings, "clirbench")
    places: dict[str, int] = {}
    order = [
        places.setdefault(document, len(places))
        for found in rankings.values()
        for document in found.documents
    ]
    np.savez(
        folder / _ARRAYS,
        topics=np.array(list(rankings), dtype=np.str_),
        lengths=np.array([len(found.documents) for found in rankings.values()], dtype=np.int64),
        documents=np.array(list(places), dtype=np.str_),
        order=np.array(order, dtype=np.int32),
        scores=np.concatenate(
            [np.empty(0, np.float32), *(found.scores for found in rankings.values())]
        ),
    )


def load_rankings(folder: Path) -> dict[str, Ranked]:
    """Load what `save_rankings` left in a folder; a topic without documents is left out.

    Raises:
        DataError: it is not there, or not of that form.
    """
    path = folder / _ARRAYS
    if not path.exists():  # made before there were arrays
        return {topic: Ranked.of(found) for topic, found in read_run(folder / RUN).items()}
    try:
        with path.open("rb") as file, np.load(file) as arrays:
            topics, documents = arrays["topics"].tolist(), arrays["documents"].tolist()
            order, scores = arrays["order"].tolist(), arrays["scores"]
            ends = np.cumsum(arrays["lengths"]).tolist()
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: cannot be read as a run: {error}") from error
    return {
        topic: Ranked([documents[place] for place in order[a:b]], scores[a:b])
        for topic, a, b in zip(topics, [0, *ends], ends, strict=False)
        if a < b
    }


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
