"""Exact search by MaxSim over every document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from clirbench.errors import CellError, DataError
from clirbench.models.index import Index, bounds
from clirbench.models.ragged import Ragged
from clirbench.retrieval.run import Ranked, best, tie_keys
from clirbench.wording import show

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["max_sim_scores", "rerank", "search"]

_BEST = 2**21
"""Largest inner products held at a time, one for each topic vector and document: 8 MiB."""
_CELLS = 2**19
"""Inner products held at a time on a CPU, and numbers of the documents multiplied: 2 MiB of float32
each, which stay in its cache. Of 2**17 to 2**21 the fastest or near it."""
_PADDED = 2**21
"""Inner products held at a time elsewhere."""


def max_sim_scores(topics: Ragged, documents: Ragged) -> Tensor:
    """Score every document for every topic: sum over topic vectors of the largest inner product.

    ColBERT's equation 3 (Khattab & Zaharia 2020); with one vector a text, the inner product.

    Args:
        topics: Q topics.
        documents: D documents on the same device.

    Returns:
        (Q, D).
    """
    vectors = topics.vectors
    owner = torch.repeat_interleave(
        torch.arange(topics.size, device=vectors.device), topics.lengths
    )  # (T,)
    largest = _unpadded if vectors.device.type == "cpu" else _padded
    scores = vectors.new_empty(topics.size, documents.size)
    for batch, found in largest(vectors, documents):
        sums = found.new_zeros(topics.size, len(batch))
        scores[:, batch] = sums.index_add_(0, owner, found)
    return scores


def _unpadded(vectors: Tensor, documents: Ragged) -> Iterator[tuple[Tensor, Tensor]]:
    """Give numbers of documents, (k,), and the largest inner products of each, (T, k).

    Documents lie in the order of their lengths, without padding or mask, in blocks whose products
    stay in the cache until the largest are found. Products lie along the topic vectors, many of which
    are compared at once, for all documents of a length.
    """
    order = torch.argsort(documents.lengths, stable=True)
    most = max(1, _CELLS // max(1, *vectors.shape))  # rows of a block, as of its products
    for batch in torch.split(order, max(1, _BEST // max(1, len(vectors)))):
        best = vectors.new_full((len(batch), len(vectors)), float("-inf"))
        ends = documents.lengths[batch].cumsum(0)
        for start, stop in pairwise(bounds(np.concatenate([[0], ends]), most)):
            block = documents.take(batch[start:stop])
            products = block.vectors @ vectors.T  # (rows, T)
            lengths, counts = torch.unique_consecutive(block.lengths, return_counts=True)
            at, row = start, 0
            for length, count in zip(lengths.tolist(), counts.tolist(), strict=True):
                if length:
                    own = products[row : row + count * length].view(count, length, len(vectors))
                    torch.amax(own, 1, out=best[at : at + count])
                at, row = at + count, row + count * length
        yield batch, best.T


def _padded(vectors: Tensor, documents: Ragged) -> Iterator[tuple[Tensor, Tensor]]:
    """Give the same as `_unpadded` in few large products of padded documents."""
    order = torch.argsort(documents.lengths, stable=True)
    start = 0
    while start < len(order):
        # Documents of like length go together, as many as fit, so that little of it is padding.
        most = max(1, _PADDED // (int(documents.lengths[order[start]]) * len(vectors) or 1))
        lengths = documents.lengths[order[start : start + most]]
        lengths = lengths * torch.arange(1, len(lengths) + 1, device=order.device)
        fitting = int((lengths * len(vectors) <= _PADDED).sum())
        batch = order[start : start + max(1, fitting)]
        tokens, mask = documents.padded(batch)  # (k, m, d)
        products = vectors @ tokens.flatten(0, 1).T  # (T, k·m)
        products = products.view(len(vectors), *mask.shape)
        products.masked_fill_(~mask, float("-inf"))
        yield batch, products.amax(dim=-1)
        start += len(batch)


def search(
    topics: Ragged,
    documents: Ragged | Index,
    topic_ids: Sequence[str],
    document_ids: Sequence[str],
    *,
    depth: int,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Ranked]:
    """Rank the documents for each topic, best first, `depth` of them; ties as `rank` breaks them.

    Documents in a file are read in blocks, each of which meets every topic: no more is in memory
    than a block and `depth` scores a topic.
    """
    blocks = [documents] if isinstance(documents, Ragged) else documents
    step = 64
    found = [_NONE] * topics.size
    first = 0
    for number, block in enumerate(blocks):
        own = block.to(str(topics.vectors.device))
        numbers = np.arange(first, first + block.size)
        for start in range(0, topics.size, step):
            stop = min(start + step, topics.size)
            offsets = topics.offsets[start : stop + 1]
            part = Ragged(topics.vectors[offsets[0] : offsets[-1]], offsets - offsets[0])
            for row, scores in enumerate(max_sim_scores(part, own).cpu().numpy(), start):
                found[row] = found[row].join(scores, numbers, depth, document_ids)
            if progress:
                progress(number * topics.size + stop, len(blocks) * topics.size)
        first += block.size
    return _rankings(topic_ids, found, document_ids)


def rerank(
    topics: Ragged,
    documents: Ragged | Index,
    topic_ids: Sequence[str],
    document_ids: Sequence[str],
    found: Mapping[str, Ranked],
    *,
    depth: int,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Ranked]:
    """Rank for each topic the first `depth` documents that another system found, as `search` does.

    Args:
        topics: their vectors.
        documents: the vectors of all documents.
        topic_ids: in the order of `topics`.
        document_ids: in the order of `documents`.
        found: what the other system found, by topic.
        depth: how many of these are ranked.
        progress: told how far it is.

    Raises:
        DataError: the other system found a document that is not there.
    """
    numbers = {document: number for number, document in enumerate(document_ids)}
    wanted: list[NDArray[np.int64]] = []
    for topic in topic_ids:
        try:
            candidates = found[topic].documents[:depth] if topic in found else ()
            first = [numbers[document] for document in candidates]
        except KeyError as error:
            raise DataError(f"first stage: topic {topic}: no document {error}") from None
        wanted.append(np.array(sorted(first), dtype=np.int64))
    ranked = [_NONE] * topics.size
    blocks = [documents] if isinstance(documents, Ragged) else documents
    start = 0
    for number, block in enumerate(blocks):
        for row, each in enumerate(wanted):
            here = each[(each >= start) & (each < start + block.size)] - start
            if len(here):
                part = block.take(here.tolist()).to(str(topics.vectors.device))
                scores = max_sim_scores(topics.take([row]), part)[0].cpu().numpy()
                ranked[row] = ranked[row].join(scores, here + start, depth, document_ids)
            if progress:
                progress(number * topics.size + row + 1, len(blocks) * topics.size)
        start += block.size
    return _rankings(topic_ids, ranked, document_ids)


def _rankings(
    topic_ids: Sequence[str], found: Sequence[_Best], document_ids: Sequence[str]
) -> dict[str, Ranked]:
    return {
        topic: Ranked.falling([document_ids[index] for index in own.documents], own.scores)
        for topic, own in zip(topic_ids, found, strict=True)
    }


class _Best(NamedTuple):
    """The best documents so far, best first; of like scores, the lower key first."""

    scores: NDArray[np.float32]
    documents: NDArray[np.int64]

    def join(
        self,
        scores: NDArray[np.float32],
        documents: NDArray[np.int64],
        depth: int,
        ids: Sequence[str],
    ) -> _Best:
        """Take in further documents, by their numbers in `ids`."""

        def keys(places: NDArray[np.int64]) -> NDArray[np.uint64]:
            return tie_keys(ids[number] for number in numbers[places])

        if not np.isfinite(scores).all():  # they have no order, and would be judged in the files'
            which = ids[documents[np.flatnonzero(~np.isfinite(scores))[0]]]
            raise CellError(f"search: the score of document {show(which)} is not finite")
        numbers = documents
        own = best(scores, depth, keys)
        both = np.concatenate([self.scores, scores[own]])
        numbers = np.concatenate([self.documents, documents[own]])
        order = best(both, depth, keys)
        return _Best(both[order], numbers[order])


_NONE = _Best(np.empty(0, np.float32), np.empty(0, np.int64))
