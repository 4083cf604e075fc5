"""Zip files of others: what Python raises on damaged ones, for want of one exception, and bombs."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from pathlib import Path

from clirbench.data.packed import check_ratio

__all__ = ["DAMAGE", "check_member"]

DAMAGE: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,  # a compression method that there is not
    RuntimeError,  # encryption that there is not
    ValueError,
    OverflowError,
)
"""Found by flipping bits; a plain OSError is about the disk and not among them."""


def check_member(path: Path, member: zipfile.ZipInfo) -> None:
    """Make sure that a file in a zip file is not unpacked without end; Python reads no more than it says.

    Raises:
        DataError: it would be.
    """
    check_ratio(member.file_size, member.compress_size, f"{path}:{member.filename}")
