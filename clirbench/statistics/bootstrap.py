"""Bootstrap intervals of a mean difference over topics.

Topics are drawn with replacement (Efron, Annals of Statistics, 1979; for retrieval: Sakai, SIGIR
2006). Percentile intervals are expanded: their tails are those of sqrt(n / (n - 1)) t instead of z,
without which they are too narrow by what a t interval is wider (Hesterberg, American Statistician,
2015). Seeds are not resampled: three to five of them have 10 to 126 different resamples, and their
variance would come out (S - 1) / S too small with normal tails; `crossed_interval` takes them in.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clirbench.errors import StatisticsError
from clirbench.statistics.clusters import cluster_sums, places
from clirbench.statistics.design import IntervalMethod
from clirbench.statistics.sample import Sample
from clirbench.statistics.streams import Array, counts, stream
from clirbench.statistics.ttest import VANISHING

__all__ = [
    "Interval",
    "acceleration",
    "bca_interval",
    "bootstrap_interval",
    "bootstrap_means",
    "expanded",
    "percentile_interval",
]

RESAMPLES = 10_000
_CHUNK = 2**22
"""Draws held at a time (32 MiB): few products, since each waits for all threads."""


class Interval(NamedTuple):
    """A confidence interval, ends included."""

    low: float
    high: float


def bootstrap_interval(
    differences: Array,
    *,
    resamples: int = RESAMPLES,
    confidence: float = 0.95,
    method: IntervalMethod = "percentile",
    seed: int = 0,
    name: str = "topics",
    clusters: Sequence[Hashable] | None = None,
) -> Interval:
    """Give the interval of the mean of `differences`, (n,), over topics.

    Args:
        differences: by topic.
        resamples: how many.
        confidence: of the interval.
        method: how it is cut.
        seed: names the stream, with `name`.
        name: of the set of topics.
        clusters: that of each topic, to be drawn whole; None: each topic is drawn by itself.

    Raises:
        StatisticsError: fewer than two differences or clusters, or a difference that is not finite.
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():  # noqa: PLR2004
        raise StatisticsError("a bootstrap interval needs finite differences, (n,), n >= 2")
    mean = values.mean()
    influence = (values - mean) / len(values)
    if clusters is not None:
        influence = cluster_sums(influence, places(clusters))
        if len(influence) < 2:  # noqa: PLR2004
            raise StatisticsError("a bootstrap interval needs at least two clusters of topics")
    bits = stream(seed, "topics", name)
    drawn = mean + counts(bits, resamples, len(influence)) @ influence
    if method == "percentile":
        low, high = percentile_interval(drawn[None], expanded(confidence, len(influence) - 1))[0]
    else:
        skew = acceleration([influence[:, None]])
        low, high = bca_interval(drawn[None], np.array([mean]), skew, confidence)[0]
    return Interval(float(low), float(high))


