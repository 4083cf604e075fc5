"""Probabilistic structured queries: a word's statistics are those of its translations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from clirbench.data.base import Document
from clirbench.data.words import words
from clirbench.methods.psq import PSQ
from clirbench.retrieval.lexicon import Lexicon
from clirbench.retrieval.run import Ranking, rank

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["search_psq"]


def search_psq(
    documents: Sequence[Document],
    topics: Mapping[str, str],
    lexicon: Lexicon,
    method: PSQ,
    depth: int,
) -> dict[str, Ranking]:
    """Rank the documents for each topic.

    For a query word f, with p(e | f) its translations' probabilities (Darwish & Oard, SIGIR 2003,
    equations 5 and 6):

        tf(f, d) = Σ_e p(e | f) tf(e, d)        df(f) = Σ_e p(e | f) df(e)

    and BM25 of these, in Lucene's variant. A word that the lexicon does not know stands for itself,
    as names and numbers do. A document that shares no translation with the topic is not returned.
    """
    from scipy.sparse import csr_array

    texts = [method.words(document.text) for document in documents]
    number = {word: index for index, word in enumerate(sorted({w for text in texts for w in text}))}
    column = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    row = np.array([number[word] for text in texts for word in text], dtype=np.int64)
    shape = (len(number), len(texts))
    tf = csr_array((np.ones(len(row)), (row, column)), shape=shape)  # repeated places add up
    tf.sum_duplicates()
    df = np.diff(tf.indptr)
    lengths = np.array([len(text) for text in texts])
    norm = method.k1 * (1 - method.b + method.b * lengths / max(lengths.mean(), 1e-9))
    entries = lexicon.entries()
    ids = [document.id for document in documents]

    def scores(topic: str) -> NDArray[np.float32]:
        found = np.zeros(len(texts))
        for word in words(topic):
            chosen = [
                (number[e], p)
                for e, p in kept(analyzed(entries.get(word, ()), method), word, method)
                if e in number
            ]
            if chosen:
                places, weights = (np.array(side) for side in zip(*chosen, strict=True))
                frequency = weights @ tf[places]
                rarity = weights @ df[places]
                idf = np.log1p((len(texts) - rarity + 0.5) / (rarity + 0.5))
                found += idf * frequency / (frequency + norm)
        return found.astype(np.float32)

    rankings: dict[str, Ranking] = {}
    for topic, text in topics.items():
        score = scores(text)
        matching = np.flatnonzero(score > 0)
        rankings[topic] = rank(score[matching], [ids[place] for place in matching], depth)
    return rankings


def analyzed(translations: Sequence[tuple[str, float]], method: PSQ) -> Sequence[tuple[str, float]]:
    """Translations as the analyzer has them, the likeliest first: those of one stem are one."""
    if method.analyzer is None:
        return translations
    total: defaultdict[str, float] = defaultdict(float)
    for other, p in translations:
        for stem in method.words(other):
            total[stem] += p
    return sorted(total.items(), key=lambda item: (-item[1], item[0]))


def kept(
    translations: Sequence[tuple[str, float]] | None, word: str, method: PSQ
) -> list[tuple[str, float]]:
    """The likeliest translations of a word until they make up the share asked for, summing to 1."""
    if not translations:
        return [(own, 1.0) for own in ([word] if method.analyzer is None else method.words(word))]
    chosen: list[tuple[str, float]] = []
    total = 0.0
    for other, p in translations:
        if p < method.smallest or total >= method.cumulative:
            break
        chosen.append((other, p))
        total += p
    return [(other, p / total) for other, p in chosen]
