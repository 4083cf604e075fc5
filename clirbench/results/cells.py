"""The cells of a results folder: their scores, or why they have none."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from clirbench.artifacts.record import RECORD, read_record, unreadable
from clirbench.data.base import JSON, TopicScores
from clirbench.errors import DataError, SuiteError
from clirbench.results.names import ANALYSIS, CELLS, ERROR_LOG, SCORES
from clirbench.results.reading import changed, read_object, read_text
from clirbench.results.scores import read_scores
from clirbench.retrieval.measures import meant
from clirbench.spec.cell import Cell

__all__ = ["Cells", "Key", "Means", "read_cells", "topic_means"]

_TRACES = (RECORD, SCORES, ERROR_LOG)
"""A folder with any of these is a cell's."""
Key: TypeAlias = "tuple[str, str]"
"""Pair and method."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The cells of a results folder."""

    scores: Mapping[Cell, TopicScores]
    """Scores of the finished cells."""
    faults: Mapping[Cell, str]
    """Reasons why the other cells are not finished."""

    @property
    def plain(self) -> Cells:
        """Those whose topics and bitext are the suite's own."""
        return Cells(
            scores={c: s for c, s in self.scores.items() if not c.varied},
            faults={c: why for c, why in self.faults.items() if not c.varied},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """A method's scores on a pair by one measure."""

    topics: Mapping[str, float]
    """Topic → mean over seeds; topics sorted."""
    seeds: int
    """Number of runs that the means are over; 1 for an untrained method."""
    runs: Mapping[int | None, Mapping[str, float]] = field(default_factory=dict)
    """Seed → topic → score, both sorted; the seed of an untrained method is None. Empty: not known."""

    @classmethod
    def of(cls, runs: Mapping[int | None, Mapping[str, float]]) -> Means:
        """Average runs on the same topics."""
        n = len(runs)
        topics = sorted(next(iter(runs.values())))
        return cls(
            topics={topic: math.fsum(run[topic] for run in runs.values()) / n for topic in topics},
            seeds=n,
            runs={seed: {topic: run[topic] for topic in topics} for seed, run in runs.items()},
        )

    @property
    def mean(self) -> float:
        """Mean over topics."""
        return math.fsum(self.topics.values()) / len(self.topics)


def read_cells(results: Path) -> Cells:
    """Read every cell's scores.

    A cell is done if its record says so, its scores are those recorded, and it has one for every
    topic of its pair. One that failed on its latest run, or that the latest analysis did not find to
    be of the suite as it is now, is a fault: its scores are of other settings.

    Raises:
        DataError: the file of the latest analysis is damaged.
    """
    root, basis = results / CELLS, results / ANALYSIS
    current = read_object(basis).get("cells") if basis.exists() else None
    scores: dict[Cell, TopicScores] = {}
    faults: dict[Cell, str] = {}
    files = (root.glob(f"{depth}/{name}") for depth in ("*/*", "*/*/seed=*") for name in _TRACES)
    for folder in sorted({path.parent for found in files for path in found}):
        name = folder.relative_to(root)
        if any(part.startswith(".") for part in name.parts):  # half-made
            continue
        try:
            cell = Cell.parse(name.as_posix())
        except SuiteError:
            continue
        fault = _fault(folder, current.get(str(cell), "") if isinstance(current, dict) else None)
        if fault is None:
            try:
                scores[cell] = read_scores(folder / SCORES)
            except DataError as error:
                fault = str(error)
        if fault is not None:
            faults[cell] = fault
    faults |= (uneven := _uneven(scores))
    done = sorted((item for item in scores.items() if item[0] not in uneven), key=_order)
    return Cells(scores=dict(done), faults=faults)


def topic_means(cells: Cells, measure: str, *, where: Path) -> dict[Key, Means]:
    """Average each method's topic scores over its seeds, for each pair; sorted.

    Args:
        cells: of one results folder.
        measure: such as `AP`.
        where: the folder, for errors.

    Raises:
        DataError: a cell has no scores by that measure.
    """
    runs: defaultdict[Key, dict[int | None, dict[str, float]]] = defaultdict(dict)
    for cell, scores in cells.scores.items():
        lacking = next((values for values in scores.values() if measure not in values), None)
        if lacking is not None:
            raise DataError(
                f"{where}: {cell} has no scores by {measure}; its measures are {', '.join(lacking)}"
                f"{meant(measure, lacking)}"
            )
        own = {topic: values[measure] for topic, values in scores.items()}
        runs[cell.pair, cell.method][cell.seed] = own
    return {key: Means.of(runs[key]) for key in sorted(runs)}


def _uneven(scores: Mapping[Cell, TopicScores]) -> dict[Cell, str]:
    """Find the cells that lack topics which another cell of their pair has."""
    topics: defaultdict[str, set[str]] = defaultdict(set)
    for cell, own in scores.items():
        topics[cell.pair].update(own)
    return {
        cell: f"{len(topics[cell.pair]) - len(own)} of {len(topics[cell.pair])} topics have no score"
        for cell, own in scores.items()
        if len(own) < len(topics[cell.pair]) or not own
    }


def _order(item: tuple[Cell, TopicScores]) -> tuple[str, str, int]:
    cell = item[0]
    return cell.pair, cell.method, -1 if cell.seed is None else cell.seed


def _fault(folder: Path, current: JSON) -> str | None:
    """Say why a cell does not count; `current` is the identity that it should have, None: any."""
    if (folder / ERROR_LOG).exists():
        lines = read_text(folder / ERROR_LOG).strip().splitlines() or ["no reason was recorded"]
        return f"failed: {lines[-1]}"
    record = read_record(folder)
    if record is None:
        return (unreadable(folder) or "not finished").removeprefix(f"{folder / RECORD}: ")
    if current is not None and record.identity != current:
        return "not of the latest finished run"
    recorded = record.files.get(SCORES, {}).get("sha256")
    try:
        fault = changed((folder / SCORES).read_bytes(), recorded)
    except OSError as error:
        return f"{SCORES}: {error.strerror}"
    return f"{SCORES} {fault}" if fault else None
