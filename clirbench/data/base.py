"""The words of the data: documents, topics, judgments, bitext, and where they come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple, TypeAlias

from clirbench.settings import settings

__all__ = [
    "HEAD",
    "JSON",
    "BitextSource",
    "CollectionSource",
    "Document",
    "Download",
    "Fetch",
    "Judgments",
    "Part",
    "Rules",
    "SentencePair",
    "Source",
    "TopicScores",
    "Topics",
    "TrainingQuery",
    "without_relevant",
]

HEAD = 200
"""Number of a file's first lines that `Source.glance` reads."""
JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
Topics: TypeAlias = Mapping[str, str]
"""Topic id to text, in the collection's order."""
Judgments: TypeAlias = Mapping[str, Mapping[str, int]]
"""Topic id to document id to grade (0: judged not relevant)."""
TopicScores: TypeAlias = "dict[str, dict[str, float]]"
"""Topic id to measure to value."""


Part: TypeAlias = Literal["documents", "pairs", "topics", "translations"]
"""What a source may have in a language. translations: the topics in the documents' language."""


class Document(NamedTuple):
    """One unit of retrieval."""

    id: str
    text: str


def without_relevant(judgments: Judgments) -> tuple[str, ...]:
    """The topics of which no document is judged relevant: every ranking scores 0 on them."""
    return tuple(t for t, grades in judgments.items() if max(grades.values(), default=0) <= 0)


class SentencePair(NamedTuple):
    """A foreign sentence and its English translation.

    `links` are gold alignments, where known: pairs of a foreign and an English word. Words are
    separated by white space and counted from 0.
    """

    foreign: str
    english: str
    links: tuple[tuple[int, int], ...] = ()


class TrainingQuery(NamedTuple):
    """A query and a relevant passage, both in the documents' language, to train a teacher from."""

    query: str
    passage: str
    negative: str | None = None
    """A passage that is not relevant, or less relevant, if one is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file at an https address, pinned by its checksum; without one, trusted on first use."""

    url: str
    sha256: str | None = None
    """SHA-256 of the file. None: not known; that of the first download is written into the suite's
    lock file."""
    bytes: int | None = None
    """Size of the file. None where `sha256` is."""


Fetch: TypeAlias = Callable[[Download], Path]
"""Gives the local path of a download, complete and with the right checksum, or raises DataError."""


@settings
class Source(ABC):
    """Where data comes from. Subclasses are settings: their fields are the suite's keys."""

    name: ClassVar[str]
    """The name in suite files."""
    version: ClassVar[int] = 1
    """Raised when the same files and settings would give other data."""
    licence: ClassVar[str]
    citation: ClassVar[str]

    @classmethod
    @abstractmethod
    def languages(cls) -> frozenset[str] | None:
        """The foreign languages on offer (ISO 639-1, else 639-3, codes); None: any."""

    @abstractmethod
    def downloads(self, language: str) -> tuple[Download, ...]:
        """The files that are needed for `language`, shared ones included."""

    def content(self, language: str) -> JSON:  # noqa: ARG002 - for sources whose files are the user's
        """What beside settings and downloads decides the data, such as checksums of the user's files.

        Raises:
            DataError: a file is missing.
        """
        return None

    def kept_by(self) -> str | None:
        """The package that fetches and keeps its data, and where; None: they are downloads, or files here."""
        return None

    def glance(self, language: str) -> None:  # noqa: B027 - those without files of the user's have none
        """Read the first `HEAD` lines of the user's own files of a language, as they would be used.

        Raises:
            DataError: a file is missing, or lines of it are malformed.
        """

    def lacks(self, part: Part, language: str) -> str | None:  # noqa: ARG002 - for those that may lack it
        """Say why it cannot give a part in `language`, as far as is known before fetching; None: it can."""
        return None


class Rules(NamedTuple):
    """What a collection does with what cannot be judged, in words for docs/data.md."""

    empty_documents: str
    """Documents without text."""
    unknown_judgments: str
    """Judgments of documents that are not there."""
    ungraded_topics: str
    """Topics without judgments."""


