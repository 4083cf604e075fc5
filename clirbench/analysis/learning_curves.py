"""Learning curves, from the logs of training."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from clirbench.results.cells import Key
from clirbench.results.folder import Folder
from clirbench.results.training import TrainingStep

__all__ = ["Curve", "learning_curves", "training_csv"]

_POINTS = 24
"""Of a curve; each is the mean of the steps that fall to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The training of a method on a language pair: its loss, averaged over its runs."""

    pair: str
    method: str
    runs: int
    steps: tuple[float, ...]
    """Middle of the steps that a point is the mean of."""
    losses: tuple[float, ...]
    last: int
    """The last step."""
    gradient_norm: float | None = None
    """Median over all steps, before clipping. None: not recorded."""
    clipped: float | None = None
    """Share of all steps whose gradient was clipped."""


def learning_curves(results: Folder) -> tuple[Curve, ...]:
    """Read the logs of all cells that have one, in the order of cells.

    Of a pair that is searched with the students of another the logs are those of the other.
    """
    logs: defaultdict[Key, list[list[TrainingStep]]] = defaultdict(list)
    transferred = {str(pair) for pair in results.suite.pairs if pair.student}
    for cell in results.cells.scores:
        if cell.pair in transferred:
            continue
        if log := list(results.training(cell)):
            logs[cell.pair, cell.method].append(log)
    return tuple(_curve(key, runs) for key, runs in logs.items())


def training_csv(curves: Sequence[Curve]) -> str:
    """One line for each method and pair, for `training.csv`; what was not recorded is empty."""
    lines = ["pair,method,runs,steps,first_loss,last_loss,median_gradient_norm,clipped"]
    for curve in curves:
        found = (curve.losses[0], curve.losses[-1], curve.gradient_norm, curve.clipped)
        shown = ("" if each is None else f"{each:.6g}" for each in found)
        lines.append(",".join((curve.pair, curve.method, str(curve.runs), str(curve.last), *shown)))
    return "\n".join(lines) + "\n"


def _curve(key: Key, runs: list[list[TrainingStep]]) -> Curve:
    last = max(step for run in runs for step, *_ in run)
    norms = [each.norm for run in runs for each in run if each.norm is not None]
    clipped = [each.clipped for run in runs for each in run if each.clipped is not None]
    bins: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for run in runs:
        for step, loss, *_ in run:
            bins[(step - 1) * min(_POINTS, last) // last].append((step, loss))
    points = [bins[place] for place in sorted(bins)]
    return Curve(
        pair=key[0],
        method=key[1],
        runs=len(runs),
        steps=tuple(sum(step for step, _ in point) / len(point) for point in points),
        losses=tuple(math.fsum(loss for _, loss in point) / len(point) for point in points),
        last=last,
        gradient_norm=median(norms) if norms else None,
        clipped=sum(clipped) / len(clipped) if clipped else None,
    )
