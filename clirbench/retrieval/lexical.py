"""Lexical search by BM25."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from clirbench.data.base import Document
from clirbench.methods.bm25 import BM25
from clirbench.retrieval.run import Ranking, rank

__all__ = ["search_bm25"]


def search_bm25(
    documents: Iterable[Document], topics: Mapping[str, str], method: BM25, depth: int
) -> dict[str, Ranking]:
    """Rank the documents for each topic by BM25 over folded words, or what the method's analyzer makes of them.

    Documents are read one after another; of each, the numbers of its words are kept. A document that
    shares no word with the topic is not returned.
    """
    import bm25s

    vocabulary: dict[str, int] = {}
    ids, numbers = [], []
    for document in documents:
        own = method.words(document.text)
        numbers.append(
            np.array([vocabulary.setdefault(w, len(vocabulary)) for w in own], dtype=np.int32)
        )
        ids.append(document.id)
    index = bm25s.BM25(method="lucene", k1=method.k1, b=method.b)
    index.index((numbers, vocabulary), show_progress=False)
    del numbers
    found: dict[str, Ranking] = {}
    for topic, text in topics.items():
        known = [word for word in method.words(text) if word in vocabulary]
        if not known:
            found[topic] = []
            continue
        scores = index.get_scores(known)
        matching = np.flatnonzero(scores > 0)
        found[topic] = rank(scores[matching], [ids[place] for place in matching], depth)
    return found
