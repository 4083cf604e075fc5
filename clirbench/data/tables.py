"""Readers of a user's own files: tab-separated tables, documents in JSON lines, TREC judgments.

Each error names the file, the line and the field.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from clirbench.data.base import JSON, Document
from clirbench.errors import DataError

__all__ = [
    "Gaps",
    "check_id",
    "document_gaps",
    "document_parts",
    "filled_lines",
    "read_documents",
    "read_keyed",
    "read_objects",
    "read_qrels",
    "read_rows",
    "stream_documents",
    "string",
    "text_lines",
]

_GRADE = re.compile(r"-?[0-9]{1,9}")
_QRELS = ("topic", "iteration", "document", "grade")


def read_rows(path: Path, fields: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The line numbers, from 1, and values of a tab-separated file without a header.

    Raises:
        DataError: the file is not UTF-8 text, a line has not one value a field, a value is empty.
    """
    for number, line in filled_lines(path):
        values = tuple(value.strip() for value in line.split("\t"))
        if len(values) != len(fields):
            raise DataError(
                f"{path}:{number}: expected {len(fields)} values with tabs between, "
                f"{', '.join(fields)} (got {len(values)})"
            )
        for field, value in zip(fields, values, strict=True):
            if not value:
                raise DataError(f"{path}:{number}: {field}: empty")
        yield number, values


def read_keyed(path: Path) -> dict[str, str]:
    """Id to text, of a file of id<TAB>text.

    Raises:
        DataError: as `read_rows`, or an id has white space in it or stands twice.
    """
    texts: dict[str, str] = {}
    for number, (key, text) in read_rows(path, ("id", "text")):
        check_id(key, texts, f"{path}:{number}")
        texts[key] = text
    return texts


def read_documents(path: Path) -> list[Document]:
    """All documents of a file, as `stream_documents` gives them."""
    return list(stream_documents(path))


def stream_documents(path: Path) -> Iterator[Document]:
    """Documents of JSON lines, `{"id": …, "text": …, "title": …}`; other keys are passed over.

    A title is put before the text. Documents with neither are passed over; `document_gaps` names
    them. A name that ends in .gz is that of a gzip file.

    Raises:
        DataError: the file cannot be read, a line is not such an object, or an id has white space in
            it or stands twice, or there are no documents.
    """
    found = False
    for key, title, text in document_parts(path):
        if title or text:
            found = True
            yield Document(key, f"{title} {text}".strip())
    if not found:
        raise DataError(f"{path}: no documents")


class Gaps(NamedTuple):
    """Ids of documents that lack something."""

    text: tuple[str, ...]
    """They have a title alone."""
    all: tuple[str, ...]
    """They have neither."""


def document_gaps(path: Path) -> Gaps:
    """Which documents have no text.

    Raises:
        DataError: as `stream_documents`.
    """
    lacking = [(key, title) for key, title, text in document_parts(path) if not text]
    return Gaps(
        tuple(key for key, title in lacking if title),
        tuple(key for key, title in lacking if not title),
    )


def document_parts(path: Path) -> Iterator[tuple[str, str, str]]:
    """Id, title and text of each, of which any but the id may be empty.

    Raises:
        DataError: as `stream_documents`, but for no documents at all.
    """
    ids: set[str] = set()
    for at, record in read_objects(path):
        key, text = string(record, "id", at), string(record, "text", at)
        check_id(key, ids, at)
        ids.add(key)
        yield key, string(record, "title", at) if "title" in record else "", text


