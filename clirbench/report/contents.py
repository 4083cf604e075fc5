"""Everything in a results folder that a report shows, read once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clirbench.data.base import JSON
from clirbench.report.collection import overrides_of
from clirbench.report.folder import (
    Cells,
    read_cells,
    read_comparisons,
    read_environment,
    read_settings,
)
from clirbench.report.planned import lacking
from clirbench.suite.cell import Cell

if TYPE_CHECKING:
    from clirbench.statistics import Comparisons

__all__ = ["Contents", "Focus", "focus_of", "read_contents", "read_json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """The two methods that a report is mainly about."""

    first: str
    second: str
    pairs: tuple[str, ...]
    """The pairs that the question is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A results folder."""

    folder: Path
    settings: Mapping[str, JSON]
    """As resolved."""
    environment: Mapping[str, JSON]
    suite: str
    """The suite file, verbatim."""
    overrides: tuple[str, ...]
    """What was set on the command line."""
    measures: tuple[Comparisons, ...]
    cells: Cells
    records: Mapping[Cell, Mapping[str, JSON]]
    """What each finished cell's record says."""
    lacking: Mapping[Cell, str]
    """Cells of the suite that are not done, and why."""

    @property
    def name(self) -> str:
        """The suite's name."""
        return str(self.settings["name"])

    def cell(self, cell: Cell) -> Path:
        """Folder of a cell."""
        return self.folder / "cells" / str(cell)


def read_contents(results: Path) -> Contents:
    """Read a results folder.

    Raises:
        DataError: this is not a results folder, it has no comparisons, or it is damaged.
    """
    settings = read_settings(results)
    cells = read_cells(results)
    suite = results / "suite.toml"
    return Contents(
        folder=results,
        settings=settings,
        environment=read_environment(results),
        suite=suite.read_text(encoding="utf-8", errors="replace") if suite.exists() else "",
        overrides=tuple(overrides_of(results)),
        measures=read_comparisons(results) if cells.scores else (),
        cells=cells,
        records={
            cell: record
            for cell in cells.scores
            if isinstance(record := read_json(results / "cells" / str(cell) / "record.json"), dict)
        },
        lacking=lacking(settings, cells),
    )


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a file that a report can do without; None if it is not there, or not JSON."""
    with suppress(OSError, ValueError):
        return json.loads(path.read_text(encoding="utf-8"))
    return None


def focus_of(comparisons: Comparisons) -> Focus | None:
    """Choose the two methods that are shown side by side; None: there are not two.

    Those of the hypothesis; without one, the best trained method and the next best, else the two
    best of all but the oracle.
    """
    design = comparisons.design
    claim = design.hypothesis
    if claim is not None:
        return Focus(first=claim.better, second=claim.than, pairs=design.scope(claim.on).pairs)
    every = design.groups[-1]
    scored = [
        (found.mean, role.trained, role.name)
        for role in design.methods
        if role.name != design.oracle
        and (found := comparisons.mean(role.name, every.name)).mean is not None
    ]
    trained = [one for one in scored if one[1]]
    best = sorted(trained if len(trained) > 1 else scored, reverse=True)
    if len(best) < 2:  # noqa: PLR2004
        return None
    return Focus(first=best[0][2], second=best[1][2], pairs=every.pairs)