def bootstrap_means(
    sample: Sample, *, resamples: int, seed: int, with_seeds: bool = False
) -> Array:
    """Resample the means of P pairs and M methods over clusters of topics: (P, M, R).

    With seeds, the runs are drawn too: one draw of seeds for all methods and pairs, independent of that
    of topics.

    A resampled mean is the mean plus the sum of its clusters' influences, each as often as the cluster
    was drawn. Where all pairs of a stratum have all of its topics, in clusters of one size, this is the
    mean of the topics drawn; elsewhere it is its linear part, which cannot divide by 0.
    """
    found = np.zeros((*sample.complete.shape, resamples))
    weights = _seed_weights(sample, resamples, seed) if with_seeds else None
    for stratum in sample.strata:
        n, k = stratum.share.shape
        scores = stratum.runs if with_seeds else sample.average(stratum.runs, axis=2)
        share = stratum.share[..., None]
        mean = (scores * share).sum(axis=0)
        influence = cluster_sums(((scores - mean) * share).reshape(n, -1), stratum.cluster)
        n = len(influence)
        bits = stream(seed, "topics", stratum.name)
        step = max(_CHUNK // max(n, influence.shape[1]), 1)
        for start in range(0, resamples, step):
            at = slice(start, min(start + step, resamples))
            drawn = (influence.T @ counts(bits, at.stop - start, n).T).reshape(
                k, -1, at.stop - start
            )
            drawn += mean[..., None]
            if weights is not None:
                drawn = sample.average(drawn * weights[:, at], axis=1)
            found[list(stratum.pairs), :, at] = drawn
    return found


def _seed_weights(sample: Sample, resamples: int, seed: int) -> Array:
    """How often each run's seed is drawn, (C, R); 1 for a run without seed."""
    seeds = int(sample.seeds.max(initial=-1)) + 1
    weights = np.ones((len(sample.seeds), resamples))
    if seeds:
        drawn = counts(stream(seed, "seeds"), resamples, seeds).T
        weights[sample.seeds >= 0] = drawn[sample.seeds[sample.seeds >= 0]]
    return weights


def expanded(confidence: float, df: float) -> float:
    """Confidence whose normal interval is as wide as a t interval of n = df + 1, times sqrt(n / df)."""
    from scipy.special import ndtr, stdtrit

    return float(1 - 2 * ndtr(-stdtrit(df, (1 + confidence) / 2) * ((df + 1) / df) ** 0.5))


def percentile_interval(drawn: Array, confidence: float) -> Array:
    """Cut equal tails off K distributions, (K, R): (K, 2)."""
    tail = (1 - confidence) / 2
    return _quantiles(drawn, np.tile([tail, 1 - tail], (len(drawn), 1)))


def bca_interval(drawn: Array, observed: Array, skew: Array, confidence: float) -> Array:
    """Cut tails that are corrected for bias and skewness (Efron, JASA, 1987): (K, 2).

    Args:
        drawn: (K, R) resampled estimates.
        observed: (K,) the estimates.
        skew: (K,) accelerations.
        confidence: such as .95.
    """
    from scipy.special import ndtr, ndtri

    # Which of equal numbers is the larger is rounding, and that changes with the number of threads.
    above = drawn - observed[:, None]
    slack = VANISHING * np.abs(drawn).max(axis=1, keepdims=True)
    below = (above < -slack).mean(axis=1) + (above <= slack).mean(axis=1)
    inside = np.clip(below / 2, 1 / (2 * drawn.shape[1]), 1 - 1 / (2 * drawn.shape[1]))
    bias = ndtri(inside)[:, None]
    tail = (1 - confidence) / 2
    z = bias + ndtri(np.array([tail, 1 - tail]))
    return _quantiles(drawn, ndtr(bias + z / (1 - skew[:, None] * z)))


def acceleration(influences: Sequence[Array]) -> Array:
    """Acceleration of K estimates, sum e^3 / (6 (sum e^2)^1.5); 0 where nothing varies.

    Args:
        influences: for each stratum e, (n, K) (Davison & Hinkley, Bootstrap Methods, 1997, 5.3).
    """
    every = np.concatenate(influences)
    size = np.abs(every).max(axis=0)
    scaled = every / np.where(size > 0, size, 1)
    squares = (scaled**2).sum(axis=0)
    skew: Array = (scaled**3).sum(axis=0) / (6 * np.where(squares > 0, squares, 1) ** 1.5)
    return skew


def _quantiles(drawn: Array, shares: NDArray[np.float64]) -> Array:
    """Quantiles of each row by linear interpolation: drawn (K, R), shares (K, 2)."""
    ordered = np.sort(drawn, axis=1)
    position = shares * (drawn.shape[1] - 1)
    low = np.floor(position).astype(np.int64)
    high = np.minimum(low + 1, drawn.shape[1] - 1)
    left = np.take_along_axis(ordered, low, axis=1)
    right = np.take_along_axis(ordered, high, axis=1)
    quantiles: Array = left + (position - low) * (right - left)
    return quantiles
