"""Rank correlation of two quantities within strata, such as over cells within a language.

Values are ranked within each stratum, ties sharing the mean of their ranks; ranks are centred and divided
by the stratum's size; what is pooled over strata is correlated. In one stratum this is Spearman's ρ. What
strata have in common, such as that a language is harder and its vectors are worse, has no part in it.

The interval is by a bootstrap of whole units, such as methods with all of their cells: cells of one method
are no independent evidence (the cluster bootstrap; Davison & Hinkley, Bootstrap Methods, 1997, 3.8). The
strata stay as they are. Percentiles are expanded as those of means are (Hesterberg, 2015). Ranks of few
units jump, so that an interval is only about right (tests/statistics/test_within.py measures it).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clirbench.statistics.bootstrap import Interval, expanded, percentile_interval
from clirbench.statistics.clusters import places
from clirbench.statistics.streams import Array, counts, stream

__all__ = ["LEAST_UNITS", "RankCorrelation", "within_spearman"]

LEAST_UNITS = 5
"""Fewer have at most 35 different resamples of them, which is too few for an interval."""
_DIGITS = 12
"""Values that differ beyond these decimals are ties."""
_LEAST_DEFINED = 0.9
"""Share of resamples that have a correlation, without which there is no interval."""


class RankCorrelation(NamedTuple):
    """How two quantities go together within strata."""

    rho: float | None
    """From -1 to 1; None: one of them is the same throughout each stratum."""
    interval: Interval | None
    """Over units; None: too few."""
    values: int
    strata: int
    units: int


def within_spearman(
    x: Sequence[float],
    y: Sequence[float],
    strata: Sequence[Hashable],
    units: Sequence[Hashable],
    *,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
    name: str = "units",
) -> RankCorrelation:
    """Correlate ranks within strata.

    Args:
        x: N values.
        y: N values.
        strata: that of each value.
        units: what each value is of; drawn whole.
        confidence: of the interval.
        resamples: of the bootstrap.
        seed: names the stream, with `name`.
        name: of the set of units.
    """
    first, second = (np.array([round(value, _DIGITS) for value in values]) for values in (x, y))
    groups, owners = places(strata), places(units)
    count = int(owners.max(initial=-1)) + 1
    (observed,) = _pooled(first, second, groups, np.ones((1, len(first))))
    interval = None
    if count >= LEAST_UNITS and np.isfinite(observed):
        drawn = counts(stream(seed, "units", name), resamples, count)[:, owners]
        found = _pooled(first, second, groups, drawn)
        defined = found[np.isfinite(found)]
        if len(defined) >= _LEAST_DEFINED * resamples:
            ends = percentile_interval(defined[None], expanded(confidence, count - 1))[0]
            interval = Interval(float(ends[0]), float(ends[1]))
    return RankCorrelation(
        rho=float(observed) if np.isfinite(observed) else None,
        interval=interval,
        values=len(first),
        strata=len(set(groups.tolist())),
        units=count,
    )


def _pooled(x: Array, y: Array, groups: NDArray[np.int64], weights: Array) -> Array:
    """The correlation under each row of how often values count, (R, N): (R,), NaN where undefined."""
    both = np.zeros((3, len(weights)))
    for group in np.unique(groups):
        own = weights[:, groups == group]
        u, v = (_ranks(values[groups == group], own) for values in (x, y))
        both += [(own * u * v).sum(axis=1), (own * u * u).sum(axis=1), (own * v * v).sum(axis=1)]
    scale = np.sqrt(both[1] * both[2])
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Array = np.where(scale > 0, both[0] / scale, np.nan)
    return found


def _ranks(values: Array, weights: Array) -> Array:
    """Centred ranks from -1/2 to 1/2 among values that count as often as each row says, (R, n)."""
    below = (values[None, :] < values[:, None]) + 0.5 * (values[None, :] == values[:, None])
    total = weights.sum(axis=1, keepdims=True)
    found: Array = weights @ below.T / np.maximum(total, 1) - 0.5
    return found
