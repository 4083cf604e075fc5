"""Writing to a results folder, for as long as a run holds it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

from clirbench.data.base import JSON
from clirbench.errors import DataError, StoreError
from clirbench.files import sweep_halves, write_json, write_text
from clirbench.locks import locked
from clirbench.results.names import GIT, REPORT, SETTINGS, SUITE
from clirbench.results.reading import read_json
from clirbench.spec.identity import canonical, canonical_json, own_checksum
from clirbench.spec.read import SuiteFile
from clirbench.wording import newer

__all__ = [
    "BASIS_FORMAT",
    "FORMAT",
    "exclusive",
    "settings_hash",
    "sweep_results",
    "write_checked",
    "write_suite",
]

FORMAT = 1
"""Of settings.json."""
BASIS_FORMAT = 3
"""Of analysis.json."""


def write_suite(results: Path, file: SuiteFile) -> None:
    """Write the suite as it is and as it was understood.

    Raises:
        DataError: what is there was written by a newer clirbench.
        StoreError: the folder cannot be written to.
    """
    there = read_json(results / SETTINGS)
    if later := newer(there.get("format") if isinstance(there, dict) else None, FORMAT):
        raise DataError(f"{results / SETTINGS}: {later}, or choose another --results")
    write_text(results / GIT, "* -text\n")
    write_text(results / SUITE, file.text)
    digest = sha256(file.text.encode()).hexdigest()
    settings: dict[str, JSON] = {
        "format": FORMAT,
        "given": _plain(file.given),
        "overrides": list(file.overrides),
        "resolved": canonical(file.suite),
        "translated": file.suite.collection.translated,
        "caption": file.suite.collection.caption(),
        "suite": digest,
    }
    write_checked(results / SETTINGS, settings)


def write_checked(path: Path, values: Mapping[str, JSON]) -> None:
    """Write an object with its own checksum, which `read_object` compares.

    Raises:
        StoreError: it cannot be written.
    """
    write_json(path, {**values, "sha256": own_checksum(dict(values))})


def sweep_results(results: Path) -> None:
    """Delete what killed runs left half-written, in a folder that this process holds.

    A report is written without holding it.
    """
    sweep_halves(results.rglob(".*"), lambda name: name != REPORT)


def settings_hash(resolved: JSON) -> str:
    """What ties figures to the settings that they are of: of the `resolved` part of settings.json."""
    return sha256(canonical_json(resolved).encode()).hexdigest()


def _plain(value: object) -> JSON:
    """Plain JSON of TOML values; dates as text."""
    parsed: JSON = json.loads(json.dumps(value, default=str))
    return parsed


@contextmanager
def exclusive(results: Path, waits: Callable[[], object]) -> Iterator[None]:
    """Hold a results folder alone; the lock goes with the process, however it ends.

    Args:
        results: the folder.
        waits: called once if another process holds it, before waiting.

    Raises:
        StoreError: the folder cannot be written to.
    """
    told = False

    def wait() -> None:
        nonlocal told
        if not told:
            waits()
        told = True

    with ExitStack() as stack:
        try:
            results.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(results / ".lock", wait))
        except OSError as error:
            raise StoreError(f"{results}: cannot be written: {error.strerror}") from error
        yield
