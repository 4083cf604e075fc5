"""Documents and topics in the SGML of TREC and CLEF."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from clirbench.data.encodings import decode_old
from clirbench.data.lines import read_bytes
from clirbench.errors import DataError

__all__ = [
    "Topic",
    "is_topics",
    "old_text",
    "read_sgml_documents",
    "read_sgml_topics",
    "topics_text",
]

_TAG = re.compile(r"<[^>]*>")
_ENTITY = re.compile(r"&#?\w+;")
_CODE = re.compile(rb"<([A-Za-z]{2,3})-title>", re.IGNORECASE)
_PART = re.compile(r"<(?P<code>[A-Za-z]{2,3})-(?P<part>title|desc|narr)>", re.IGNORECASE)


class Topic(NamedTuple):
    """A topic in one language."""

    number: str
    """As it stands there."""
    language: str
    """Its code in lower case."""
    title: str
    description: str
    narrative: str
    at: str
    """File and line."""


def old_text(path: Path, language: str = "en") -> str:
    """A text file of unknown encoding, plain or gzip, as `decode_old` reads it.

    Raises:
        DataError: it cannot be read, is empty, or is in no encoding of the language.
    """
    data = read_bytes(path)
    if not data:
        raise DataError(f"{path}: cannot be read (the file is empty)")
    return decode_old(data, str(path), language)


def topics_text(path: Path) -> str:
    """A file of topics, read by the encodings of the language that its tags name, such as `<RU-title>`.

    Raises:
        DataError: as `old_text`.
    """
    found = _CODE.search(read_bytes(path))
    return old_text(path, "en" if found is None else found[1].decode().lower())


def read_sgml_documents(path: Path, parts: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each document's id and the texts of some of its elements, in the order given; none may be left.

    Tags are dropped and entities resolved; those that nobody knows become a space.

    Raises:
        DataError: the file cannot be read, a <DOC> is not closed or has no <DOCNO>, or there is text
            between documents.
    """
    text = old_text(path)
    for body, line in _elements(text, "DOC", path):
        at = f"{path}:{line}"
        number = _within(body, "DOCNO", at)
        if len(number) != 1 or len(number[0].split()) != 1:
            raise DataError(f"{at}: <DOC>: expected one <DOCNO> with one id (got {number[:3]})")
        found = [_plain(each) for part in parts for each in _within(body, part, at)]
        yield number[0].strip(), tuple(each for each in found if each)


def is_topics(text: str) -> bool:
    """Whether a text is a file of topics in SGML."""
    return bool(re.search(r"<top>", text, re.IGNORECASE))


def read_sgml_topics(text: str, path: Path) -> list[Topic]:
    """The topics of a file, `<top> <num> C001 </num> <EN-title> … </EN-title> <EN-desc> …`, any language.

    Raises:
        DataError: a <top> is not closed, or has no number, language or title.
    """
    topics = []
    for body, line in _elements(text, "top", path):
        at = f"{path}:{line}"
        number = _within(body, "num", at)
        codes = {match["code"] for match in _PART.finditer(body)}
        if len(number) != 1 or len(codes) != 1:
            raise DataError(
                f"{at}: <top>: expected one <num> and parts of one language, such as <EN-title> "
                f"(got {len(number)} and {', '.join(sorted(codes)) or 'none'})"
            )
        code = codes.pop()
        title, description, narrative = (
            " ".join(map(_plain, _within(body, f"{code}-{part}", at)))
            for part in ("title", "desc", "narr")
        )
        if not title:
            raise DataError(f"{at}: <{code}-title>: empty")
        topics.append(Topic(number[0].strip(), code.lower(), title, description, narrative, at))
    return topics


def _elements(text: str, name: str, path: Path) -> Iterator[tuple[str, int]]:
    """The content of each element of a name that is not within another, and its line."""
    place = 0
    opening = re.compile(rf"<{name}>", re.IGNORECASE)
    closing = re.compile(rf"</{name}>", re.IGNORECASE)
    while (start := opening.search(text, place)) is not None:
        line = text.count("\n", 0, start.start()) + 1
        _check_between(text, place, start.start(), path)
        stop = closing.search(text, start.end())
        again = opening.search(text, start.end())
        if stop is None or (again is not None and again.start() < stop.start()):
            raise DataError(f"{path}:{line}: <{name}> is not closed; is the file cut off?")
        yield text[start.end() : stop.start()], line
        place = stop.end()
    _check_between(text, place, len(text), path)


def _check_between(text: str, start: int, stop: int, path: Path) -> None:
    between = _TAG.sub("", text[start:stop]).replace("\x1a", "")  # some files end as DOS had it
    if between.strip() or re.search(r"</?(DOC|top)\b", text[start:stop], re.IGNORECASE):
        line = text.count("\n", 0, start) + 1
        raise DataError(
            f"{path}:{line}: text outside of all elements (got {between.strip()[:40]!r})"
        )


def _within(body: str, name: str, at: str) -> list[str]:
    found = re.findall(rf"<{name}>(.*?)</{name}>", body, re.IGNORECASE | re.DOTALL)
    opened = len(re.findall(rf"<{name}>", body, re.IGNORECASE))
    if opened != len(found) or len(re.findall(rf"</{name}>", body, re.IGNORECASE)) != len(found):
        raise DataError(f"{at}: <{name}> is not closed")
    return found


def _plain(text: str) -> str:
    # A reference to what is no character, such as &#0;, comes out as U+FFFD: a blank, as in `_ENTITY`.
    text = html.unescape(_TAG.sub(" ", text)).replace("\ufffd", " ")
    return " ".join(_ENTITY.sub(" ", text).split())
