"""Collections in rows: documents, queries and judgments, as BEIR and MTEB lay them out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import ClassVar, NamedTuple

from clirbench.data.base import CollectionSource, Document, Fetch, Judgments, Part, Rules, Topics
from clirbench.data.languages import Language
from clirbench.data.tables import check_id, check_text
from clirbench.errors import DataError
from clirbench.settings import settings

__all__ = ["Row", "RowsSource"]


class Row(NamedTuple):
    """A document, of which title or text may be empty, or a query, whose title is."""

    id: str
    title: str
    text: str


@settings
class RowsSource(CollectionSource):
    """What sources of that kind have in common; a subclass reads the rows."""

    rules: ClassVar[Rules] = Rules(
        empty_documents="skipped, listed; a title alone is read, listed",
        unknown_judgments="kept, counted",
        ungraded_topics="left out, listed",
    )

    documents_language: Language = "en"
    """Language of the documents."""
    translated: bool = False  # type: ignore[misc] # for other sources it is a fact, for this a key
    """Whether the topics of all languages are translations of one set, under the same ids."""

    @classmethod
    def languages(cls) -> None:
        """Any; what is missing is told when it is asked for."""
        return

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """The documents, in their order.

        Raises:
            DataError: they cannot be read, or are malformed.
        """

    @abstractmethod
    def queries(self, language: str) -> Iterator[Row]:
        """The queries in `language`, of all splits.

        Raises:
            DataError: they cannot be read, or are malformed.
        """

    @abstractmethod
    def has_queries(self, language: str) -> bool:
        """Whether there are queries that are named as those in `language`, and not just some."""

    @abstractmethod
    def grades(self, language: str) -> Judgments:
        """All judgments of the split, of queries that may not be there.

        Raises:
            DataError: they cannot be read, or are malformed.
        """

    def lacks(self, part: Part, language: str) -> str | None:
        """Documents in another language, and topics in the documents' where nothing says that they are."""
        if part == "documents" and language != self.documents_language:
            return (
                f"{self.name}: no documents in {language}; documents_language says that they are "
                f"in {self.documents_language}"
            )
        if part == "translations" and not self.has_queries(language):
            return f"{self.name}: no queries whose name says {language}"
        return None

    def documents(self, fetch: Fetch, language: str) -> Iterator[Document]:  # noqa: ARG002
        """The documents, titles before texts; those with neither are passed over.

        Raises:
            DataError: they are in another language, cannot be read, or an id stands twice.
        """
        if why := self.lacks("documents", language):
            raise DataError(why)
        for row in self._checked(self.rows(), "documents"):
            if text := f"{row.title} {row.text}".strip():
                yield Document(row.id, text)

    def topics(self, fetch: Fetch, language: str) -> Topics:  # noqa: ARG002
        """The judged queries in `language`; see `left_out` for the others.

        Raises:
            DataError: they cannot be read, an id stands twice, or none is judged.
        """
        judged = self.grades(language)
        texts = {row.id: row.text for row in self._checked(self.queries(language), "queries")}
        found = {topic: text for topic, text in texts.items() if text and topic in judged}
        if not found:
            raise DataError(f"{self.name}: none of {len(texts)} queries in {language} is judged")
        return found

    def judgments(self, fetch: Fetch, language: str) -> Judgments:
        """The judgments of those topics; a document may be one that is not there."""
        judged = self.grades(language)
        return {topic: judged[topic] for topic in self.topics(fetch, language)}

    def unjudged(self, fetch: Fetch, language: str) -> tuple[str, ...]:  # noqa: ARG002
        """Queries without judgments, as those of other splits."""
        judged = self.grades(language)
        return tuple(row.id for row in self.queries(language) if row.id not in judged)

    def left_out(self, fetch: Fetch, language: str) -> Mapping[str, tuple[str, ...]]:
        """What is counted and not used, and documents with a title alone."""
        queries = {row.id: row.text for row in self.queries(language)}
        judged = self.grades(language)
        lacking = [(row.id, row.title) for row in self.rows() if not row.text]
        return {
            "topic without judgments": self.unjudged(fetch, language),
            "topic without text": tuple(t for t, text in queries.items() if not text),
            "judgments of a topic that does not exist": tuple(
                t for t in judged if t not in queries
            ),
            "document with a title alone": tuple(key for key, title in lacking if title),
            "empty document": tuple(key for key, title in lacking if not title),
        }

    def test_texts(self, fetch: Fetch, query: str, documents: str) -> Iterator[str]:
        """All queries, and documents with and without their titles."""
        yield from self.topics(fetch, query).values()
        if self.has_queries(documents):
            yield from self.topics(fetch, documents).values()
        for row in self.rows():
            yield from (f"{row.title} {row.text}", row.title, row.text)

    def _checked(self, rows: Iterator[Row], what: str) -> Iterator[Row]:
        seen: set[str] = set()
        for row in rows:
            at = f"{self.name}: {what}"
            check_id(row.id, seen, at)
            check_text(f"{row.title} {row.text}", f"{at}: {row.id}")
            seen.add(row.id)
            yield row
        if not seen:
            raise DataError(f"{self.name}: there are no {what}")
