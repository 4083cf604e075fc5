"""Each run's mean: the points behind a bar."""

from __future__ import annotations

import math
from collections import defaultdict

from clirbench.results.cells import Cells, Key

__all__ = ["seed_means"]


def seed_means(cells: Cells, measure: str) -> dict[Key, tuple[float, ...]]:
    """Give the mean over topics of each run, by pair and method, in the order of seeds."""
    found: defaultdict[Key, list[float]] = defaultdict(list)
    for cell, topics in cells.scores.items():
        values = [scores[measure] for scores in topics.values() if measure in scores]
        if values:
            found[cell.pair, cell.method].append(math.fsum(values) / len(values))
    return {key: tuple(means) for key, means in found.items()}