@settings
class CollectionSource(Source):
    """Documents, topics in several languages, and judgments."""

    rules: ClassVar[Rules]
    """What is done with empty documents, unknown judgments and ungraded topics."""
    translated: ClassVar[bool]
    """Whether the topics of all languages are translations of one set, under the same ids."""
    answered: ClassVar[bool] = False
    """Whether topics have answers, as R@2kt and similar measures need."""
    cluster: ClassVar[str] = "topic"
    """What groups topics, such as "story". "topic": every topic is independent."""

    @abstractmethod
    def documents(self, fetch: Fetch, language: str) -> Iterator[Document]:
        """The documents in `language`, in a fixed order; ids are unique, texts not empty."""

    @abstractmethod
    def topics(self, fetch: Fetch, language: str) -> Topics:
        """The topics in `language`; the documents' own language gives the human translation."""

    @abstractmethod
    def judgments(self, fetch: Fetch, language: str) -> Judgments:
        """The judgments of the topics in `language`."""

    def clusters(self, fetch: Fetch, language: str) -> Mapping[str, str]:
        """Topic in `language` to what it is of, such as its story; every topic stands alone here.

        Topics of a cluster have something in common that decides how hard they are, such as their only
        relevant passage: they are one draw, and no two of them are held out from each other. Translations
        of a topic are of one cluster.
        """
        return {topic: topic for topic in self.topics(fetch, language)}

    def test_texts(self, fetch: Fetch, query: str, documents: str) -> Iterator[str]:
        """What must not be trained on: the topics in both languages of a pair, and the documents.

        A collection whose documents are put together from sentences gives these too.
        """
        yield from self.topics(fetch, query).values()
        yield from self.topics(fetch, documents).values()
        yield from (document.text for document in self.documents(fetch, documents))

    def answers(self, fetch: Fetch, language: str) -> Mapping[str, Sequence[str]]:  # noqa: ARG002
        """Topic to its answers, texts to be found in documents."""
        return {}

    def texts(self, fetch: Fetch, language: str, ids: Collection[str]) -> Mapping[str, str]:
        """The texts of some documents in `language`, by id."""
        wanted = set(ids)
        return {d.id: d.text for d in self.documents(fetch, language) if d.id in wanted}

    def caption(self) -> str | None:
        """What must be known of all numbers that come from it, such as that a part was searched."""
        return None

    def left_out(self, fetch: Fetch, language: str) -> Mapping[str, Sequence[str]]:  # noqa: ARG002
        """Ids of what upstream has and this leaves out for `language`, by reason."""
        return {}

    def unjudged(self, fetch: Fetch, language: str) -> tuple[str, ...]:  # noqa: ARG002
        """The ids of topics that upstream has and `topics` has not, for want of judgments.

        Other systems' runs often have them.
        """
        return ()

    def training_queries(self, fetch: Fetch, language: str) -> Iterator[TrainingQuery]:  # noqa: ARG002
        """Queries and relevant passages in the documents' `language`, disjoint from the topics."""
        return iter(())

    def teaching_queries(self, fetch: Fetch, language: str) -> Iterator[TrainingQuery]:
        """What a teacher may learn from it in `language`: its training queries, if it has any.

        Else each topic with each document that is judged relevant: for suites that search another
        collection.
        """
        queries = self.training_queries(fetch, language)
        if (first := next(queries, None)) is not None:
            yield first
            yield from queries
            return
        topics = self.topics(fetch, language)
        relevant = [
            (topic, document)
            for topic, grades in self.judgments(fetch, language).items()
            for document, grade in grades.items()
            if grade > 0
        ]
        texts = self.texts(fetch, language, {document for _, document in relevant})
        for topic, document in relevant:
            yield TrainingQuery(topics[topic], texts[document])

    def translated_queries(self, fetch: Fetch, language: str, documents: str) -> Iterator[str]:  # noqa: ARG002
        """The training queries of `documents` in another `language`, in their order; none if unknown."""
        return iter(())


@settings
class BitextSource(Source):
    """Sentence pairs between English and a foreign language."""

    @abstractmethod
    def pairs(self, fetch: Fetch, language: str) -> Iterator[SentencePair]:
        """The pairs of `language` with English, in a fixed order, with upstream faults mended."""

    def notes(self, fetch: Fetch, language: str) -> tuple[str, ...]:  # noqa: ARG002
        """What should be known of the pairs, such as which of several variants were taken."""
        return ()
