"""BM25 over untranslated topics: what names, numbers and cognates alone find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from clirbench.data.analyzers import Analyzed
from clirbench.methods.base import Untrained
from clirbench.settings import settings

__all__ = ["BM25"]


@settings
class BM25(Untrained):
    """Lexical matching without translation."""

    name: ClassVar[str] = "bm25"
    version: ClassVar[int] = 2
    neutral: ClassVar[Mapping[str, object]] = {"analyzer": None}
    needs: ClassVar[str] = "nothing"
    reference: ClassVar[str] = "Robertson & Zaragoza 2009; the variant of Lucene, by bm25s"

    k1: Annotated[float, Field(gt=0)] = 0.9
    """Saturation of term frequency; 0.9 is Anserini's default."""
    b: Annotated[float, Field(ge=0, le=1)] = 0.4
    """Length normalisation; 0.4 is Anserini's default."""
    analyzer: Analyzed | None = None
    """Language by whose stems, without its stop words, topics and documents are matched, such as "fi"
    for a fair baseline in one language; none: by their words as they are."""

    @property
    def words(self) -> Callable[[str], list[str]]:
        """What gives the words of a text."""
        from clirbench.data.analyzers import analyzer

        return analyzer(self.analyzer)
