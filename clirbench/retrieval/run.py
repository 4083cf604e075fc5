"""Runs: as text in TREC's form, and as arrays for the stages that follow."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clirbench.data.packed import open_packed
from clirbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Ranked",
    "best",
    "matching",
    "rank",
    "read_run",
    "said",
    "tie_keys",
    "write_run",
]

_TELLING = 1000
"""One tie in so many documents is told. Of two documents' scores a few are always the same float32."""


class Ranked(NamedTuple):
    """What was found for a topic."""

    documents: Sequence[str]
    """Ids, best first, without duplicates."""
    scores: NDArray[np.float32]
    """(n,), of the documents."""
    ties: int = 0
    """Documents whose score was that of the one before."""

    @classmethod
    def falling(cls, documents: Sequence[str], scores: NDArray[np.float32]) -> Ranked:
        """From documents that are in order; scores are lowered, as `rank` says, until they fall."""
        found = scores.astype(np.float32)
        ties = np.flatnonzero(found[1:] >= found[:-1]) + 1
        for tie in ties:
            place = int(tie)
            while place < len(found) and found[place] >= found[place - 1]:
                found[place] = np.nextafter(found[place - 1], np.float32(-np.inf))
                place += 1
        return cls(documents, found, len(ties))

    @classmethod
    def of(cls, scores: Mapping[str, float]) -> Ranked:
        """From document → score."""
        return cls(list(scores), np.array(list(scores.values()), dtype=np.float32))


def rank(scores: NDArray[np.float32], ids: Sequence[str], depth: int) -> Ranked:
    """Order documents by score, `depth` of them, scores strictly decreasing.

    Of like scores, the document comes first whose id has the lower hash: an order that nothing hangs
    on, as the order of the files would, in which relevant documents often come first. Evaluators break
    ties each in their own way, and trec_eval reads scores as 32-bit floats; so a score that does not
    fall below the one before is lowered to the next smaller 32-bit float.
    """
    order = best(scores, depth, lambda places: tie_keys([ids[place] for place in places]))
    return Ranked.falling([ids[index] for index in order], scores[order])


def matching(scores: NDArray[np.float32], ids: Sequence[str], depth: int) -> Ranked:
    """As `rank`, but documents whose score is 0 are not among those found."""
    places = np.flatnonzero(scores > 0)
    return rank(scores[places], [ids[place] for place in places.tolist()], depth)


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


def said(rankings: Mapping[str, Ranked]) -> str | None:
    """Say how many ties a run had; none: next to none, fewer than one document in a thousand."""
    ties = [found.ties for found in rankings.values() if found.ties]
    lines = sum(len(found.documents) for found in rankings.values())
    if not ties or _TELLING * sum(ties) < lines:
        return None
    return (
        f"{sum(ties):,} of {lines:,} documents tied with the one before them, for {len(ties):,} "
        f"of {len(rankings):,} topics; ties are broken by a hash of the document's id"
    )


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
    try:
        raw = open_packed(path) if path.suffix == ".gz" else path.open("rb")
        with io.TextIOWrapper(raw, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    topic, _, document, _, score, _ = line.split()
                    run.setdefault(topic, {})[document] = float(score)
                except ValueError:
                    raise DataError(
                        f"{path}:{number}: expected TOPIC Q0 DOCUMENT RANK SCORE TAG (got {line.strip()[:80]!r})"
                    ) from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as a run: {error}") from error
    return run
