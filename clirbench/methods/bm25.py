"""BM25 over untranslated topics: what names, numbers and cognates alone find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from clirbench.data.analyzers import Analyzed
from clirbench.methods.base import Need
from clirbench.methods.searcher import Given, Searcher
from clirbench.settings import settings

if TYPE_CHECKING:
    from clirbench.retrieval.run import Ranked

__all__ = ["BM25"]


@settings
class BM25(Searcher):
    """Lexical matching without translation."""

    level: ClassVar[str] = "untrained"
    name: ClassVar[str] = "bm25"
    version: ClassVar[int] = 2
    neutral: ClassVar[Mapping[str, object]] = {"analyzer": None}
    needs: ClassVar[str] = "nothing"
    requires: ClassVar[frozenset[Need]] = frozenset({"documents"})
    by_words: ClassVar[bool] = True
    reference: ClassVar[str] = "Robertson & Zaragoza 2009; the variant of Lucene, by bm25s"

    k1: Annotated[float, Field(gt=0)] = 0.9
    """Saturation of term frequency. 0.9 is Anserini's default."""
    b: Annotated[float, Field(ge=0, le=1)] = 0.4
    """Length normalisation. 0.4 is Anserini's default."""
    analyzer: Analyzed | None = None
    """Language for stemming and stop words, such as "fi", for a fair baseline within one language.
    Default: words are matched as they are."""

    def search(self, given: Given) -> dict[str, Ranked]:
        """Rank by BM25 over folded words, or what the analyzer makes of them.

        Documents are read one after another; of each, the numbers of its words are kept. A document
        that shares no word with the topic is not returned.
        """
        import bm25s
        import numpy as np

        from clirbench.retrieval.run import Ranked, matching

        vocabulary: dict[str, int] = {}
        ids, numbers = [], []
        for document in given.documents:
            own = self.words(document.text)
            numbers.append(
                np.array([vocabulary.setdefault(w, len(vocabulary)) for w in own], dtype=np.int32)
            )
            ids.append(document.id)
        index = bm25s.BM25(method="lucene", k1=self.k1, b=self.b)
        index.index((numbers, vocabulary), show_progress=False)
        del numbers
        found: dict[str, Ranked] = {}
        for topic, text in given.topics.items():
            known = [word for word in self.words(text) if word in vocabulary]
            found[topic] = (
                matching(index.get_scores(known), ids, given.depth) if known else Ranked.of({})
            )
        return found

    @property
    def words(self) -> Callable[[str], list[str]]:
        """What gives the words of a text."""
        from clirbench.data.analyzers import analyzer

        return analyzer(self.analyzer)
