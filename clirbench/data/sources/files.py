"""The `files` source: a collection and bitext in anyone's own folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from clirbench.data.base import (
    HEAD,
    JSON,
    BitextSource,
    CollectionSource,
    Document,
    Download,
    Fetch,
    Judgments,
    Part,
    Rules,
    SentencePair,
    Topics,
    TrainingQuery,
)
from clirbench.data.lines import read_lines
from clirbench.data.own import checksum
from clirbench.data.tables import (
    check_all,
    document_gaps,
    document_parts,
    read_keyed,
    read_qrels,
    read_rows,
    stream_documents,
)
from clirbench.errors import DataError
from clirbench.settings import settings

__all__ = ["Files"]


@settings
class Files(CollectionSource, BitextSource):
    """UTF-8 files in one folder, plain or .gz; a collection needs the first three, bitext the fourth.

    Topics in the documents' language are needed by the method oracle alone.

    - docs.LANG.jsonl or docs.jsonl: `{"id": …, "text": …}` and maybe "title"
    - topics.LANG.tsv: id<TAB>text
    - qrels.LANG or qrels: TREC judgments (topic, iteration, document, grade; or without iteration)
    - bitext.LANG.tsv or bitext.tsv: foreign<TAB>English
    - clusters.tsv: topic<TAB>what it is of, such as its story, for topics of all languages that are not
      independent of each other, such as those with the same relevant document
    - training.LANG.tsv or training.tsv: query<TAB>relevant passage, to train a teacher from; a folder
      that is a teacher's source alone needs no other file
    - queries.LANG.txt: the queries of the training file in another language, line by line

    Where both are there, the one with the language in its name is read.
    """

    name: ClassVar[str] = "files"
    licence: ClassVar[str] = "the owner's to say"
    citation: ClassVar[str] = "the user's own files"
    rules: ClassVar[Rules] = Rules(
        empty_documents="skipped, listed; a title alone is read, listed",
        unknown_judgments="an error",
        ungraded_topics="left out, listed",
    )

    folder: Path
    """Folder of the files; in a suite file, relative to the suite's folder."""
    translated: bool = True  # type: ignore[misc] # for other sources it is a fact, for this a key
    """Whether the topics of all languages are translations of one set, under the same ids."""

    @property
    def cluster(self) -> str:  # type: ignore[override]
        """That topics belong together, where a file says which."""
        return "cluster" if (self.folder / _CLUSTERS).is_file() else "topic"

    @classmethod
    def languages(cls) -> None:
        """Any; what is missing is told when it is asked for."""
        return

    def downloads(self, language: str) -> tuple[Download, ...]:  # noqa: ARG002
        """None."""
        return ()

    def content(self, language: str) -> JSON:
        """Name and SHA-256 of each file that `language` is read from.

        Raises:
            DataError: there are neither documents nor topics nor bitext in `language`.
        """
        found = {part: self._find(part, language) for part in _PARTS}
        if not any(found[part] for part in _ROLES):
            missing = (" or ".join(_names(part, language)) for part in _ROLES)
            raise DataError(
                f"{self.folder}: has nothing for {language}: no {'; no '.join(missing)}"
            )
        found["clusters"] = path if (path := self.folder / _CLUSTERS).is_file() else None
        return {path.name: checksum(path) for path in found.values() if path}

    def glance(self, language: str) -> None:
        """Read the heads of the files that are there."""
        readers: dict[str, Callable[[Path], object]] = {
            "docs": lambda path: list(document_parts(path, HEAD)),
            "topics": lambda path: read_keyed(path, HEAD),
            "qrels": lambda path: read_qrels(path, HEAD),
            "bitext": lambda path: list(read_rows(path, ("foreign", "English"), HEAD)),
            "training": lambda path: list(read_rows(path, ("query", "passage"), HEAD)),
        }
        check_all(
            (read, path) for part, read in readers.items() if (path := self._find(part, language))
        )

    def lacks(self, part: Part, language: str) -> str | None:
        """The files that are not there; a missing folder is told elsewhere."""
        missing = [
            " or ".join(_names(each, language))
            for each in _NEEDED[part]
            if self.folder.is_dir() and not self._find(each, language)
        ]
        return f"{self.folder} has no {'; no '.join(missing)}" if missing else None

    def documents(self, fetch: Fetch, language: str) -> Iterator[Document]:  # noqa: ARG002
        """The documents, in the file's order.

        Raises:
            DataError: the file is missing or malformed.
        """
        yield from stream_documents(self._need("docs", language))

    def topics(self, fetch: Fetch, language: str) -> Topics:  # noqa: ARG002
        """The topics with judgments, in the file's order; see `left_out` for the others.

        In a language without judgments, as the documents' may be, they are all topics.

        Raises:
            DataError: a file is missing or malformed, or a judgment's topic is unknown, which would
                count 0 for a method that reads the topics in this language.
        """
        texts = read_keyed(self._need("topics", language))
        path = self._find("qrels", language)
        if path is None:
            return texts
        judged = read_qrels(path)
        if unknown := next((topic for topic in judged if topic not in texts), None):
            raise DataError(f'{path}: topic "{unknown}" is not in {self._find("topics", language)}')
        return {topic: text for topic, text in texts.items() if topic in judged}

    def test_texts(self, fetch: Fetch, query: str, documents: str) -> Iterator[str]:
        """The topics, those in the documents' language where they are there, and the documents.

        Of these titles and texts come alone, too.
        """
        yield from self.topics(fetch, query).values()
        if self._find("topics", documents):
            yield from self.topics(fetch, documents).values()
        for _, title, text in document_parts(self._need("docs", documents)):
            yield f"{title} {text}".strip()
            if title and text:
                yield from (title, text)

    def unjudged(self, fetch: Fetch, language: str) -> tuple[str, ...]:  # noqa: ARG002
        """The ids of topics for which nothing is judged.

        Raises:
            DataError: a file is missing or malformed.
        """
        judged = read_qrels(self._need("qrels", language))
        return tuple(t for t in read_keyed(self._need("topics", language)) if t not in judged)

    def left_out(self, fetch: Fetch, language: str) -> Mapping[str, tuple[str, ...]]:
        """The ids of topics for which nothing is judged, and of documents without text.

        Raises:
            DataError: a file is missing or malformed.
        """
        gaps = [document_gaps(path) for path in self._documents(language)]
        return {
            "topic without judgments": self.unjudged(fetch, language),
            "document with a title alone": tuple(key for each in gaps for key in each.text),
            "empty document": tuple(key for each in gaps for key in each.all),
        }

    def judgments(self, fetch: Fetch, language: str) -> Judgments:
        """The judgments, all of known topics and documents, which may be in any language.

        Raises:
            DataError: a file is missing or malformed, or a judgment's topic or document is unknown.
        """
        path = self._need("qrels", language)
        judgments = read_qrels(path)
        self.topics(fetch, language)  # which must have all that are judged
        files = self._documents(language)
        documents = {document.id for file in files for document in stream_documents(file)}
        documents |= {key for file in files for key in document_gaps(file).all}
        for topic, grades in judgments.items():
            if unknown := next((d for d in grades if d not in documents), None):
                raise DataError(
                    f'{path}: document "{unknown}" of topic "{topic}" is not in '
                    f"{' or '.join(file.name for file in files)}"
                )
        return judgments

    def clusters(self, fetch: Fetch, language: str) -> Mapping[str, str]:
        """What each topic is of by the file of clusters; a topic that is not in it stands alone.

        Raises:
            DataError: the file is malformed.
        """
        path = self.folder / _CLUSTERS
        named = read_keyed(path) if path.is_file() else {}
        return {topic: named.get(topic, topic) for topic in self.topics(fetch, language)}

    def training_queries(self, fetch: Fetch, language: str) -> Iterator[TrainingQuery]:  # noqa: ARG002
        """The queries and passages of the training file; none where it is missing.

        Raises:
            DataError: the file is malformed.
        """
        path = self._find("training", language)
        for _, (query, passage) in read_rows(path, ("query", "passage")) if path else ():
            yield TrainingQuery(query, passage)

    def translated_queries(self, fetch: Fetch, language: str, documents: str) -> Iterator[str]:
        """The lines of the file of translated queries; none where it is missing.

        Raises:
            DataError: the file cannot be read, or has not a line for each training query.
        """
        path = self._find("queries", language)
        lines = read_lines(path) if path else []
        if path and len(lines) != (
            count := sum(1 for _ in self.training_queries(fetch, documents))
        ):
            raise DataError(
                f"{path}: {len(lines)} lines, but {self._find('training', documents)} has "
                f"{count} queries; it must have one line for each query"
            )
        yield from lines

    def pairs(self, fetch: Fetch, language: str) -> Iterator[SentencePair]:  # noqa: ARG002
        """The pairs in the file's order.

        Raises:
            DataError: the file is missing or malformed.
        """
        for _, (foreign, english) in read_rows(
            self._need("bitext", language), ("foreign", "English")
        ):
            yield SentencePair(foreign, english)

    def _documents(self, language: str) -> list[Path]:
        """The files of documents, in any language."""
        found = sorted(self.folder.glob("docs.*"))
        return [path for path in found if _DOCUMENTS.fullmatch(path.name)] or [
            self._need("docs", language)
        ]

    def _find(self, part: str, language: str) -> Path | None:
        folder = self.folder
        paths = (folder / f"{name}{end}" for name in _names(part, language) for end in ("", ".gz"))
        return next((path for path in paths if path.is_file()), None)

    def _need(self, part: str, language: str) -> Path:
        found = self._find(part, language)
        if found is None:
            names = " or ".join(_names(part, language))
            there = "" if self.folder.is_dir() else "; there is no such folder"
            raise DataError(f"{self.folder}: expected {names} for {language}{there}")
        return found


_CLUSTERS = "clusters.tsv"
_PARTS = {
    "docs": ("docs.{language}.jsonl", "docs.jsonl"),
    "topics": ("topics.{language}.tsv",),
    "qrels": ("qrels.{language}", "qrels"),
    "bitext": ("bitext.{language}.tsv", "bitext.tsv"),
    "training": ("training.{language}.tsv", "training.tsv"),
    "queries": ("queries.{language}.txt",),
}
"""Each as it stands there or with .gz."""

_DOCUMENTS = re.compile(r"docs(\.[^.]+)?\.jsonl(\.gz)?")

_ROLES = ("docs", "topics", "bitext", "training")
"""Of which a language has at least one."""
_NEEDED: Mapping[Part, tuple[str, ...]] = {
    "documents": ("docs",),
    "pairs": ("bitext",),
    "topics": ("topics", "qrels"),
    "translations": ("topics",),
}


def _names(part: str, language: str) -> list[str]:
    return [name.format(language=language) for name in _PARTS[part]]
