"""The collection that a results folder was made of, read again."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.data.base import Fetch, Judgments
from clirbench.data.lock import Lock
from clirbench.errors import DataError, SuiteError
from clirbench.report.folder import Cells
from clirbench.running.artifact import read_record
from clirbench.suite.cell import Cell
from clirbench.suite.identity import canonical

if TYPE_CHECKING:
    from clirbench.running.stage import Data
    from clirbench.suite.model import LanguagePair, Suite

__all__ = ["overrides_of", "read_judgments", "suite_of"]

_HINT = (
    "--suite FILE names the suite itself, which has its lock beside it, and whose folder relative "
    "paths start from"
)


def read_judgments(
    results: Path, cells: Cells, fetch: Fetch, suite: Path | None = None
) -> dict[str, Judgments]:
    """Read the judgments of each pair that has cells.

    Args:
        results: the folder.
        cells: those of it.
        fetch: gives downloads.
        suite: the suite file, from whose folder relative paths start; None: the results' copy.

    Raises:
        SuiteError: the suite cannot be read.
        DataError: the collection is not at hand, or not the one that the results were made of.
    """
    read, pairs = suite_of(results, cells, suite)
    return {name: read.tested.judgments(fetch, pair.query) for name, pair in pairs.items()}


def suite_of(
    results: Path, cells: Cells, suite: Path | None = None
) -> tuple[Suite, dict[str, LanguagePair]]:
    """Read the suite of a results folder, and those of its pairs that have cells.

    Args:
        results: the folder.
        cells: those of it.
        suite: as for `read_judgments`.

    Raises:
        SuiteError: the suite cannot be read.
        DataError: its collection is not the one that the results were made of.
    """
    from clirbench.running.stage import data
    from clirbench.suite.read import read_suite

    file = suite or results / "suite.toml"
    try:
        read = read_suite(file, overrides_of(results)).suite
    except SuiteError as error:
        raise SuiteError([*error.errors, *([_HINT] if suite is None else [])]) from None
    pin = Lock.beside(file).pin
    pairs = {}
    for pair in read.pairs:
        own = [cell for cell in cells.scores if cell.pair == str(pair)]
        if own:
            _check(results, own[0], data(read.tested, pair.query, pair.documents, pin=pin))
            pairs[str(pair)] = pair
    return read, pairs


def overrides_of(results: Path) -> list[str]:
    """Read what was set on the command line; nothing where that is not recorded."""
    with suppress(OSError, ValueError):
        match json.loads((results / "settings.json").read_text(encoding="utf-8")):
            case {"overrides": [*overrides]}:
                return [str(one) for one in overrides]
    return []


def _check(results: Path, cell: Cell, collection: Data) -> None:
    """Refuse a collection that is another one than the results were made of."""
    record = read_record(results / "cells" / str(cell))
    settings = record.settings if record else None
    made = settings.get("collection") if isinstance(settings, dict) else None
    if made is not None and made != canonical(collection):
        raise DataError(
            f"{results}: {cell} was made of another collection than the suite names now: its files "
            f"or settings differ; {_HINT}"
        )
