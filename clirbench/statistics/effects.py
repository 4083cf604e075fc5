"""Effect sizes: how much, not how surely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from clirbench.errors import StatisticsError
from clirbench.statistics.streams import Array
from clirbench.statistics.ttest import VANISHING, StandardError

__all__ = [
    "Tally",
    "WorstPair",
    "gap_closed",
    "high_minus_low",
    "relative_change",
    "standardised",
    "tally",
    "worst_pair",
]

_NEAR = 1e-9
"""A denominator closer to 0 than this is taken for 0: the ratio would be noise."""


class Tally(NamedTuple):
    """Topics won, tied and lost by the first method."""

    wins: int
    ties: int
    losses: int


class WorstPair(NamedTuple):
    """The pair with the lowest mean."""

    pair: str
    mean: float


def tally(first: Array, second: Array) -> Tally:
    """Count on how many units `first`, (n,), is above, at and below `second`, (n,).

    Values within 1e-12 of the largest are tied: what is left of a difference is the order of a sum.

    Raises:
        StatisticsError: different shapes, or a value that is not finite.
    """
    if first.shape != second.shape or not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise StatisticsError("wins and losses need finite paired scores")
    slack = VANISHING * max(np.abs(first).max(initial=0.0), np.abs(second).max(initial=0.0))
    wins = int(np.count_nonzero(first - second > slack))
    losses = int(np.count_nonzero(second - first > slack))
    return Tally(wins, first.size - wins - losses, losses)


def relative_change(first: float, second: float) -> float | None:
    """(first - second) / second; None where second is 0."""
    return None if abs(second) < _NEAR else (first - second) / second


def standardised(
    mean: float, error: StandardError | None, units: int, *, size: float
) -> float | None:
    """Mean difference over the standard deviation of differences, d_z = mean / (error sqrt(units)).

    For independent strata of equal size this is the pooled standard deviation within strata.

    Args:
        mean: the mean difference.
        error: its standard error; None: not known.
        units: number of units behind it.
        size: largest absolute score, against which rounding is judged.

    Returns:
        None where the differences do not vary and are not 0, or the error is not known.
    """
    if error is None:
        return None
    if error.error <= VANISHING * size:
        return 0.0 if abs(mean) <= VANISHING * size else None
    return mean / float(error.error * units**0.5)


def gap_closed(method: float, zero_shot: float, oracle: float) -> float | None:
    """Share of the translation gap that a method closes: (method - zero-shot) / (oracle - zero-shot).

    None where there is no gap.
    """
    gap = oracle - zero_shot
    return None if abs(gap) < _NEAR else (method - zero_shot) / gap


def high_minus_low(high: Sequence[float], low: Sequence[float]) -> float | None:
    """Mean over high-resource pairs minus mean over low-resource ones; None without either."""
    if not high or not low:
        return None
    return sum(high) / len(high) - sum(low) / len(low)


def worst_pair(means: Mapping[str, float]) -> WorstPair:
    """Give the pair with the lowest mean; the first of several.

    Raises:
        StatisticsError: there are no pairs.
    """
    if not means:
        raise StatisticsError("there is no worst pair without pairs")
    pair = min(means, key=means.__getitem__)
    return WorstPair(pair, means[pair])
