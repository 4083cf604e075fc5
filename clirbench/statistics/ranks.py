"""Mean ranks over languages: who is first, second, … on each pair, averaged.

A method's rank on a language pair is its place by its mean over topics and seeds, 1 for the best; equal
means share the mean of their places. Ranks weigh each language the same, whatever the size of its
scores, which a mean of scores does not (Friedman, JASA, 1937; Demsar, JMLR, 2006).

The interval is by a bootstrap of what is drawn: clusters of topics and, where there are several, seeds,
each with replacement and independently (the pigeonhole bootstrap; Owen, Annals of Applied Statistics,
2007). All methods are ranked anew in each resample. Languages are not drawn: nothing is claimed of one that
is not there. One draw of seeds stands for all languages, so that what a seed does to several of them
counts. Intervals are plain percentiles. They cover where methods are well apart or the same; of nearly tied
ones a rank jumps, and no bootstrap of it is more than about right (Hall & Miller, Annals of Statistics,
2009): an interval for 95 % then covers in 75 to 90 %, least with two seeds (tests/statistics/test_ranks.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from clirbench.statistics.bootstrap import Interval, percentile_interval
from clirbench.statistics.streams import Array

__all__ = ["MeanRank", "mean_ranks"]

_DIGITS = 12
"""Means that differ beyond these decimals are ties: the difference is the order of a sum."""


class MeanRank(NamedTuple):
    """A method's rank, averaged over the language pairs."""

    rank: float
    interval: Interval

    def __str__(self) -> str:
        return f"{self.rank:.1f} [{self.interval.low:.1f}, {self.interval.high:.1f}]"


def mean_ranks(
    means: Mapping[str, Array], drawn: Mapping[str, Array], *, alpha: float
) -> dict[str, MeanRank]:
    """Average each method's rank over the pairs.

    Args:
        means: method to its mean on each pair, (P,).
        drawn: method to the same under resampled topics and seeds, (P, R).
        alpha: 1 less the level of the intervals.
    """
    observed = _mean_rank(np.stack(list(means.values()))[..., None])[:, 0]
    resampled = _mean_rank(np.stack([drawn[name] for name in means]))
    ends = percentile_interval(resampled, 1 - alpha)
    return {
        name: MeanRank(float(rank), Interval(float(low), float(high)))
        for name, rank, (low, high) in zip(means, observed, ends, strict=True)
    }


def _mean_rank(means: Array) -> Array:
    """Mean over pairs of ranks among M methods, 1 the highest, ties shared: (M, P, R) to (M, R)."""
    rounded = np.round(means, _DIGITS)
    ranks = np.full(rounded.shape, 0.5)
    for other in rounded:  # as fast as scipy.stats.rankdata, whose import takes half a second
        ranks += (other > rounded) + 0.5 * (other == rounded)
    found: Array = ranks.mean(axis=1)
    return found
