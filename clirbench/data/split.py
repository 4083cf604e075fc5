"""A collection of which some topics are held out for development."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, TypeVar

from pydantic import Field

from clirbench.data.base import (
    JSON,
    CollectionSource,
    Document,
    Download,
    Fetch,
    Judgments,
    Topics,
    TrainingQuery,
)
from clirbench.data.sample import rank_of
from clirbench.errors import DataError
from clirbench.settings import settings

__all__ = ["Split"]

_T = TypeVar("_T")
_RANKS = 2**64


@settings
class Split(CollectionSource):
    """One side of a split of a collection's topics; all else is the collection's.

    Whether a topic is held out depends on its id and the seed alone, so that a topic that several
    languages share is on the same side in all of them. The share is therefore met on average.
    """

    name: ClassVar[str] = "split"
    licence: ClassVar[str] = "the collection's"
    citation: ClassVar[str] = "the collection's"

    source: CollectionSource
    development: bool
    """Whether this is the side that is held out for development; else the one that is tested on."""
    share: Annotated[float, Field(gt=0, lt=1)]
    """Chance of a topic to be held out."""
    seed: int

    @property
    def translated(self) -> bool:  # type: ignore[override] # for other sources it is a fact
        """As the collection."""
        return self.source.translated

    @property
    def answered(self) -> bool:  # type: ignore[override]
        """As the collection."""
        return self.source.answered

    @classmethod
    def languages(cls) -> None:
        """The collection's, which is checked by itself."""
        return

    def downloads(self, language: str) -> tuple[Download, ...]:
        """As the collection."""
        return self.source.downloads(language)

    def content(self, language: str) -> JSON:
        """As the collection."""
        return self.source.content(language)

    def documents(self, fetch: Fetch, language: str) -> Iterator[Document]:
        """As the collection."""
        return self.source.documents(fetch, language)

    def topics(self, fetch: Fetch, language: str) -> Topics:
        """The topics of this side.

        Raises:
            DataError: there are none.
        """
        return self._side(self.source.topics(fetch, language), language)

    def judgments(self, fetch: Fetch, language: str) -> Judgments:
        """The judgments of the topics of this side.

        Raises:
            DataError: there are none.
        """
        return self._side(self.source.judgments(fetch, language), language)

    def test_texts(self, fetch: Fetch, query: str, documents: str) -> Iterator[str]:
        """Those of both sides."""
        return self.source.test_texts(fetch, query, documents)

    def answers(self, fetch: Fetch, language: str) -> Mapping[str, Sequence[str]]:
        """The answers of the topics of this side."""
        answers = self.source.answers(fetch, language)
        return {topic: own for topic, own in answers.items() if self._has(topic)}

    def texts(self, fetch: Fetch, language: str, ids: Collection[str]) -> Mapping[str, str]:
        """As the collection."""
        return self.source.texts(fetch, language, ids)

    def training_queries(self, fetch: Fetch, language: str) -> Iterator[TrainingQuery]:
        """As the collection."""
        return self.source.training_queries(fetch, language)

    def _side(self, topics: Mapping[str, _T], language: str) -> dict[str, _T]:
        found = {key: value for key, value in topics.items() if self._has(key)}
        if not found:
            what = "is held out for development" if self.development else "is left to be tested"
            raise DataError(
                f"{self.source.name}: none of {len(topics)} topics in {language} {what}; choose "
                "another tune.topics or tune.seed"
            )
        return found

    def _has(self, topic: str) -> bool:
        # The purpose in the key keeps the draw apart from others by the same seed.
        held_out = rank_of(f"development:{topic}", self.seed) < self.share * _RANKS
        return held_out is self.development
