"""Sub-sampling by rule: the judged documents, and random others."""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterable, Iterator
from hashlib import blake2b

from clirbench.data.base import Document

__all__ = ["judged_and_random", "rank_of"]


def judged_and_random(
    documents: Iterable[Document], judged: Container[str], count: int, seed: int
) -> Iterator[Document]:
    """The judged documents and `count` random others, in the collection's order, in one pass.

    A document's rank is a hash of (seed, its id), and the others of lowest rank are taken: so that
    a smaller sample is a part of a larger one, whatever the order. Only the sample is in memory.
    """
    kept: list[tuple[int, Document]] = []
    lowest: list[tuple[int, int, Document]] = []  # a heap with the highest rank on top
    for place, document in enumerate(documents):
        if document.id in judged:
            kept.append((place, document))
            continue
        entry = (-rank_of(document.id, seed), -place, document)
        if len(lowest) < count:
            heapq.heappush(lowest, entry)
        elif count and entry > lowest[0]:
            heapq.heapreplace(lowest, entry)
    kept += ((-place, document) for _, place, document in lowest)
    kept.sort()
    yield from (document for _, document in kept)


def rank_of(key: str, seed: int) -> int:
    """A number that is random over keys, and the same for the same seed: 64 bits."""
    return int.from_bytes(blake2b(f"{seed}:{key}".encode(), digest_size=8).digest())
