"""Almost stochastic order over training seeds: whose distribution of runs lies higher.

A's scores are stochastically above B's if each quantile is. The violation ratio is the share of the
squared Wasserstein distance of the two distributions that is owed to quantiles where B is higher,

    e(A, B) = int_{t: F_B^-1(t) > F_A^-1(t)} (F_A^-1 - F_B^-1)^2 dt / int_0^1 (F_A^-1 - F_B^-1)^2 dt,

0 where A is above B throughout, 1 where B is above A, 1/2 at equality (del Barrio, Cuesta-Albertos &
Matran, 2018; for seeds: Dror, Shlomov & Reichart, ACL 2019). Its upper bound at a confidence,

    e_min = e + z sigma sqrt((n + m) / (n m)),

with sigma from the bootstrap, says at below 1/2 that A is almost stochastically above B, the smaller
the surer. There is no p. It takes the topics as given.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clirbench.errors import StatisticsError
from clirbench.statistics.streams import Array, indices, stream

__all__ = ["StochasticOrder", "almost_stochastic_order"]

RESAMPLES = 10_000


class StochasticOrder(NamedTuple):
    """Outcome: how far the first method is from being stochastically above the second."""

    ratio: float
    """Violation ratio of the runs at hand."""
    bound: float
    """Its upper bound; below .5 the first is almost stochastically above."""


def almost_stochastic_order(
    first: Array,
    second: Array,
    *,
    confidence: float = 0.95,
    comparisons: int = 1,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> StochasticOrder:
    """Compare the runs' means of two methods, (n,) and (m,), one number a seed.

    Args:
        first: of the method that may be better.
        second: of the other.
        confidence: of the bound.
        comparisons: how many are made; the bound's error is shared among them (Bonferroni).
        resamples: bootstrap samples for sigma.
        seed: names the stream that they are drawn from.

    Raises:
        StatisticsError: fewer than two runs of a method, or a score that is not finite.
    """
    from scipy.special import ndtri

    runs = [np.asarray(one, dtype=np.float64) for one in (first, second)]
    if any(one.ndim != 1 or len(one) < 2 or not np.isfinite(one).all() for one in runs):  # noqa: PLR2004
        raise StatisticsError(
            "stochastic order needs finite scores of 2 or more runs of each method"
        )
    ratio = float(_ratios(runs[0][None], runs[1][None])[0])
    drawn = [
        own[indices(stream(seed, "order", name), resamples, len(own), len(own))]
        for name, own in zip(("first", "second"), runs, strict=True)
    ]
    # sqrt(nm / (n + m)) scales the bootstrap to sigma, and sigma back to the bound.
    spread = float(_ratios(*drawn).std())
    bound = ratio - ndtri((1 - confidence) / comparisons) * spread
    return StochasticOrder(ratio, float(np.clip(bound, 0, 1)))


def _ratios(first: Array, second: Array) -> Array:
    """Violation ratios of R pairs of samples, (R, n) and (R, m): (R,).

    Quantile functions are steps, at multiples of 1 / n and of 1 / m: the integrals are exact sums.
    """
    n, m = first.shape[1], second.shape[1]
    ends = np.unique(np.concatenate([np.arange(1, n + 1) * m, np.arange(1, m + 1) * n]))
    width = np.diff(ends, prepend=0) / (n * m)
    above = np.sort(first, axis=1)[:, (ends - 1) // m]
    below = np.sort(second, axis=1)[:, (ends - 1) // n]
    squares = (below - above) ** 2 * width
    whole = squares.sum(axis=1)
    violated = np.where(below > above, squares, 0).sum(axis=1)
    ratios: Array = np.where(whole > 0, violated / np.where(whole > 0, whole, 1), 0.5)
    return ratios
