"""Learning curves, from the logs of training."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from clirbench.results.cells import Key
from clirbench.results.folder import Folder

__all__ = ["Curve", "learning_curves"]

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


def learning_curves(results: Folder) -> tuple[Curve, ...]:
    """Read the logs of all cells that have one, in the order of cells."""
    logs: defaultdict[Key, list[list[tuple[int, float]]]] = defaultdict(list)
    for cell in results.cells.scores:
        if log := list(results.training(cell)):
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
