"""The cells that a results folder was planned to have, by its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clirbench.data.base import JSON
from clirbench.methods import METHODS
from clirbench.report.folder import Cells
from clirbench.suite.cell import Cell

__all__ = ["lacking"]


def lacking(settings: Mapping[str, JSON], cells: Cells) -> dict[Cell, str]:
    """Find the cells of the suite that are not done, and say why.

    Args:
        settings: as resolved, of `read_settings`.
        cells: those of the same folder.
    """
    wanted = [
        cell
        for pair in map(_pair, _tables(settings, "pairs"))
        for method in _tables(settings, "methods")
        for cell in _cells(pair, method, settings, cells)
    ]
    if not wanted:  # settings of another version
        return dict(cells.faults)
    return {cell: cells.faults.get(cell, "not run") for cell in wanted if cell not in cells.scores}


def _tables(settings: Mapping[str, JSON], key: str) -> Sequence[Mapping[str, JSON]]:
    found = settings.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _seeds(settings: Mapping[str, JSON]) -> list[int | None]:
    found = settings.get("seeds")
    return [seed for seed in found if isinstance(seed, int)] if isinstance(found, list) else []


def _pair(table: Mapping[str, JSON]) -> str:
    return f"{table.get('query')}-{table.get('documents')}"


def _cells(
    pair: str, table: Mapping[str, JSON], settings: Mapping[str, JSON], cells: Cells
) -> list[Cell]:
    """Name the cells of a method on a pair; none where it is another system's that lacks the pair."""
    label, trained = str(table.get("label")), True
    match table.get("method"):
        case {"class.name": "outside", "pairs": [_, *_] as covered} if pair not in covered:
            return []
        case {"class.name": str(name)} if name in METHODS:
            trained = bool(METHODS[name].trained)
    # A translation model may be trained or only be applied, which its cells tell.
    if any(cell.method == label and cell.seed is None for cell in cells.scores):
        trained = False
    return [Cell(pair, label, seed) for seed in (_seeds(settings) if trained else [None])]
