"""Power of the crossed t-test: which differences a design can show, and what it would need.

With the variance components of a difference by seed, by topic and of what remains, the mean over S
seeds and T topics has the variance

    var_seeds / S + var_topics / T + var_residual / (S T)

(over independent languages the last two are summed with their weights; Westfall, Kenny & Judd,
Journal of Experimental Psychology: General, 2014). The test estimates it from mean squares, which are
chi squares: power is the mean over these of the normal chance to pass what the test then asks for.
With one seed this is the noncentral t of the paired t-test (Sakai, Information Retrieval Journal,
2016). A mean over languages has more degrees of freedom where each is trained by itself (`crossed`), but
not always: what that gains in power is what the test of it costs, to within .03.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np

from clirbench.errors import StatisticsError
from clirbench.statistics.streams import Array

__all__ = ["Layer", "Spread", "detectable", "power", "seeds_needed", "topics_needed"]

TARGET = 0.8
_NODES = 64
"""Of Gauss-Legendre over the quantiles of the mean square of seeds; a fourth of it for topics."""
_MOST_TOPICS, _MOST_SEEDS = 10**6, 10**3
"""Needs beyond these are called out of reach."""


class Layer(NamedTuple):
    """Units that are drawn from together: all, or those of one of several languages.

    A unit is a cluster of topics that belong together; else it is a topic.
    """

    n: int
    """Number of units."""
    topics: float
    """Variance of the difference by unit, times the layer's squared weight in the mean."""
    residual: float
    """The same of what remains by seed and unit."""
    size: float = 1.0
    """Topics of a unit, on average."""

    @property
    def topic_count(self) -> int:
        """Number of topics."""
        return round(self.n * self.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a difference of two methods varies."""

    layers: tuple[Layer, ...]
    seeds: float
    """Variance of the mean difference by seed, of itself."""
    seeds_df: float | None = None
    """Degrees of freedom that the pilot had for `seeds`; 0: a single seed; None: it is stated."""

    @property
    def topic_sd(self) -> float:
        """Standard deviation over units of one run's difference, all layers together."""
        return float(sum(one.topics + one.residual for one in self.layers) ** 0.5)

    def with_topics(self, n: int) -> Spread:
        """Give the same with `n` topics in each layer, in clusters of the size that they have."""
        return replace(
            self, layers=tuple(one._replace(n=max(round(n / one.size), 1)) for one in self.layers)
        )

    def error(self, seeds: int) -> float:
        """Standard error of the mean difference over the topics and `seeds` seeds."""
        own = (one.topics + one.residual / seeds for one in self.layers)
        over_topics = sum(v / one.n for v, one in zip(own, self.layers, strict=True))
        return float((self.seeds / seeds + over_topics) ** 0.5)


def power(effect: float, spread: Spread, seeds: int, *, alpha: float = 0.05) -> float:
    """Chance that the two-sided test at `alpha` shows a true difference `effect`.

    With one seed the test is over topics, and the power is for the mean of the one run.

    Raises:
        StatisticsError: fewer than two topics, no seed, or differences that do not vary.
    """
    from scipy.special import ndtr, stdtrit

    if seeds < 1 or any(layer.n < 2 for layer in spread.layers):  # noqa: PLR2004
        raise StatisticsError("power needs at least two topics and one seed")
    if seeds == 1:
        spread = replace(spread, seeds=0.0)
    error = spread.error(seeds)
    if not error:
        raise StatisticsError("power is not defined for differences that do not vary")
    n = np.array([layer.n for layer in spread.layers])
    within = np.array([layer.residual for layer in spread.layers]) / (seeds * n)
    topics = np.array([layer.topics for layer in spread.layers]) / n + within
    topics_df = topics.sum() ** 2 / (topics**2 / (n - 1)).sum()
    if seeds == 1:
        share, weights = _mean_square(topics_df, _NODES)
        total: Array = topics.sum() * share
        df: Array = np.full_like(share, topics_df)
    else:
        rows, row_weights = _mean_square(topics_df, _NODES // 4)
        columns, column_weights = _mean_square(seeds - 1, _NODES)
        weights = (row_weights[:, None] * column_weights).ravel()
        over_topics = topics.sum() * np.repeat(rows, _NODES)
        between = (error**2 - topics.sum() + within.sum()) * np.tile(columns, len(rows))
        more = between > within.sum()
        total = over_topics + np.where(more, between - within.sum(), 0)
        residual_df = (within**2 / ((seeds - 1) * (n - 1))).sum()
        spare = np.where(more, between**2 / (seeds - 1) + residual_df, 0)
        df = np.maximum(total**2 / (over_topics**2 / topics_df + spare), min(topics_df, seeds - 1))
    asked = stdtrit(df, 1 - alpha / 2) * np.sqrt(total)
    return float(weights @ (ndtr((effect - asked) / error) + ndtr((-effect - asked) / error)))


def detectable(spread: Spread, seeds: int, *, alpha: float = 0.05, target: float = TARGET) -> float:
    """Smallest true difference that is shown with the chance `target`."""
    from scipy.optimize import brentq

    high = spread.error(seeds)
    while power(high, spread, seeds, alpha=alpha) < target:
        high *= 2
    found: float = brentq(
        lambda effect: power(effect, spread, seeds, alpha=alpha) - target, 0, high, rtol=1e-6
    )
    return found


def topics_needed(
    spread: Spread, seeds: int, effect: float, *, alpha: float = 0.05, target: float = TARGET
) -> int | None:
    """Fewest topics (of each language) that show `effect`; None where no number of them does.

    More topics are more clusters, as large as they are.
    """
    size = max(layer.size for layer in spread.layers)
    clusters = _least(
        lambda n: (
            power(effect, spread.with_topics(math.ceil(n * size)), seeds, alpha=alpha) >= target
        ),
        2,
        int(_MOST_TOPICS / size),
    )
    return None if clusters is None else math.ceil(clusters * size)


def seeds_needed(
    spread: Spread, effect: float, *, alpha: float = 0.05, target: float = TARGET
) -> int | None:
    """Fewest seeds, two or more, that show `effect` with the topics at hand; None where none do."""
    return _least(lambda n: power(effect, spread, n, alpha=alpha) >= target, 2, _MOST_SEEDS)


def _least(holds: Callable[[int], bool], low: int, most: int) -> int | None:
    """Give the least number from `low` to `most` for which `holds`, looked for in steps of a fourth.

    Halving the whole range would not do: with two seeds more topics can mean a little less power,
    since what is left of the error is then the seeds', with one degree of freedom.
    """
    high = low
    while not holds(high):
        if high == most:
            return None
        low, high = high, min(max(high + 1, high * 5 // 4), most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _mean_square(df: float, nodes: int) -> tuple[Array, Array]:
    """Give nodes and weights of a mean square over its expectation, chi square over `df`."""
    from scipy.special import gammaincinv

    places, weights = _quadrature(nodes)
    return (2 / df * gammaincinv(df / 2, places)).astype(np.float64), weights


@cache
def _quadrature(nodes: int) -> tuple[Array, Array]:
    """Gauss-Legendre on (0, 1)."""
    places, weights = np.polynomial.legendre.leggauss(nodes)
    return (places + 1) / 2, weights / 2
