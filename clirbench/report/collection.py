"""The collection that a results folder was made of, read again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.data.base import Fetch, Judgments
from clirbench.data.lock import Lock
from clirbench.errors import DataError, SuiteError
from clirbench.results.folder import Folder
from clirbench.results.names import SUITE
from clirbench.spec.identity import canonical

if TYPE_CHECKING:
    from clirbench.spec.model import LanguagePair, Suite

__all__ = ["read_judgments", "suite_of"]

_HINT = (
    "--suite FILE names the suite itself, which has its lock file beside it; relative paths "
    "start from its folder"
)


def read_judgments(
    results: Folder, fetch: Fetch, suite: Path | None = None
) -> dict[str, Judgments]:
    """Read the judgments of each pair that has cells.

    Args:
        results: the folder.
        fetch: gives downloads.
        suite: the suite file, from whose folder relative paths start; None: the results' copy.

    Raises:
        SuiteError: the suite cannot be read.
        DataError: the collection is not at hand, or not the one that the results were made of.
    """
    read, pairs = suite_of(results, suite)
    return {name: read.tested.judgments(fetch, pair.query) for name, pair in pairs.items()}


def suite_of(results: Folder, suite: Path | None = None) -> tuple[Suite, dict[str, LanguagePair]]:
    """Read the suite of a results folder with its files, and those of its pairs that have cells.

    Args:
        results: the folder.
        suite: as for `read_judgments`.

    Raises:
        SuiteError: the suite cannot be read.
        DataError: its collection is not the one that the results were made of.
    """
    from clirbench.running.stage import data
    from clirbench.spec.read import read_source

    file = suite or results.path / SUITE
    try:
        # No more than the collection: what the file says of methods may name code.
        read = replace(results.suite, collection=read_source(file, results.overrides))
    except SuiteError as error:
        raise SuiteError([*error.errors, *([_HINT] if suite is None else [])]) from None
    pin = Lock.beside(file).pin
    pairs = {}
    for pair in read.pairs:
        own = next((cell for cell in results.cells.scores if cell.pair == str(pair)), None)
        if own is not None:
            settings = results.records.get(own, {}).get("settings")
            made = settings.get("collection") if isinstance(settings, dict) else None
            now = data(read.tested, pair.query, pair.documents, pin=pin)
            if made is not None and made != canonical(now):
                raise DataError(
                    f"{results.path}: {own} was made from another collection than the suite "
                    f"names now: its files or settings differ; {_HINT}"
                )
            pairs[str(pair)] = pair
    return read, pairs
