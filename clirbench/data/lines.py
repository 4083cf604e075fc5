"""Reading text files line by line, strictly: what is not text is an error with its place."""

from __future__ import annotations

from pathlib import Path

from clirbench.data.base import SentencePair
from clirbench.errors import DataError

__all__ = ["decode", "paired", "parallel", "read_lines"]


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


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file.

    Raises:
        DataError: the file cannot be read, or is not UTF-8 text.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    return decode(data, str(path))


def parallel(foreign: Path, english: Path) -> list[SentencePair]:
    """The pairs of two files of which each line translates the other's.

    Raises:
        DataError: a file cannot be read, or the numbers of lines differ.
    """
    return paired((read_lines(foreign), str(foreign)), (read_lines(english), str(english)))


def paired(foreign: tuple[list[str], str], english: tuple[list[str], str]) -> list[SentencePair]:
    """The pairs of two texts' lines; each text comes with its name.

    Raises:
        DataError: the numbers of lines differ.
    """
    (ours, one), (theirs, other) = foreign, english
    if len(ours) != len(theirs):
        raise DataError(
            f"{one}: {len(ours)} lines, but {other} has {len(theirs)}; "
            "line-aligned files must have equally many"
        )
    return [SentencePair(a.strip(), b.strip()) for a, b in zip(ours, theirs, strict=True)]
