"""Reading text files line by line, strictly: what is not text is an error with its place."""

from __future__ import annotations

import zlib
from pathlib import Path

from clirbench.data.base import SentencePair
from clirbench.data.packed import check_regular, open_packed
from clirbench.errors import DataError

__all__ = ["decode", "paired", "parallel", "read_bytes", "read_lines"]


def decode(data: bytes, name: str) -> list[str]:
    r"""The lines of UTF-8 text, without their ends (\n or \r\n) and without a byte order mark.

    Raises:
        DataError: the bytes are not UTF-8, or hold NUL characters, as other encodings do.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name}:{line}: not UTF-8 text (byte 0x{data[error.start]:02x}); convert it to UTF-8"
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(
            f"{name}:{line}: NUL character; is this UTF-16 or a binary file? convert it to UTF-8"
        )
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    # Not str.splitlines: U+2028, U+0085 and their like stand inside lines of real corpora.
    return [line.removesuffix("\r") for line in lines]


def read_bytes(path: Path) -> bytes:
    """A whole file; a name that ends in .gz is that of a gzip file, whose content is given.

    Raises:
        DataError: the file cannot be read.
    """
    packed = path.suffix == ".gz"
    check_regular(path)
    try:
        if not packed:
            return path.read_bytes()
        if not path.stat().st_size:  # gzip takes nothing for a file of nothing
            raise EOFError("the file is empty")  # noqa: TRY301
        with open_packed(path) as file:
            return file.read()
    except (OSError, EOFError, zlib.error) as error:
        how = " as a gzip file" if packed and not isinstance(error, FileNotFoundError) else ""
        why = getattr(error, "strerror", None) or error
        raise DataError(f"{path}: cannot be read{how} ({why})") from error


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file, plain or, by the end of its name, .gz.

    Raises:
        DataError: the file cannot be read, or is not UTF-8 text.
    """
    return decode(read_bytes(path), str(path))


def parallel(foreign: Path, english: Path) -> list[SentencePair]:
    """The pairs of two files of which each line translates the other's.

    Raises:
        DataError: a file cannot be read, or the numbers of lines differ.
    """
    return paired((read_lines(foreign), str(foreign)), (read_lines(english), str(english)))


def paired(foreign: tuple[list[str], str], english: tuple[list[str], str]) -> list[SentencePair]:
    """The pairs of two texts' lines; each text comes with its name.

    Blank lines at the end of one, which the other has not, are passed over.

    Raises:
        DataError: the numbers of lines differ.
    """
    (ours, one), (theirs, other) = foreign, english
    ours, theirs = _without_blanks(ours, len(theirs)), _without_blanks(theirs, len(ours))
    if len(ours) != len(theirs):
        raise DataError(
            f"{one}: {len(ours)} lines, but {other} has {len(theirs)}; line-aligned files must "
            "have equally many"
        )
    return [SentencePair(a.strip(), b.strip()) for a, b in zip(ours, theirs, strict=True)]


def _without_blanks(lines: list[str], least: int) -> list[str]:
    """The lines without blank ones at the end, but for the first `least`."""
    stop = len(lines)
    while stop > least and not lines[stop - 1].strip():
        stop -= 1
    return lines[:stop]
