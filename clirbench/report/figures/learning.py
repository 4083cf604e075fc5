"""Learning curves, from the logs of training."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clirbench.report.contents import Contents
from clirbench.report.folder import Key

__all__ = ["Curve", "curves"]

_POINTS = 24
"""Of a curve; each is the mean of the steps that fall to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The loss of a method on a language pair, averaged over its runs."""

    pair: str
    method: str
    runs: int
    steps: tuple[float, ...]
    """Middle of the steps that a point is the mean of."""
    losses: tuple[float, ...]


def curves(contents: Contents) -> tuple[Curve, ...]:
    """Read the logs of all cells that have one, in the order of cells."""
    logs: defaultdict[Key, list[list[tuple[int, float]]]] = defaultdict(list)
    for cell in contents.cells.scores:
        if log := list(_steps(contents.cell(cell) / "training.jsonl")):
            logs[cell.pair, cell.method].append(log)
    return tuple(_curve(key, runs) for key, runs in logs.items())


def _curve(key: Key, runs: list[list[tuple[int, float]]]) -> Curve:
    last = max(step for run in runs for step, _ in run)
    bins: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for run in runs:
        for step, loss in run:
            bins[(step - 1) * min(_POINTS, last) // last].append((step, loss))
    points = [bins[place] for place in sorted(bins)]
    return Curve(
        pair=key[0],
        method=key[1],
        runs=len(runs),
        steps=tuple(sum(step for step, _ in point) / len(point) for point in points),
        losses=tuple(math.fsum(loss for _, loss in point) / len(point) for point in points),
    )


def _steps(path: Path) -> Iterator[tuple[int, float]]:
    """Steps and losses of a log; what is not a step is passed over."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            values = json.loads(line)
            step, loss = int(values["step"]), float(values["loss"])
        except (ValueError, TypeError, KeyError):
            continue
        if step > 0 and math.isfinite(loss):
            yield step, loss
