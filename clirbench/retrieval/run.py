"""Runs: as text in TREC's form, and as arrays for the stages that follow."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from clirbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "RUN",
    "Ranked",
    "Ranking",
    "best",
    "load_rankings",
    "rank",
    "ranking",
    "read_run",
    "said",
    "save_rankings",
    "tie_keys",
    "write_run",
]

RUN = "run.trec.gz"
"""The run in a cell's folder, and in the artifact it came from."""
_ARRAYS = "rankings.npz"

Ranking: TypeAlias = "Sequence[tuple[str, float]]"
"""Document ids with strictly decreasing scores."""


def rank(scores: NDArray[np.float32], ids: Sequence[str], depth: int) -> Ranking:
    """Order documents by score, `depth` of them, scores strictly decreasing.

    Of like scores, the document comes first whose id has the lower hash: an order that nothing hangs
    on, as the order of the files would, in which relevant documents often come first. Evaluators break
    ties each in their own way, and trec_eval reads scores as 32-bit floats; so a score that does not
    fall below the one before is lowered to the next smaller 32-bit float.
    """
    order = best(scores, depth, lambda places: tie_keys([ids[place] for place in places]))
    return ranking(scores[order], [ids[index] for index in order])


def tie_keys(ids: Iterable[str]) -> NDArray[np.uint64]:
    """64 bits of a hash of each id."""
    hashes = [int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) for key in ids]
    return np.array(hashes, dtype=np.uint64)


def best(
    scores: NDArray[np.float32], depth: int, keys: Callable[[NDArray[np.int64]], NDArray[np.uint64]]
) -> NDArray[np.int64]:
    """The places of the `depth` highest scores, highest first; of like ones, the lower key first.

    Args:
        scores: (n,).
        depth: places at most.
        keys: gives those of some places; asked for what is tied alone.
    """
    order = np.argsort(-scores, kind="stable")
    if depth < len(order):  # what is tied with the last may stand in its place
        falling = -scores[order]
        order = order[: np.searchsorted(falling, falling[depth - 1], side="right")]
    sorted_scores = scores[order]
    same = sorted_scores[1:] == sorted_scores[:-1]
    if same.any():
        tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
        places = order[tied]
        order[tied] = places[np.lexsort((keys(places), -sorted_scores[tied]))]
    return order[:depth]


def ranking(scores: NDArray[np.float32], ids: Sequence[str]) -> Ranking:
    """The documents, which are in order, with scores that strictly decrease, as `rank` says."""
    falling = scores.astype(np.float32)
    ties = np.flatnonzero(falling[1:] >= falling[:-1]) + 1
    for tie in ties:
        place = int(tie)
        while place < len(falling) and falling[place] >= falling[place - 1]:
            falling[place] = np.nextafter(falling[place - 1], np.float32(-np.inf))
            place += 1
    lines = [(document, float(score)) for document, score in zip(ids, falling, strict=True)]
    return Ranked(lines, ties=len(ties))


class Ranked(list[tuple[str, float]]):
    """A ranking that knows how many of its documents were tied."""

    def __init__(self, lines: Iterable[tuple[str, float]], *, ties: int) -> None:
        super().__init__(lines)
        self.ties = ties
        """Documents whose score was that of the one before."""


def said(rankings: Mapping[str, Ranking]) -> str | None:
    """Say how many ties a run had; none: there were none."""
    ties = [each.ties for each in rankings.values() if isinstance(each, Ranked) and each.ties]
    if not ties:
        return None
    lines = sum(map(len, rankings.values()))
    return (
        f"{sum(ties):,} of {lines:,} documents tied with the one before them, for {len(ties):,} of "
        f"{len(rankings):,} topics; ties are broken by a hash of the document's id"
    )


def save_rankings(folder: Path, rankings: Mapping[str, Ranking]) -> None:
    """Write a run twice: `run.trec.gz` to be kept, and arrays that load in a seventh of the time."""
    write_run(folder / RUN, rankings, "clirbench")
    lines = [line for ranking in rankings.values() for line in ranking]
    places: dict[str, int] = {}
    order = [places.setdefault(document, len(places)) for document, _ in lines]
    np.savez(
        folder / _ARRAYS,
        topics=np.array(list(rankings), dtype=np.str_),
        lengths=np.array([len(ranking) for ranking in rankings.values()], dtype=np.int64),
        documents=np.array(list(places), dtype=np.str_),
        order=np.array(order, dtype=np.int32),
        scores=np.array([score for _, score in lines], dtype=np.float32),
        ties=np.array([getattr(each, "ties", 0) for each in rankings.values()], dtype=np.int64),
    )


def load_rankings(folder: Path) -> dict[str, dict[str, float]]:
    """Load what `save_rankings` left in a folder, as `read_run` reads it.

    Raises:
        DataError: it is not there, or not of that form.
    """
    path = folder / _ARRAYS
    if not path.exists():  # made before there were arrays
        return read_run(folder / RUN)
    try:
        with path.open("rb") as file, np.load(file) as arrays:
            topics, documents = arrays["topics"].tolist(), arrays["documents"].tolist()
            order, scores = arrays["order"].tolist(), arrays["scores"].tolist()
            ends = np.cumsum(arrays["lengths"]).tolist()
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: cannot be read as a run: {error}") from error
    return {
        topic: {
            documents[place]: score for place, score in zip(order[a:b], scores[a:b], strict=True)
        }
        for topic, a, b in zip(topics, [0, *ends], ends, strict=False)
        if a < b
    }


def write_run(path: Path, rankings: Mapping[str, Ranking], tag: str) -> None:
    """Write `topic Q0 document rank score tag` lines, compressed; the same run gives the same bytes."""
    lines = [
        f"{topic} Q0 {document} {place} {score:.9g} {tag}\n"  # 9 digits tell all 32-bit floats apart
        for topic, ranking in rankings.items()
        for place, (document, score) in enumerate(ranking, 1)
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
