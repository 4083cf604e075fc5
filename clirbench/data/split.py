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
    """One side of a split of a collection's topics; the rest is the collection's.

    Topics that belong together are held out together; else a method would be tuned on topics
    related to those it is tested on. Only a cluster's name and the seed decide whether it is held
    out, so a topic that several languages share is on the same side in all of them. The share is
    therefore met on average.
    """

    name: ClassVar[str] = "split"
    licence: ClassVar[str] = "the collection's"
    citation: ClassVar[str] = "the collection's"

    source: CollectionSource
    development: bool
    """Whether this is the side held out for development. Otherwise it is the tested side."""
    share: Annotated[float, Field(gt=0, lt=1)]
    """Chance of a cluster of topics, or of an independent topic, to be held out."""
    seed: int

    @property
    def translated(self) -> bool:  # type: ignore[override] # for other sources it is a fact
        """As the collection."""
        return self.source.translated

    @property
    def answered(self) -> bool:  # type: ignore[override]
        """As the collection."""
        return self.source.answered

    @property
    def cluster(self) -> str:  # type: ignore[override]
        """As the collection."""
        return self.source.cluster

    @classmethod
    def languages(cls) -> None:
        """The collection's, which is checked by itself."""
        return

    def downloads(self, language: str) -> tuple[Download, ...]:
        """As the collection."""
        return self.source.downloads(language)

    def content(self, language: str) -> JSON:
        """As the collection; with a mark where topics belong together, which once were held out singly."""
        content = self.source.content(language)
        return content if self.cluster == "topic" else {"content": content, "split": "by cluster"}

    def documents(self, fetch: Fetch, language: str) -> Iterator[Document]:
        """As the collection."""
        return self.source.documents(fetch, language)

    def topics(self, fetch: Fetch, language: str) -> Topics:
        """The topics of this side.

        Raises:
            DataError: there are none.
        """
        return self._side(self.source.topics(fetch, language), fetch, language)

    def judgments(self, fetch: Fetch, language: str) -> Judgments:
        """The judgments of the topics of this side.

        Raises:
            DataError: there are none.
        """
        return self._side(self.source.judgments(fetch, language), fetch, language)

    def clusters(self, fetch: Fetch, language: str) -> Mapping[str, str]:
        """Those of this side, whole."""
        return self._kept(self.source.clusters(fetch, language), fetch, language)

    def test_texts(self, fetch: Fetch, query: str, documents: str) -> Iterator[str]:
        """Those of both sides."""
        return self.source.test_texts(fetch, query, documents)

    def answers(self, fetch: Fetch, language: str) -> Mapping[str, Sequence[str]]:
        """The answers of the topics of this side."""
        return self._kept(self.source.answers(fetch, language), fetch, language)

    def texts(self, fetch: Fetch, language: str, ids: Collection[str]) -> Mapping[str, str]:
        """As the collection."""
        return self.source.texts(fetch, language, ids)

    def training_queries(self, fetch: Fetch, language: str) -> Iterator[TrainingQuery]:
        """As the collection."""
        return self.source.training_queries(fetch, language)

    def _side(self, topics: Mapping[str, _T], fetch: Fetch, language: str) -> dict[str, _T]:
        found = self._kept(topics, fetch, language)
        if not found:
            what = "is held out for development" if self.development else "is left to be tested"
            raise DataError(
                f"{self.source.name}: none of {len(topics)} topics in {language} {what}; choose "
                "another tune.topics or tune.seed"
            )
        return found

    def _kept(self, topics: Mapping[str, _T], fetch: Fetch, language: str) -> dict[str, _T]:
        clusters = {} if self.cluster == "topic" else self.source.clusters(fetch, language)
        return {
            topic: value for topic, value in topics.items() if self._has(clusters.get(topic, topic))
        }

    def _has(self, cluster: str) -> bool:
        # The purpose in the key keeps the draw apart from others by the same seed.
        held_out = rank_of(f"development:{cluster}", self.seed) < self.share * _RANKS
        return held_out is self.development
