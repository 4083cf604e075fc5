"""Gzip files of others, unpacked no further than a text would be: a bomb is an error, not all of memory."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.errors import DataError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["check_ratio", "check_regular", "open_packed"]

_RATIO = 200
"""Runs and bitext come to 3 to 20 times their packed size; deflate can reach 1,032."""
_SMALL = 2**26
"""Bytes below which nobody is harmed."""


def open_packed(path: Path) -> io.BufferedReader:
    """Open a gzip file to be read; what is read from it raises as `gzip.open` does.

    Raises:
        DataError: while it is read: it unpacks to more than any text does.
    """
    return io.BufferedReader(_Bounded(path))


def check_ratio(size: int, packed: int, name: str) -> None:
    """Make sure that something is not unpacked without end.

    Args:
        size: bytes of the content.
        packed: bytes of the file.
        name: of the file, for the error.

    Raises:
        DataError: it is.
    """
    if size > max(_SMALL, _RATIO * packed):
        raise DataError(
            f"{name}: unpacks to more than {_RATIO} times its {packed:,} bytes, which is unusual "
            "for text; if it is right, unpack it"
        )


def check_regular(path: Path) -> None:
    """Make sure that a file has an end.

    Raises:
        DataError: it is a pipe, a socket or a device.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise DataError(f"{path}: cannot be read (not a regular file); copy its content to a file")


class _Bounded(io.RawIOBase):
    """The content of a gzip file, as long as there is not too much of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._packed = path.stat().st_size
        self._file = gzip.open(path)  # noqa: SIM115 - closed with this
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        data = self._file.read(len(view))
        view[: len(data)] = data
        self._read += len(data)
        check_ratio(self._read, self._packed, str(self._path))
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()
