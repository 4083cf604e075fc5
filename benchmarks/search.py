"""Exact MaxSim beside padded products, the product alone, and PyLate's scores where it is installed.

All have the products of matrices that clirbench takes on this processor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import pairwise
from typing import NamedTuple
from unittest.mock import patch

import torch
from torch import Tensor
from torch.nn.functional import normalize

from benchmarks.frame import Contest
from clirbench.models.device import choose_products
from clirbench.models.ragged import Ragged
from clirbench.retrieval import search
from clirbench.retrieval.search import max_sim_scores


class Size(NamedTuple):
    """A collection: how many texts, and the shortest and longest in vectors."""

    topics: int
    topic_lengths: tuple[int, int]
    documents: int
    document_lengths: tuple[int, int]
    dimensions: int


SIZES = (
    Size(50, (16, 32), 1000, (60, 140), 128),
    Size(50, (16, 32), 500, (100, 100), 128),
    Size(1, (16, 32), 3000, (60, 140), 128),
    Size(64, (4, 12), 5000, (5, 15), 128),
    Size(1, (16, 32), 100, (60, 140), 128),
    Size(64, (1, 1), 20_000, (1, 1), 384),
)
BLOCK = 32
"""Documents multiplied at once by a plain loop."""


def texts(count: int, lengths: tuple[int, int], dimensions: int, seed: int) -> Ragged:
    """Random unit vectors."""
    generator = torch.Generator().manual_seed(seed)
    sizes = torch.randint(lengths[0], lengths[1] + 1, (count,), generator=generator)
    offsets = torch.cat([sizes.new_zeros(1), sizes.cumsum(0)])
    vectors = torch.randn(int(offsets[-1]), dimensions, generator=generator)
    return Ragged(normalize(vectors, dim=1), offsets)


def padded(topics: Ragged, documents: Ragged) -> Tensor:
    """Score as on a GPU, and as a CPU did before: padded documents, and a mask."""
    with patch.object(search, "_unpadded", search._padded):  # noqa: SLF001 - what is measured
        return max_sim_scores(topics, documents)


def product(topics: Ragged, documents: Ragged) -> Tensor:
    """Multiply in blocks, and nothing else: no search takes less. Gives the last of the products."""
    rows = max(1, 2**21 // len(topics.vectors))
    for start in range(0, len(documents.vectors), rows):
        last = documents.vectors[start : start + rows] @ topics.vectors.T
    return last


def blocks(topics: Ragged, documents: Ragged) -> Tensor:
    """Score a block of padded documents after another, by the formula."""
    queries, query_mask = topics.padded(range(topics.size))  # (Q, t, d)
    scores = []
    for start in range(0, documents.size, BLOCK):
        tokens, mask = documents.padded(range(start, min(start + BLOCK, documents.size)))
        products = torch.einsum("qtd,knd->qktn", queries, tokens)
        best = products.masked_fill_(~mask[:, None], float("-inf")).amax(3)  # (Q, k, t)
        scores.append((best * query_mask[:, None]).sum(2))
    return torch.cat(scores, 1)


def pylate(topics: Ragged, documents: Ragged) -> Tensor:
    """Score a block of padded documents after another with PyLate."""
    from pylate.scores import colbert_scores

    queries, query_mask = topics.padded(range(topics.size))
    scores = []
    for start in range(0, documents.size, BLOCK):
        tokens, mask = documents.padded(range(start, min(start + BLOCK, documents.size)))
        scores.append(colbert_scores(queries, tokens, queries_mask=query_mask, documents_mask=mask))
    return torch.cat(scores, 1)


def reranked(topics: Ragged, documents: Ragged) -> Tensor:
    """Rank the documents for each topic with PyLate; gives no scores to compare."""
    from pylate import rank

    queries, every = (
        [texts.vectors[a:b] for a, b in pairwise(texts.offsets.tolist())]
        for texts in (topics, documents)
    )
    rank.rerank(
        documents_ids=[list(range(documents.size))] * topics.size,
        queries_embeddings=queries,
        documents_embeddings=[every] * topics.size,
    )
    return torch.empty(0)


def contests(device: str) -> Iterator[Contest]:
    """Collections of long, short, equal and single documents, and the ranking of a hundred."""
    choose_products()
    ways: dict[str, Callable[[Ragged, Ragged], Tensor]] = {
        "clirbench": max_sim_scores,
        "padded": padded,
        f"formula, blocks of {BLOCK}": blocks,
        "product alone": product,
    }
    if find_spec("pylate"):
        ways[f"PyLate, blocks of {BLOCK}"] = pylate
        ways["PyLate, rank.rerank"] = reranked
    for size in SIZES:
        topics = texts(size.topics, size.topic_lengths, size.dimensions, 1).to(device)
        documents = texts(size.documents, size.document_lengths, size.dimensions, 2).to(device)
        lengths = ("–".join(map(str, sorted({*each}))) for each in (size[1], size[3]))
        inner, outer = lengths
        yield Contest(
            problem=f"{size.topics} × {inner}, {size.documents:,} × {outer}, {size.dimensions}",
            calls={
                name: lambda way=way, topics=topics, documents=documents: way(topics, documents)
                for name, way in ways.items()
            },
        )
