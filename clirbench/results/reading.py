"""Files of a results folder as text, JSON and JSON lines, with the way out where one is damaged."""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from clirbench.data.base import JSON
from clirbench.errors import DataError, SuiteError
from clirbench.files import parse_json
from clirbench.results.names import CELLS, COMPARISONS, EVENTS, SETTINGS
from clirbench.spec.identity import own_checksum
from clirbench.spec.toml import read_toml

__all__ = [
    "AGAIN",
    "as_text",
    "changed",
    "check_folder",
    "check_links",
    "default_results",
    "read_bytes",
    "read_json",
    "read_object",
    "read_text",
]

AGAIN = "run `clirbench run` with the suite and these --results to remake it"


def changed(data: bytes, recorded: object) -> str | None:
    """Say how the content of a file differs from the one whose SHA-256 is recorded; None: it does not."""
    if recorded in {None, sha256(data).hexdigest()}:
        return None
    if recorded == sha256(data.replace(b"\r\n", b"\n")).hexdigest():
        return "has Windows line ends, written by git's autocrlf; prevent that with .gitattributes"
    return "was changed since it was made"


def default_results(suite: str) -> Path:
    """Where the results of a suite of that name go, unless another folder is named."""
    return Path("results") / suite


def check_folder(results: Path) -> None:
    """Make sure that a path, if anything is there, is that of a results folder.

    Raises:
        DataError: it is a file, or a folder with nothing of a run in it; or as of `check_links`.
    """
    if os.path.isfile(results):  # noqa: PTH113 - Path.is_file raises for a name too long
        raise DataError(f"{results}: a file; expected a results folder{_results_of(results)}")
    parts = (SETTINGS, EVENTS, CELLS, COMPARISONS)
    if results.is_dir() and not any((results / part).exists() for part in parts):
        raise DataError(
            f"{results}: not a results folder: it has no {SETTINGS}; name the folder that `clirbench "
            f"run` wrote, which by default is {default_results('NAME-OF-SUITE')}"
        )
    check_links(results)


def _results_of(suite: Path) -> str:
    """Say where the results of a suite file are; empty: it is none."""
    try:
        name = str(read_toml(suite).values["suite"]["name"])
    except (SuiteError, KeyError, TypeError):
        return ""
    results = default_results(name)
    if results.is_dir():
        return f". The results of this suite are in {results}"
    return (
        f". Results of this suite would be in {results}, which does not exist; run `clirbench "
        f"run {suite}` to make it"
    )


def check_links(results: Path) -> None:
    """Make sure that all that is read in a results folder lies in it, and can be read to its end.

    Raises:
        DataError: a link leads out of the folder, or in a circle, or a file is a pipe or device.
    """
    root, folders = results.resolve(), [results]
    while folders:
        folder = folders.pop()
        with (
            suppress(FileNotFoundError, NotADirectoryError, PermissionError),
            os.scandir(folder) as found,
        ):
            for entry in found:
                path = Path(entry.path)
                if entry.is_symlink():
                    _check_link(path, root)
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(path)
                elif not entry.is_file(follow_symlinks=False):
                    raise DataError(f"{path}: neither a file nor a folder; it is not read")


def _check_link(path: Path, root: Path) -> None:
    try:
        target = path.resolve()
        if target.is_relative_to(root) and (not target.exists() or target.is_file()):
            return
        where = f"leads to {target}"
    except (OSError, RuntimeError):
        where = "leads back to itself"
    raise DataError(
        f"{path}: a link that {where}; links in a results folder must lead to files inside it; "
        "put the file itself there"
    )


def read_text(path: Path) -> str:
    """Read a file that has to be there.

    Raises:
        DataError: it is not, or it is not UTF-8.
    """
    return as_text(read_bytes(path), path)


def read_bytes(path: Path) -> bytes:
    """Read a file that has to be there.

    Raises:
        DataError: it is not.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(
            f"{path}: missing; run `clirbench run` with --results {path.parent} to make it"
        ) from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error


def as_text(data: bytes, path: Path) -> str:
    """Decode what was read of a file; line ends are those of the file.

    Raises:
        DataError: it is not UTF-8.
    """
    try:
        return data.decode("utf-8")
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
    recorded = value.pop("sha256", None)
    with suppress(ValueError):  # of what JSON has no word for
        if recorded in {None, own_checksum(value)}:
            return value
    raise DataError(f"{path}: was changed since it was made; {AGAIN}")


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a file that a report can do without; None if it is not there.

    Raises:
        DataError: it is damaged.
    """
    if not path.exists():
        return None
    try:
        value = parse_json(read_text(path))
    except ValueError as error:
        raise DataError(f"{path}: not JSON: {error}; {AGAIN}") from error
    return read_object(path) if isinstance(value, dict) else value
