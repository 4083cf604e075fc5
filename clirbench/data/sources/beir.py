"""The `beir` source: a collection in BEIR's folders."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from clirbench.data.base import HEAD, JSON, Download, Judgments
from clirbench.data.own import checksum
from clirbench.data.rows import Row, RowsSource
from clirbench.data.tables import check_all, each_line, filled_lines, read_object, string
from clirbench.errors import DataError
from clirbench.settings import settings

__all__ = ["BEIR"]

_GRADE = re.compile(r"-?[0-9]{1,9}(\.0)?")
_COLUMNS = ("query-id", "corpus-id", "score")


@settings
class BEIR(RowsSource):
    """A folder as BEIR and many after it have them, such as `{ source = "beir", folder = "scifact" }`.

    - corpus.LANG.jsonl or corpus.jsonl: `{"_id": …, "title": …, "text": …}`, the title may be missing
    - queries.LANG.jsonl or queries.jsonl: `{"_id": …, "text": …}`, of all splits
    - qrels.LANG/SPLIT.tsv or qrels/SPLIT.tsv: query, document and grade with tabs between, and a header

    All may have .gz behind their names. Topics are the queries that are judged in the split; topics in
    the documents' language, which oracle needs, are in a file that has the language in its name.
    """

    name: ClassVar[str] = "beir"
    licence: ClassVar[str] = "the collection's"
    citation: ClassVar[str] = (
        "Thakur, Reimers, Rücklé, Srivastava & Gurevych (2021), BEIR: A Heterogeneous Benchmark for "
        "Zero-shot Evaluation of Information Retrieval Models, NeurIPS Datasets and Benchmarks; and the "
        "collection's own"
    )

    folder: Path
    """Folder of the files; in a suite file, relative to the suite's folder."""
    split: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] = "test"
    """The split whose judgments are used."""

    def downloads(self, language: str) -> tuple[Download, ...]:  # noqa: ARG002
        """None."""
        return ()

    def content(self, language: str) -> JSON:
        """Name and SHA-256 of each file that `language` is read from.

        Raises:
            DataError: one is missing.
        """
        paths = [self._file("queries", ".jsonl", language), self._qrels(language)]
        if language == self.documents_language:
            paths = [self._file("corpus", ".jsonl", language), *filter(Path.is_file, paths)]
        return {path.relative_to(self.folder).as_posix(): checksum(path) for path in paths}

    def glance(self, language: str) -> None:
        """Read the heads of documents and queries, and the judgments."""
        reads: list[tuple[Callable[[Path], object], Path]] = []
        if language == self.documents_language:
            reads.append((lambda path: list(_rows(path, HEAD)), self._corpus()))
        if language != self.documents_language or self.has_queries(language):
            queries = self._file("queries", ".jsonl", language)
            reads.append((lambda path: list(_rows(path, HEAD)), queries))
            reads.append((lambda _: self.grades(language), self._qrels(language)))
        check_all(reads)

    def rows(self) -> Iterator[Row]:
        """The corpus."""
        return _rows(self._corpus())

    def queries(self, language: str) -> Iterator[Row]:
        """The queries."""
        return _rows(self._file("queries", ".jsonl", language))

    def has_queries(self, language: str) -> bool:
        """Whether a file has the language in its name."""
        return any((self.folder / f"queries.{language}.jsonl{end}").is_file() for end in _ENDS)

    def grades(self, language: str) -> Judgments:
        """The judgments of the split."""
        path = self._qrels(language)
        judgments: dict[str, dict[str, int]] = {}

        def keep(numbered: tuple[int, str]) -> None:
            values = tuple(value.strip() for value in numbered[1].split("\t"))
            at = f"{path}:{numbered[0]}"
            if len(values) != len(_COLUMNS):
                raise DataError(
                    f"{at}: expected 3 values separated by tabs, {', '.join(_COLUMNS)} (got "
                    f"{len(values)})"
                )
            topic, document, grade = values
            if not _GRADE.fullmatch(grade):
                if numbered[0] == 1:  # the header
                    return
                raise DataError(f'{at}: score: expected a whole number (got "{grade[:40]}")')
            grades = judgments.setdefault(topic, {})
            if document in grades:
                raise DataError(f'{at}: document "{document}" is judged twice for query "{topic}"')
            grades[document] = int(float(grade))

        for _ in each_line(filled_lines(path), keep):
            pass
        if not judgments:
            raise DataError(f"{path}: no judgments")
        return judgments

    def _corpus(self) -> Path:
        return self._file("corpus", ".jsonl", self.documents_language)

    def _qrels(self, language: str) -> Path:
        own = self._named(f"qrels.{language}/{self.split}.tsv")
        return own if own.is_file() else self._named(f"qrels/{self.split}.tsv", needed=True)

    def _file(self, stem: str, end: str, language: str) -> Path:
        own = self._named(f"{stem}.{language}{end}")
        return own if own.is_file() else self._named(f"{stem}{end}", needed=True)

    def _named(self, name: str, *, needed: bool = False) -> Path:
        """The file of a name, or of that with .gz.

        Raises:
            DataError: it is needed, and there is neither.
        """
        found = next((p for end in _ENDS if (p := self.folder / f"{name}{end}").is_file()), None)
        if found is None and needed:
            there = "" if self.folder.is_dir() else "; there is no such folder"
            raise DataError(f"{self.folder}: expected {name}{there}")
        return found or self.folder / name


_ENDS = ("", ".gz")


def _rows(path: Path, head: int | None = None) -> Iterator[Row]:
    """Documents, or queries, which have no titles."""

    def row(line: tuple[int, str]) -> Row:
        at, record = read_object(path, *line)
        title = string(record, "title", at) if record.get("title") is not None else ""
        return Row(string(record, "_id", at), title, string(record, "text", at))

    return each_line(filled_lines(path, head), row)