def read_objects(path: Path) -> Iterator[tuple[str, dict[str, JSON]]]:
    """The place, file:line, and the object of each line of a file of JSON lines; .gz is a gzip file.

    Raises:
        DataError: the file cannot be read, a line is not a JSON object, or has a key twice.
    """
    for number, line in filled_lines(path):
        at = f"{path}:{number}"
        try:
            record = json.loads(line, object_pairs_hook=_object)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{at}: not JSON ({error})") from error
        if not isinstance(record, dict):
            raise DataError(f"{at}: expected a JSON object (got {type(record).__name__})")
        yield at, record


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Topic id to document id to grade, of a TREC qrels file.

    It has four columns, topic, iteration, document, grade, or the three without the iteration.

    Raises:
        DataError: the file is not UTF-8 text, a line has not the columns of the first, a grade is no
            whole number, or a topic and document stand together twice.
    """
    judgments: dict[str, dict[str, int]] = {}
    columns = None
    for number, line in filled_lines(path):
        values = line.split()
        if columns is None and len(values) in {len(_QRELS), len(_QRELS) - 1}:
            columns = len(values)
        if len(values) != columns:
            wanted = "4 or 3 columns" if columns is None else f"{columns} columns, as before"
            raise DataError(
                f"{path}:{number}: expected {wanted}: {', '.join(_QRELS)}, the second of which may be "
                f"left out (got {len(values)})"
            )
        topic, document, grade = values[0], values[-2], values[-1]
        if not _GRADE.fullmatch(grade):
            raise DataError(f'{path}:{number}: grade: expected a whole number (got "{grade}")')
        grades = judgments.setdefault(topic, {})
        if document in grades:
            raise DataError(
                f'{path}:{number}: document: "{document}" is judged twice for topic "{topic}"'
            )
        grades[document] = int(grade)
    if not judgments:
        raise DataError(f"{path}: no judgments")
    return judgments


def filled_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines as `text_lines` gives them, with their numbers from 1, but for blank ones at the end.

    Raises:
        DataError: as `text_lines`.
    """
    blank: list[tuple[int, str]] = []
    for number, line in enumerate(text_lines(path), start=1):
        if not line.strip():
            blank.append((number, line))
            continue
        yield from blank
        blank.clear()
        yield number, line


def text_lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file, one after another; a name that ends in .gz is that of a gzip file.

    Raises:
        DataError: the file cannot be read, or is not UTF-8 text.
    """
    packed = path.suffix == ".gz"
    try:
        if packed and not path.stat().st_size:  # gzip takes nothing for a file of nothing
            raise EOFError("the file is empty")  # noqa: TRY301
        with gzip.open(path) if packed else path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                yield _line(line, number, path)
    except (OSError, EOFError, zlib.error) as error:
        how = " as a gzip file" if packed else ""
        why = error if packed else getattr(error, "strerror", None) or error
        raise DataError(f"{path}: cannot be read{how} ({why})") from error


def _line(line: bytes, number: int, path: Path) -> str:
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}:{number}: not UTF-8 text (byte 0x{line[error.start]:02x}); convert it to UTF-8"
        ) from error
    if "\0" in text:
        raise DataError(
            f"{path}:{number}: NUL character; is this UTF-16 or a binary file? convert it to UTF-8"
        )
    return text.removesuffix("\n").removesuffix("\r")


def _object(items: list[tuple[str, JSON]]) -> dict[str, JSON]:
    made = dict(items)
    if len(made) != len(items):
        raise ValueError("a key stands twice")
    return made


def string(record: Mapping[str, JSON], field: str, at: str) -> str:
    """The string in a field, without white space around it.

    Raises:
        DataError: the field is missing, is no string, or holds what is not text.
    """
    if field not in record:
        raise DataError(f"{at}: {field}: missing (the line has {', '.join(record) or 'no keys'})")
    value = record[field]
    if not isinstance(value, str):
        raise DataError(f"{at}: {field}: expected a string (got {type(value).__name__})")
    if "\0" in value or (not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value)):
        raise DataError(f"{at}: {field}: has a NUL or half a surrogate pair")
    return value.strip()


def check_id(key: str, known: Container[str], at: str) -> None:
    """Check that an id can stand in a TREC file, and is new.

    Raises:
        DataError: it is empty, has white space in it, or is among the known ones.
    """
    if not key or any(map(str.isspace, key)):
        what = "has white space, which TREC files cannot hold" if key else "empty"
        raise DataError(f"{at}: id: {what}" + (f' (got "{key}")' if key else ""))
    if key in known:
        raise DataError(f'{at}: id: "{key}" stands twice')
