"""Hard negatives by BM25: passages that look like a query's own, and are another's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from clirbench.data.analyzers import analyzer
from clirbench.data.base import TrainingQuery

__all__ = ["with_negatives"]

_K1, _B = 0.9, 0.4
"""Anserini's defaults, as those of the method bm25."""


def with_negatives(examples: Sequence[TrainingQuery]) -> list[TrainingQuery]:
    """The examples, each with the passage that BM25 finds best for its query among those of the others.

    A passage that stands beside the same query is none. An example that has a negative keeps it; where
    nothing is found, for no other passage shares a word with the query, it is the passage that comes next.
    """
    import bm25s

    words = analyzer(None)
    passages = list(dict.fromkeys(example.passage for example in examples))
    own: defaultdict[str, set[int]] = defaultdict(set)
    number = {passage: index for index, passage in enumerate(passages)}
    for example in examples:
        own[example.query].add(number[example.passage])
    vocabulary: dict[str, int] = {}
    numbers = [
        np.array([vocabulary.setdefault(w, len(vocabulary)) for w in words(text)], dtype=np.int32)
        for text in passages
    ]
    index = bm25s.BM25(method="lucene", k1=_K1, b=_B)
    index.index((numbers, vocabulary), show_progress=False)

    def best(query: str, passage: str) -> str | None:
        known = [word for word in words(query) if word in vocabulary]
        scores = index.get_scores(known) if known else np.zeros(len(passages), np.float32)
        # In the order of the passages after its own, so that ties fall on different ones.
        order = np.roll(np.arange(len(passages)), -number[passage] - 1)
        order = order[~np.isin(order, list(own[query]))]
        return passages[int(order[np.argmax(scores[order])])] if len(order) else None

    found = [
        example
        if example.negative is not None
        else example._replace(negative=best(example.query, example.passage))
        for example in examples
    ]
    if any(example.negative is None for example in found):  # all passages are of one query
        return [example._replace(negative=None) for example in found]
    return found
