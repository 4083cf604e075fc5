"""What a results folder holds, read back."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from clirbench.data.base import JSON
from clirbench.errors import DataError, StatisticsError, SuiteError
from clirbench.retrieval.measures import TopicScores, read_scores
from clirbench.running.artifact import read_record
from clirbench.suite.cell import Cell

if TYPE_CHECKING:
    from clirbench.statistics import Comparisons

__all__ = [
    "Cells",
    "Key",
    "Means",
    "read_cells",
    "read_comparisons",
    "read_environment",
    "read_object",
    "read_settings",
    "topic_means",
    "write_report",
]

_AGAIN = "`clirbench run` with the suite and these --results makes it again"
_TRACES = ("record.json", "scores.csv", "error.log")
"""A folder with any of these is a cell's."""
Key: TypeAlias = "tuple[str, str]"
"""Pair and method."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The cells of a results folder."""

    scores: Mapping[Cell, TopicScores]
    """Those that are done."""
    faults: Mapping[Cell, str]
    """Why the others are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """A method's scores on a pair by one measure."""

    topics: Mapping[str, float]
    """Topic → mean over seeds; topics sorted."""
    seeds: int
    """Number of runs that the means are over; 1 for an untrained method."""

    @property
    def mean(self) -> float:
        """Mean over topics."""
        return math.fsum(self.topics.values()) / len(self.topics)


def read_settings(results: Path) -> dict[str, JSON]:
    """Read the settings as resolved.

    Raises:
        DataError: this is not a results folder, or the file is damaged.
    """
    settings = read_object(results / "settings.json").get("resolved")
    if not isinstance(settings, dict) or not isinstance(settings.get("name"), str):
        raise DataError(f"{results / 'settings.json'}: not the settings of a run; {_AGAIN}")
    return settings


def read_environment(results: Path) -> dict[str, JSON]:
    """Read what the latest run was made with; empty if that is not recorded.

    Raises:
        DataError: the file is damaged.
    """
    path = results / "environment.json"
    return read_object(path) if path.exists() else {}


def read_comparisons(results: Path) -> tuple[Comparisons, ...]:
    """Read the comparisons by each measure of the suite.

    Raises:
        DataError: they are not there, or damaged.
    """
    from clirbench.statistics import from_json

    path = results / "comparisons.json"
    try:
        found = from_json(_text(path))
    except StatisticsError as error:
        why = str(error).splitlines()[0]
        raise DataError(f"{path}: {why}; {_AGAIN}") from error
    if not found:
        raise DataError(f"{path}: holds no measure; {_AGAIN}")
    return found


def read_cells(results: Path) -> Cells:
    """Read every cell's scores.

    A cell is done if its record says so, its scores are those recorded, and it has one for every
    topic of its pair. One that failed on its latest run, or that the latest analysis did not find to
    be of the suite as it is now, is a fault: its scores are of other settings.

    Raises:
        DataError: the file of the latest analysis is damaged.
    """
    root, basis = results / "cells", results / "analysis.json"
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
                scores[cell] = read_scores(folder / "scores.csv")
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
    runs: defaultdict[Key, list[dict[str, float]]] = defaultdict(list)
    for cell, scores in cells.scores.items():
        lacking = next((values for values in scores.values() if measure not in values), None)
        if lacking is not None:
            raise DataError(
                f"{where}: {cell} has no scores by {measure}; its measures are {', '.join(lacking)}"
            )
        own = {topic: values[measure] for topic, values in scores.items()}
        if not all(map(math.isfinite, own.values())):
            raise DataError(f"{where}: {cell} has a score by {measure} that is not finite")
        runs[cell.pair, cell.method].append(own)
    means: dict[Key, Means] = {}
    for key in sorted(runs):
        n = len(runs[key])
        topics = {t: math.fsum(run[t] for run in runs[key]) / n for t in sorted(runs[key][0])}
        means[key] = Means(topics=topics, seeds=n)
    return means


def write_report(path: Path, text: str) -> None:
    """Write a file that was asked for by name.

    Raises:
        DataError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error


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
    if (folder / "error.log").exists():
        lines = _text(folder / "error.log").strip().splitlines() or ["no reason was recorded"]
        return f"failed: {lines[-1]}"
    record = read_record(folder)
    if record is None:
        return "not finished"
    if current is not None and record.identity != current:
        return "not of the latest finished run"
    recorded = record.files.get("scores.csv", {}).get("sha256")
    try:
        got = sha256((folder / "scores.csv").read_bytes()).hexdigest()
    except OSError as error:
        return f"scores.csv: {error.strerror}"
    return (
        None if recorded is None or got == recorded else "scores.csv was changed since it was made"
    )


def read_object(path: Path) -> dict[str, JSON]:
    """Read a JSON object of a results folder.

    Raises:
        DataError: it is not there, or damaged.
    """
    try:
        value = json.loads(_text(path))
    except ValueError as error:
        raise DataError(f"{path}: not JSON: {error}; {_AGAIN}") from error
    if not isinstance(value, dict):
        raise DataError(f"{path}: expected a JSON object; {_AGAIN}")
    return value


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DataError(
            f"{path}: not there; `clirbench run` with --results {path.parent} makes it"
        ) from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8; {_AGAIN}") from error
