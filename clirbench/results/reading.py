"""Files of a results folder as text, JSON and JSON lines, with the way out where one is damaged."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from clirbench.data.base import JSON
from clirbench.errors import DataError
from clirbench.files import parse_json

__all__ = ["AGAIN", "read_json", "read_object", "read_text"]

AGAIN = "`clirbench run` with the suite and these --results makes it again"


def read_text(path: Path) -> str:
    """Read a file that has to be there.

    Raises:
        DataError: it is not, or it is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DataError(
            f"{path}: not there; `clirbench run` with --results {path.parent} makes it"
        ) from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8; {AGAIN}") from error


def read_object(path: Path) -> dict[str, JSON]:
    """Read a JSON object that has to be there.

    Raises:
        DataError: it is not, or it is damaged.
    """
    try:
        value = parse_json(read_text(path))
    except ValueError as error:
        raise DataError(f"{path}: not JSON: {error}; {AGAIN}") from error
    if not isinstance(value, dict):
        raise DataError(f"{path}: expected a JSON object; {AGAIN}")
    return value


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a file that a report can do without; None if it is not there, or not JSON."""
    with suppress(OSError, ValueError):
        return parse_json(path.read_text(encoding="utf-8"))
    return None
