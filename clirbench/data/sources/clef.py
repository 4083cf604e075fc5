"""The `clef` source: CLEF 2000 to 2003, English documents and topics in many languages, licensed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from clirbench.data.base import (
    JSON,
    CollectionSource,
    Document,
    Download,
    Fetch,
    Judgments,
    Rules,
    Topics,
)
from clirbench.data.own import checksum
from clirbench.data.scripts import check_script
from clirbench.data.sgml import (
    Topic,
    is_topics,
    read_sgml_documents,
    read_sgml_topics,
    topics_text,
)
from clirbench.data.tables import check_id, read_keyed, read_qrels
from clirbench.errors import DataError
from clirbench.settings import settings

__all__ = ["CLEF"]

_NUMBER = re.compile(r"C?0*(?P<number>[1-9][0-9]*)")
_TABLE = re.compile(r".+\.(?P<language>[a-z]{2,3}(-[A-Za-z0-9]{2,4})*)\.tsv(\.gz)?")
# Years to their topics: 2000 to 2002 were judged on the Los Angeles Times alone, 2003 on both papers.
_YEARS = {2000: range(1, 41), 2001: range(41, 91), 2002: range(91, 141), 2003: range(141, 201)}


@settings
class CLEF(CollectionSource):
    """English newspapers in CLEF's SGML, from a copy on this disk that ELRA-E0008 licenses.

    - documents/latimes94: Los Angeles Times 1994, `<DOC>` with `<DOCNO>`, `<HEADLINE>`, `<TEXT>`
    - documents/glasgow95: Glasgow Herald 1995, the same
    - topics: `<top>` with `<num>` and parts such as `<DE-title>`; or id<TAB>text in a file whose name ends
      in .LANG.tsv. The Swahili and Somali topics of the CIIR's release can be written so
    - qrels: TREC judgments (topic, iteration, document, grade)

    Folders are searched through; files may be gzip files; texts are UTF-8, what they declare, or in one
    of the older encodings of their language. A topic is C001 to C200, however its number is written.
    Topics without a relevant document are left out, as in CLEF.
    """

    name: ClassVar[str] = "clef"
    version: ClassVar[int] = 2
    licence: ClassVar[str] = "ELRA-E0008 (documents); topics and judgments: registration with CLEF"
    citation: ClassVar[str] = (
        "Braschler & Peters (2004), Cross-Language Evaluation Forum: Objectives, Results, Achievements, "
        "Information Retrieval 7, 7-31; Bonab, Allan & Sitaraman (2019), Simulating CLIR Translation "
        "Resource Scarcity using High-resource Languages, ICTIR, 129-136 (Swahili and Somali topics)"
    )
    rules: ClassVar[Rules] = Rules(
        empty_documents="skipped, listed",
        unknown_judgments="kept, counted",
        ungraded_topics="left out, listed; so are those without a relevant document",
    )
    translated: ClassVar[bool] = True

    folder: Path
    """Folder of the copy; in a suite file, relative to the suite's folder."""
    years: Annotated[tuple[Literal[2000, 2001, 2002, 2003], ...], Field(min_length=1)] = (
        2000,
        2001,
        2002,
        2003,
    )
    """The years whose topics are used."""
    papers: Annotated[tuple[Literal["latimes94", "glasgow95"], ...], Field(min_length=1)] = (
        "latimes94",
        "glasgow95",
    )
    """The newspapers whose documents are searched."""
    description: bool = True
    """Whether a topic is its title and description, as is usual, or only its title."""

    @classmethod
    def languages(cls) -> None:
        """Those that there are topics in."""
        return

    def downloads(self, language: str) -> tuple[Download, ...]:  # noqa: ARG002
        """None."""
        return ()

    def content(self, language: str) -> JSON:  # noqa: ARG002
        """Path and SHA-256 of every file.

        Raises:
            DataError: a folder is missing, or has no files.
        """
        parts = [*(f"documents/{paper}" for paper in self.papers), "topics", "qrels"]
        return {
            path.relative_to(self.folder).as_posix(): checksum(path)
            for part in parts
            for path in self._files(part)
        }

    def caption(self) -> str | None:
        """That some topics were judged on a part of the documents."""
        if "glasgow95" in self.papers and min(self.years) < 2003:  # noqa: PLR2004 - the year
            return (
                "the Glasgow Herald was not judged for topics of 2000 to 2002: its documents "
                "count as not relevant for them"
            )
        return None

    def documents(self, fetch: Fetch, language: str) -> Iterator[Document]:  # noqa: ARG002
        """Headline and text of the articles, file by file; those without either are passed over.

        Raises:
            DataError: a file is missing or malformed, or an id stands twice.
        """
        seen: set[str] = set()
        for key, parts in self._articles():
            check_id(key, seen, f"{self.folder / 'documents'}: document {key}")
            seen.add(key)
            if parts:
                yield Document(key, " ".join(parts))

    def topics(self, fetch: Fetch, language: str) -> Topics:
        """The topics in `language` that have a relevant document, by number.

        Raises:
            DataError: a file is missing or malformed, or there are no such topics.
        """
        judged = self.judgments(fetch, language)
        texts = self._topics(language)
        return {number: texts[number] for number in judged}

    def judgments(self, fetch: Fetch, language: str) -> Judgments:  # noqa: ARG002
        """The judgments of those topics."""
        texts = self._topics(language)
        found = {
            number: dict(grades)
            for number, grades in sorted(self._qrels().items())
            if number in texts and max(grades.values(), default=0) > 0
        }
        if not found:
            raise DataError(f'{self.folder}: no judgments for the topics in "{language}"')
        return found

    def unjudged(self, fetch: Fetch, language: str) -> tuple[str, ...]:
        """Topics without a relevant document."""
        used = self.judgments(fetch, language)
        return tuple(number for number in self._topics(language) if number not in used)

    def left_out(self, fetch: Fetch, language: str) -> Mapping[str, tuple[str, ...]]:
        """Topics without a relevant document, and documents without text."""
        return {
            "topic without a relevant document": self.unjudged(fetch, language),
            "empty document": tuple(key for key, parts in self._articles() if not parts),
        }

    def test_texts(self, fetch: Fetch, query: str, documents: str) -> Iterator[str]:
        """Topics in both languages and documents, and each of their parts, narratives among them."""
        yield from super().test_texts(fetch, query, documents)
        for language in (query, documents):
            for topic in self._all_topics(language):
                if topic.language == language:
                    yield from (topic.title, topic.description, topic.narrative)
        for _, parts in self._articles():
            yield from parts

    def _articles(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for paper in self.papers:
            for path in self._files(f"documents/{paper}"):
                yield from read_sgml_documents(path, ("HEADLINE", "TEXT"))

    def _topics(self, language: str) -> dict[str, str]:
        wanted = {number for year in self.years for number in _YEARS[year]}
        found: dict[str, str] = {}
        for topic in self._all_topics(language):
            number = _number(topic.number, topic.at)
            if topic.language != language or int(number[1:]) not in wanted:
                continue
            if number in found:
                raise DataError(f'{topic.at}: duplicate topic {number} in "{language}"')
            check_script(
                f"{topic.title} {topic.description}", language, f"{topic.at}: topic {number}"
            )
            text = f"{topic.title} {topic.description}" if self.description else topic.title
            found[number] = text.strip()
        if not found:
            raise DataError(f'{self.folder / "topics"}: no topics in "{language}" of {self.years}')
        return dict(sorted(found.items()))

    def _all_topics(self, language: str) -> Iterator[Topic]:
        for path in self._files("topics"):
            if table := _TABLE.fullmatch(path.name):
                if table["language"] == language:
                    for number, text in read_keyed(path).items():
                        yield Topic(number, language, text, "", "", str(path))
            elif is_topics(text := topics_text(path)):
                yield from read_sgml_topics(text, path)
            else:
                raise DataError(
                    f"{path}: is neither a file of topics in SGML nor a table NAME.LANG.tsv"
                )

    def _qrels(self) -> dict[str, dict[str, int]]:
        judgments: dict[str, dict[str, int]] = {}
        for path in self._files("qrels"):
            for topic, grades in read_qrels(path).items():
                known = judgments.setdefault(_number(topic, str(path)), {})
                if double := next(
                    (d for d in grades if known.get(d, grades[d]) != grades[d]), None
                ):
                    raise DataError(
                        f'{path}: document "{double}" of topic {topic} has a different grade '
                        "in another file"
                    )
                known |= grades
        return judgments

    def _files(self, part: str) -> list[Path]:
        folder = self.folder / part
        files = sorted(
            path
            for path in folder.rglob("*")
            if path.is_file() and not path.name.startswith((".", "README", "readme"))
        )
        if not files:
            raise DataError(
                f"{folder}: {'no files in it' if folder.is_dir() else 'no such folder'}"
            )
        return files


def _number(text: str, at: str) -> str:
    """A topic's number as C001, however it is written."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise DataError(f"{at}: topic: expected a number such as C001 (got {text[:40]!r})")
    return f"C{int(match['number']):03d}"
