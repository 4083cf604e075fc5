"""Readers of a user's own files: tab-separated tables, documents in JSON lines, TREC judgments.

Each error names the file, the line and the field.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from clirbench.data.base import JSON, Document
from clirbench.data.packed import check_regular, open_packed
from clirbench.errors import DataError
from clirbench.files import parse_json

__all__ = [
    "Gaps",
    "check_all",
    "check_id",
    "check_text",
    "document_gaps",
    "document_parts",
    "each_line",
    "filled_lines",
    "read_keyed",
    "read_object",
    "read_objects",
    "read_qrels",
    "read_rows",
    "stream_documents",
    "string",
    "text_lines",
]

_GRADE = re.compile(r"-?[0-9]{1,9}")
_FAULTS = 20
"""Lines that an error names, of all that are wrong."""
_L = TypeVar("_L")
_T = TypeVar("_T")
_QRELS = ("topic", "iteration", "document", "grade")


def read_rows(
    path: Path, fields: tuple[str, ...], head: int | None = None
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The line numbers, from 1, and values of a tab-separated file without a header.

    Args:
        path: the file.
        fields: what its columns are called in errors.
        head: lines that are read; none: all.

    Raises:
        DataError: the file is not UTF-8 text, lines have not one value a field, values are empty.
    """
    return each_line(filled_lines(path, head), lambda line: (line[0], _row(path, fields, *line)))


def _row(path: Path, fields: tuple[str, ...], number: int, line: str) -> tuple[str, ...]:
    values = tuple(value.strip() for value in line.split("\t"))
    if len(values) != len(fields):
        raise DataError(
            f"{path}:{number}: expected {len(fields)} values separated by tabs, "
            f"{', '.join(fields)} (got {len(values)})"
        )
    for field, value in zip(fields, values, strict=True):
        if not value:
            raise DataError(f"{path}:{number}: {field}: empty")
    return values


def read_keyed(path: Path, head: int | None = None) -> dict[str, str]:
    """Id to text, of a file of id<TAB>text.

    Raises:
        DataError: as `read_rows`, or ids have white space in them or stand twice.
    """
    texts: dict[str, str] = {}

    def keep(line: tuple[int, str]) -> None:
        key, text = _row(path, ("id", "text"), *line)
        check_id(key, texts, f"{path}:{line[0]}")
        texts[key] = text

    for _ in each_line(filled_lines(path, head), keep):
        pass
    return texts


def check_all(reads: Iterable[tuple[Callable[[Path], object], Path]]) -> None:
    """Read several files.

    Raises:
        DataError: with what is wrong in all of them.
    """
    faults = []
    for read, path in reads:
        try:
            read(path)
        except DataError as error:
            faults.append(str(error))
    if faults:
        raise DataError("\n".join(faults))


def each_line(lines: Iterable[_L], parse: Callable[[_L], _T]) -> Iterator[_T]:
    """What `parse` makes of each line, up to the first that is wrong.

    Raises:
        DataError: `parse` did, for one line or more: the first `_FAULTS` are told, and how many there are.
    """
    faults: list[str] = []
    for line in lines:
        try:
            made = parse(line)
        except DataError as error:
            faults.append(str(error))
            continue
        if not faults:
            yield made
    if faults:
        more = len(faults) - _FAULTS
        raise DataError(
            "\n".join([*faults[:_FAULTS], *([f"and {more:,} more lines"] if more > 0 else [])])
        )


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


def document_parts(path: Path, head: int | None = None) -> Iterator[tuple[str, str, str]]:
    """Id, title and text of each, of which any but the id may be empty.

    Raises:
        DataError: as `stream_documents`, but for no documents at all.
    """
    ids: set[str] = set()

    def parts(line: tuple[int, str]) -> tuple[str, str, str]:
        at, record = read_object(path, *line)
        key, text = string(record, "id", at), string(record, "text", at)
        check_id(key, ids, at)
        ids.add(key)
        return key, string(record, "title", at) if "title" in record else "", text

    return each_line(filled_lines(path, head), parts)


