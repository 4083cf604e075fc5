"""Probabilistic structured queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from clirbench.data.analyzers import Analyzed
from clirbench.methods.base import Untrained
from clirbench.settings import settings

__all__ = ["PSQ"]


@settings
class PSQ(Untrained):
    """BM25 whose query words stand for all their translations, each by its probability.

    The translations are learned from the bitext, by IBM's Model 1. No single translation is chosen:
    how often a word occurs in a document, and in how many, is what is expected of its translations.
    """

    any_documents: ClassVar[bool] = False
    name: ClassVar[str] = "psq"
    version: ClassVar[int] = 2
    level: ClassVar[str] = "translation"
    bitext: ClassVar[bool] = True
    neutral: ClassVar[Mapping[str, object]] = {"analyzer": None}
    needs: ClassVar[str] = "bitext"
    reference: ClassVar[str] = "Darwish & Oard, SIGIR 2003; table: Brown et al. 1993, Model 1"

    iterations: Annotated[int, Field(ge=1)] = 10
    """Of expectation maximisation. Chosen here."""
    smallest: Annotated[float, Field(ge=0, lt=1)] = 0.01
    """Probability below which a translation is left out. Chosen here."""
    cumulative: Annotated[float, Field(gt=0, le=1)] = 0.95
    """The likeliest translations are taken until their probabilities sum to this; the paper tries
    shares from 0 to 1. Chosen here."""
    k1: Annotated[float, Field(gt=0)] = 0.9
    """Saturation of term frequency; as `bm25`."""
    b: Annotated[float, Field(ge=0, le=1)] = 0.4
    """Length normalisation; as `bm25`."""
    analyzer: Analyzed | None = None
    """As `bm25`: "en" matches translations and documents, which are English, by their stems."""

    @property
    def words(self) -> Callable[[str], list[str]]:
        """What gives the words of an English text."""
        from clirbench.data.analyzers import analyzer

        return analyzer(self.analyzer)
