"""The user's own files: found by language, known by their checksums."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from clirbench.errors import DataError

__all__ = ["checksum", "own_file"]


def checksum(path: Path) -> str:
    """SHA-256 of a file, remembered while its size and time stay.

    Raises:
        DataError: it cannot be read.
    """
    try:
        stat = path.stat()
        return _hashed(path, stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error


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
def _hashed(path: Path, size: int, time: int) -> str:  # noqa: ARG001 - when it is to be hashed again
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
