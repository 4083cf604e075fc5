"""The user's own files: found by language, known by their checksums."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from clirbench.errors import DataError
from clirbench.files import sha256

__all__ = ["Mark", "checksum", "mark_of", "own_file", "seen_files"]


class Mark(NamedTuple):
    """What tells that a file was written to, also where the old content and time are back since."""

    size: int
    written: int
    changed: int
    """Nobody can set this time; it changes with whatever is done to the file."""
    inode: int


_SEEN: ContextVar[dict[Path, Mark] | None] = ContextVar("_SEEN", default=None)


def mark_of(path: Path) -> Mark:
    """The mark of a file as it is now; raises OSError where it cannot be looked at."""
    stat = path.stat()
    return Mark(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)


@contextmanager
def seen_files() -> Iterator[dict[Path, Mark]]:
    """Note each file whose checksum is asked for, and its mark, for as long as this lasts."""
    found: dict[Path, Mark] = {}
    token = _SEEN.set(found)
    try:
        yield found
    finally:
        _SEEN.reset(token)


def checksum(path: Path) -> str:
    """SHA-256 of a file, remembered while its mark stays.

    Raises:
        DataError: it cannot be read.
    """
    try:
        mark = mark_of(path)
        digest = _hashed(path, mark)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    if (seen := _SEEN.get()) is not None:
        seen[path] = mark
    return digest


def own_file(folder: Path, name: str, language: str) -> Path:
    """The file of a name such as `all.{language}.tmx` in a folder, or that name with .gz behind it.

    Raises:
        DataError: there is none, or the name leads out of the folder.
    """
    inside = Path(name.replace("{language}", language))
    path = folder / inside
    if ".." in inside.parts or inside.is_absolute():
        raise DataError(f"{folder}: {name}: must be a file in that folder")
    packed = path.with_name(f"{path.name}.gz")
    if not path.is_file() and packed.is_file():
        return packed
    if not path.is_file():
        there = "" if folder.is_dir() else "; there is no such folder"
        raise DataError(f"{path}: not there{there}")
    return path


@lru_cache(maxsize=1024)
def _hashed(path: Path, mark: Mark) -> str:  # noqa: ARG001 - when it is to be hashed again
    return sha256(path)
