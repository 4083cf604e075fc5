"""Text files that are there whole or not at all, and JSON in them."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from clirbench.errors import DataError, StoreError

__all__ = [
    "parse_json",
    "sha256",
    "sweep_halves",
    "write_json",
    "write_output",
    "write_text",
    "write_whole",
]

_HALF = re.compile(r"\.(?P<name>.+)-[a-z0-9_]{8}")
"""How a file is called until it is whole."""


def parse_json(text: str | bytes, **options: Any) -> Any:  # noqa: ANN401 - whatever it holds
    """Read JSON that others may have written.

    Args:
        text: UTF-8 or text.
        options: as of `json.loads`.

    Raises:
        ValueError: it is not JSON, or is nested deeper than can be read.
    """
    try:
        return json.loads(text, **options)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def write_whole(path: Path, text: str) -> None:
    """Write a file under a temporary name, sync it, and rename it into place.

    Raises:
        OSError: it cannot be written; then what was there is there still.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def sweep_halves(paths: Iterable[Path], ours: Callable[[str], bool]) -> None:
    """Delete what killed processes left half-written.

    Args:
        paths: of files, among others.
        ours: whether nobody else can be writing a file of a name now.
    """
    for path in paths:
        half = _HALF.fullmatch(path.name)
        if half and ours(half["name"]) and path.is_file():
            path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a file of a store or a results folder; one that has this text already is left alone.

    Raises:
        StoreError: the disk is full or cannot be written to.
    """
    try:
        if path.exists() and path.read_bytes() == text.encode():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error


def write_json(path: Path, value: object | Mapping[str, object]) -> None:
    """Write JSON for people and machines, as `write_text` does."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def write_output(path: Path, text: str) -> None:
    """Write a file that the user asked for by name, such as a report.

    Raises:
        DataError: it cannot be written.
    """
    try:
        if path.exists() and not path.is_file():  # /dev/stdout, a pipe
            path.write_text(text, encoding="utf-8", newline="\n")
        else:
            write_whole(path, text)
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error


def sha256(path: Path) -> str:
    """Checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
