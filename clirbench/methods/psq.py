"""Probabilistic structured queries: a word's statistics are those of its translations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from clirbench.data.analyzers import Analyzed
from clirbench.methods.base import Need
from clirbench.methods.searcher import Given, Searcher
from clirbench.settings import settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clirbench.retrieval.run import Ranked

__all__ = ["PSQ"]


@settings
class PSQ(Searcher):
    """BM25 in which each query word stands for all its translations, weighted by probability.

    The translations are learned from the bitext, by IBM's Model 1. No single translation is chosen.
    A word's frequency in a document, and the number of documents with it, are expected values over
    its translations.
    """

    name: ClassVar[str] = "psq"
    version: ClassVar[int] = 2
    level: ClassVar[str] = "translation"
    neutral: ClassVar[Mapping[str, object]] = {"analyzer": None}
    needs: ClassVar[str] = "bitext"
    requires: ClassVar[frozenset[Need]] = frozenset({"documents", "lexicon"})
    by_words: ClassVar[bool] = True
    reference: ClassVar[str] = "Darwish & Oard, SIGIR 2003; table: Brown et al. 1993, Model 1"

    iterations: Annotated[int, Field(ge=1)] = 10
    """Iterations of expectation maximisation. Chosen here."""
    smallest: Annotated[float, Field(ge=0, lt=1)] = 0.01
    """Least probability of a translation that is kept. Chosen here."""
    cumulative: Annotated[float, Field(gt=0, le=1)] = 0.95
    """Translations are taken, likeliest first, until their probabilities sum to this. The paper
    tries shares from 0 to 1. Chosen here."""
    k1: Annotated[float, Field(gt=0)] = 0.9
    """Saturation of term frequency, as in `bm25`."""
    b: Annotated[float, Field(ge=0, le=1)] = 0.4
    """Length normalisation, as in `bm25`."""
    analyzer: Analyzed | None = None
    """Language for stemming, as in `bm25`. "en" stems the translations and the documents, which are
    English."""

    def search(self, given: Given) -> dict[str, Ranked]:
        """Rank by BM25 of expected frequencies.

        For a query word f, with p(e | f) its translations' probabilities (Darwish & Oard, SIGIR 2003,
        equations 5 and 6):

            tf(f, d) = Σ_e p(e | f) tf(e, d)        df(f) = Σ_e p(e | f) df(e)

        and BM25 of these, in Lucene's variant. A word that the lexicon does not know stands for
        itself, as names and numbers do. A document that shares no translation with the topic is not
        returned.
        """
        import numpy as np
        from scipy.sparse import csr_array

        from clirbench.data.words import words
        from clirbench.retrieval.run import matching

        documents = list(given.documents)
        texts = [self.words(document.text) for document in documents]
        number = {word: i for i, word in enumerate(sorted({w for text in texts for w in text}))}
        column = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
        row = np.array([number[word] for text in texts for word in text], dtype=np.int64)
        shape = (len(number), len(texts))
        tf = csr_array((np.ones(len(row)), (row, column)), shape=shape)  # repeated places add up
        tf.sum_duplicates()
        df = np.diff(tf.indptr)
        lengths = np.array([len(text) for text in texts])
        norm = self.k1 * (1 - self.b + self.b * lengths / max(lengths.mean(), 1e-9))
        entries = given.lexicon.entries()
        ids = [document.id for document in documents]

        def scores(topic: str) -> NDArray[np.float32]:
            found = np.zeros(len(texts))
            for word in words(topic):
                kept = self.kept(self.analyzed(entries.get(word, ())), word)
                if chosen := [(number[e], p) for e, p in kept if e in number]:
                    places, weights = (np.array(side) for side in zip(*chosen, strict=True))
                    frequency = weights @ tf[places]
                    rarity = weights @ df[places]
                    idf = np.log1p((len(texts) - rarity + 0.5) / (rarity + 0.5))
                    found += idf * frequency / (frequency + norm)
            return found.astype(np.float32)

        return {
            topic: matching(scores(text), ids, given.depth) for topic, text in given.topics.items()
        }

    @property
    def words(self) -> Callable[[str], list[str]]:
        """What gives the words of an English text."""
        from clirbench.data.analyzers import analyzer

        return analyzer(self.analyzer)

    def analyzed(self, translations: Sequence[tuple[str, float]]) -> Sequence[tuple[str, float]]:
        """Translations as the analyzer has them, the likeliest first: those of one stem are one."""
        if self.analyzer is None:
            return translations
        total: defaultdict[str, float] = defaultdict(float)
        for other, p in translations:
            for stem in self.words(other):
                total[stem] += p
        return sorted(total.items(), key=lambda item: (-item[1], item[0]))

    def kept(
        self, translations: Sequence[tuple[str, float]] | None, word: str
    ) -> list[tuple[str, float]]:
        """The likeliest translations of a word that make up the share asked for, summing to 1."""
        if not translations:
            return [(own, 1.0) for own in ([word] if self.analyzer is None else self.words(word))]
        chosen: list[tuple[str, float]] = []
        total = 0.0
        for other, p in translations:
            if p < self.smallest or total >= self.cumulative:
                break
            chosen.append((other, p))
            total += p
        return [(other, p / total) for other, p in chosen]