def read_objects(path: Path, head: int | None = None) -> Iterator[tuple[str, dict[str, JSON]]]:
    """The place, file:line, and the object of each line of a file of JSON lines; .gz is a gzip file.

    Raises:
        DataError: the file cannot be read, lines are not JSON objects, or have a key twice.
    """
    return each_line(filled_lines(path, head), lambda line: read_object(path, *line))


def read_object(path: Path, number: int, line: str) -> tuple[str, dict[str, JSON]]:
    """The place and the object of one line.

    Raises:
        DataError: it is not a JSON object, or has a key twice.
    """
    at = f"{path}:{number}"
    try:
        record = parse_json(line, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{at}: not JSON ({error})") from error
    if not isinstance(record, dict):
        raise DataError(f"{at}: expected a JSON object (got {type(record).__name__})")
    return at, record


def read_qrels(path: Path, head: int | None = None) -> dict[str, dict[str, int]]:
    """Topic id to document id to grade, of a TREC qrels file.

    It has four columns, topic, iteration, document, grade, or the three without the iteration.

    Raises:
        DataError: the file is not UTF-8 text, lines have not the columns of the first, grades are no
            whole numbers, or a topic and document stand together twice.
    """
    judgments: dict[str, dict[str, int]] = {}
    columns: list[int] = []

    def keep(numbered: tuple[int, str]) -> None:
        at, values = f"{path}:{numbered[0]}", numbered[1].split()
        if not columns and len(values) in {len(_QRELS), len(_QRELS) - 1}:
            columns.append(len(values))
        if [len(values)] != columns:
            wanted = f"{columns[0]} columns, as before" if columns else "4 or 3 columns"
            raise DataError(
                f"{at}: expected {wanted}: {', '.join(_QRELS)}, the second of which may be left out "
                f"(got {len(values)})"
            )
        topic, document, grade = values[0], values[-2], values[-1]
        if not _GRADE.fullmatch(grade):
            raise DataError(f'{at}: grade: expected a whole number (got "{grade}")')
        grades = judgments.setdefault(topic, {})
        if document in grades:
            raise DataError(f'{at}: document: "{document}" is judged twice for topic "{topic}"')
        grades[document] = int(grade)

    for _ in each_line(filled_lines(path, head), keep):
        pass
    if not judgments:
        raise DataError(f"{path}: no judgments")
    return judgments


def filled_lines(path: Path, head: int | None = None) -> Iterator[tuple[int, str]]:
    """The lines as `text_lines` gives them, with their numbers from 1, but for blank ones at the end.

    Args:
        path: the file.
        head: lines that are read; none: all.

    Raises:
        DataError: as `text_lines`.
    """
    blank: list[tuple[int, str]] = []
    for number, line in enumerate(islice(text_lines(path), head), start=1):
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
    check_regular(path)
    try:
        if packed and not path.stat().st_size:  # gzip takes nothing for a file of nothing
            raise EOFError("the file is empty")  # noqa: TRY301
        with open_packed(path) if packed else path.open("rb") as file:
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
        raise ValueError("duplicate key")
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
    check_text(value, f"{at}: {field}")
    return value.strip()


def check_text(value: str, at: str) -> None:
    """Check that a string is text that files can hold.

    Raises:
        DataError: it has a NUL, or half a surrogate pair.
    """
    if "\0" in value or (not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value)):
        raise DataError(f"{at}: contains a NUL character or half a surrogate pair")


def check_id(key: str, known: Container[str], at: str) -> None:
    """Check that an id can stand in a TREC file, and is new.

    Raises:
        DataError: it is empty, is no text, has white space in it, or is among the known ones.
    """
    check_text(key, f"{at}: id")
    if not key or any(map(str.isspace, key)):
        what = "contains white space, which TREC files cannot hold" if key else "empty"
        raise DataError(f"{at}: id: {what}" + (f' (got "{key}")' if key else ""))
    if key in known:
        raise DataError(f'{at}: duplicate id "{key}"')
