"""The `irds` source: any collection of ir_datasets, or topics of one with documents of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from clirbench.data import irds
from clirbench.data.base import (
    JSON,
    CollectionSource,
    Document,
    Download,
    Fetch,
    Judgments,
    Part,
    Rules,
    Topics,
)
from clirbench.data.languages import Language
from clirbench.data.sample import judged_and_random, rank_of
from clirbench.errors import DataError
from clirbench.settings import settings

__all__ = ["IRDS"]

_Id = Annotated[str, Field(pattern=r"^([A-Za-z0-9._/-]|\{language\})+$")]

# Codes that an id has in place of ISO 639-1.
_CODES = {"mmarco/v2/": {"nl": "dt"}, "wikiclir/": {"nb": "no"}, "clirmatrix/": {"nb": "no"}}


@settings
class IRDS(CollectionSource):
    """A collection by its id in ir_datasets, which downloads the files and checks their MD5.

    `source = "irds:clirmatrix/en/bi139-base/{language}/test1"` is short for `source = "irds"` and
    an `id`. `{language}` stands for a pair's query language. Documents are read one after another;
    those without text are skipped. With `distractors`, a random part of the documents is searched.
    If ir_datasets knows the language of documents or topics, the suite's must be the same.
    """

    name: ClassVar[str] = "irds"
    version: ClassVar[int] = 2
    licence: ClassVar[str] = "the collection's; see https://ir-datasets.com"
    citation: ClassVar[str] = (
        "MacAvaney, Yates, Feldman, Downey, Cohan & Goharian (2021), Simplified Data Wrangling with "
        "ir_datasets, SIGIR, 2429-2436; and the collection's own"
    )
    rules: ClassVar[Rules] = Rules(
        empty_documents="skipped, listed",
        unknown_judgments="kept, counted",
        ungraded_topics="left out, listed",
    )

    id: _Id
    """Id of the topics and judgments. `{language}` stands for the query language."""
    documents_id: _Id | None = None
    """Id of the documents. Default: `id`, which must have no `{language}` then."""
    documents_language: Language = "en"
    """Language of the documents."""
    oracle_id: _Id | None = None
    """Id of the topics in the documents' language, with the same topic ids. Default: there are
    none."""
    oracle_field: str | None = None
    """`topic_field` of the topics in the documents' language."""
    topic_field: str | None = None
    """Field of a topic that is searched with, such as "description". Default: ir_datasets'
    choice."""
    document_field: str | None = None
    """Field of a document that is searched. Default: ir_datasets' choice, such as title and
    text."""
    translated: bool = False  # type: ignore[misc] # for other sources it is a fact, for this a key
    """Whether the topics of all languages are translations of one set, under the same ids."""
    topic_limit: Annotated[int, Field(ge=1)] | None = None
    """Most topics, drawn at random once. Default: all that are judged."""
    distractors: Annotated[int, Field(ge=0)] | None = None
    """Search the judged documents and this many random others. Default: all documents."""
    judged_for: tuple[Language, ...] = ()
    """Query languages whose judged documents are kept with `distractors`, if `id` has
    `{language}`."""
    sample_seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the draws for `topic_limit` and `distractors`."""

    def __post_init__(self) -> None:
        if "{language}" in self.id:
            if self.documents_id is None:
                raise ValueError("an id with {language} needs a documents_id")
            if self.distractors is not None and not self.judged_for:
                raise ValueError(
                    "distractors needs judged_for: the query languages whose judged documents "
                    "are kept"
                )

    @classmethod
    def languages(cls) -> None:
        """Any; whether an id has a language is known when it is asked for."""
        return

    def downloads(self, language: str) -> tuple[Download, ...]:  # noqa: ARG002
        """None of ours: ir_datasets fetches for itself."""
        return ()

    def kept_by(self) -> str:
        """The package ir_datasets."""
        return "ir_datasets keeps it in IR_DATASETS_HOME"

    def content(self, language: str) -> JSON:
        """Nothing: ids stand for fixed content, whose checksums ir_datasets has.

        Raises:
            DataError: there is no such id.
        """
        topics = self.oracle_id if language == self.documents_language else self._id(language)
        for name in (topics, self._documents_id()):
            if name is not None:
                irds.check_known(name)
        return None

    def lacks(self, part: Part, language: str) -> str | None:
        """Documents in another language, and translated topics without an oracle_id."""
        if part == "documents" and language != self.documents_language:
            return (
                f"irds:{self._documents_id()}: no documents in {language}; documents_language "
                f"says that they are in {self.documents_language}; leave out methods that read "
                "translated documents, such as oracle"
            )
        if part == "translations" and self.oracle_id is None:
            return (
                f"irds:{self.id}: no topics in the documents' language; set oracle_id, or leave "
                "out methods that read translated topics"
            )
        return None

    def caption(self) -> str | None:
        """What is to be known of the numbers when only a part was searched."""
        parts = []
        if self.distractors is not None:
            parts.append(
                f"only the judged documents and {self.distractors:,} random others (seed "
                f"{self.sample_seed}) of {self.documents_id or self.id} are searched; scores are "
                "higher than on all documents, and comparable only with the same sample"
            )
        if self.topic_limit is not None:
            parts.append(f"{self.topic_limit:,} of the topics were drawn (seed {self.sample_seed})")
        return "; ".join(parts) or None

    def documents(self, fetch: Fetch, language: str) -> Iterator[Document]:  # noqa: ARG002
        """The documents, in ir_datasets' order, or the sample of them.

        Raises:
            DataError: they are in another language, cannot be had or read, or an id stands twice.
        """
        if why := self.lacks("documents", language):
            raise DataError(why)
        self._check("docs", self._documents_id(), language)
        everything = irds.documents(self._documents_id(), self.document_field)
        if self.distractors is None:
            return everything
        judged = {
            document
            for each in self.judged_for or (self.documents_language,)
            for grades in self._judged(each).values()
            for document in grades
        }
        return judged_and_random(everything, judged, self.distractors, self.sample_seed)

    def topics(self, fetch: Fetch, language: str) -> Topics:  # noqa: ARG002
        """The judged topics in `language`; see `left_out` for the others.

        Raises:
            DataError: they cannot be had or read, or there are none in that language.
        """
        if language == self.documents_language:
            if self.oracle_id is None:
                raise DataError(self.lacks("translations", language))
            self._check("queries", self.oracle_id, language)
            found = irds.topics(self.oracle_id, self.oracle_field)
            if "{language}" in self.id:  # whose judgments count is the query language's to say
                return found
            judged = self._judged(language)
            return {topic: text for topic, text in found.items() if topic in judged}
        self._check("queries", self._id(language), language)
        judged = self._judged(language)
        texts = irds.topics(self._id(language), self.topic_field)
        found = {topic: text for topic, text in texts.items() if text and topic in judged}
        if not found:
            raise DataError(f"irds:{self._id(language)}: none of {len(texts)} topics is judged")
        return found

    def judgments(self, fetch: Fetch, language: str) -> Judgments:
        """The judgments of the topics of `language`."""
        judged = self._judged(language)
        return {topic: judged[topic] for topic in self.topics(fetch, language) if topic in judged}

    def unjudged(self, fetch: Fetch, language: str) -> tuple[str, ...]:  # noqa: ARG002
        """Topics without judgments."""
        judged = _judgments(self._id(language))
        texts = irds.topics(self._id(language), self.topic_field)
        return tuple(topic for topic in texts if topic not in judged)

    def left_out(self, fetch: Fetch, language: str) -> Mapping[str, tuple[str, ...]]:
        """What is counted and not used: topics without judgments or text, and the reverse.

        Documents are read once for the empty ones.
        """
        texts = irds.topics(self._id(language), self.topic_field)
        judged = _judgments(self._id(language))
        used = self.topics(fetch, language)
        return {
            "topic without judgments": self.unjudged(fetch, language),
            "topic without text": tuple(t for t, text in texts.items() if not text),
            "topic not drawn": tuple(
                t for t, text in texts.items() if text and t in judged and t not in used
            ),
            "judgments of a topic that does not exist": tuple(t for t in judged if t not in texts),
            "document judged twice for a topic; the last grade counts": (
                irds.judged_otherwise(self._id(language))
            ),
            "empty document": _empty(self._documents_id(), self.document_field),
        }

    def test_texts(self, fetch: Fetch, query: str, documents: str) -> Iterator[str]:
        """The topics, those of the oracle if there is one, the documents, and all parts of them.

        Where a part of the documents is searched, it is these.
        """
        yield from self.topics(fetch, query).values()
        yield from irds.texts(self._id(query), "queries")
        if self.oracle_id is not None:
            yield from irds.texts(self.oracle_id, "queries")
        if self.distractors is None and self.document_field is None:
            yield from irds.texts(self._documents_id(), "docs")
        else:
            yield from (document.text for document in self.documents(fetch, documents))

    def _judged(self, language: str) -> Judgments:
        judged = _judgments(self._id(language))
        if self.topic_limit is None or len(judged) <= self.topic_limit:
            return judged
        order = sorted(judged, key=lambda topic: (rank_of(topic, self.sample_seed), topic))
        drawn = set(order[: self.topic_limit])
        return {topic: grades for topic, grades in judged.items() if topic in drawn}

    def _check(self, kind: Literal["docs", "queries"], name: str, language: str) -> None:
        irds.check_language(name, kind, language, known_as=_known_as(name, language))

    def _id(self, language: str) -> str:
        return self.id.replace("{language}", _known_as(self.id, language))

    def _documents_id(self) -> str:
        return self.id if self.documents_id is None else self.documents_id


def _known_as(name: str, language: str) -> str:
    """The code that an id has for a language."""
    codes = next((c for prefix, c in _CODES.items() if name.startswith(prefix)), {})
    return codes.get(language, language)


@lru_cache(maxsize=16)  # stages of the same languages ask in turn
def _judgments(name: str) -> Judgments:
    return irds.judgments(name)


@lru_cache(maxsize=4)
def _empty(name: str, part: str | None) -> tuple[str, ...]:
    return tuple(each.id for each in irds.documents(name, part, empty=True) if not each.text)
