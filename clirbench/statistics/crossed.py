"""The crossed t-test: topics and training seeds are both samples.

A difference of two methods on topic t by their runs of seed s is

    D_st = delta + a_s + b_t + e_st,

with independent effects of seed, of topic and of both together (crossed random effects; Clark, Journal
of Verbal Learning and Verbal Behavior, 1973). A test over topics alone takes the runs for the methods:
it leaves out var(a) / S, however many topics there are. (Jayasinghe et al., Information Processing &
Management, 2015, compare non-deterministic systems over both dimensions, topics and instances.) From the mean squares of the two-way table,
with V_T, V_S, V_E = MS_topics, MS_seeds, MS_residual, each over S T,

    var(mean) = V_T + max(V_S - V_E, 0),

the ANOVA estimate, which for a whole table is also the REML one; t = mean / sqrt(var) with
Satterthwaite's degrees of freedom (Biometrics Bulletin, 1946). Where seeds show no effect this is
the paired t-test. With two or three seeds that differ more than topics do, Satterthwaite's df are too
many and the test is liberal. Of a mean over languages, `seeds` has the variance by seed.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from clirbench.errors import StatisticsError
from clirbench.statistics.bootstrap import Interval
from clirbench.statistics.clusters import cluster_sums, places
from clirbench.statistics.seeds import SeedVariance, seed_variance
from clirbench.statistics.streams import Array
from clirbench.statistics.ttest import (
    ROUNDING,
    StandardError,
    TTest,
    margin_of_error,
    standard_error,
    t_test,
)

__all__ = [
    "Components",
    "components",
    "crossed_error",
    "crossed_interval",
    "crossed_t",
    "unit_components",
    "widened",
]


class Components(NamedTuple):
    """Variances of a difference; an estimate below 0 is given as 0."""

    topics: float
    """Of b: how much the difference varies with the topic, whatever the seed."""
    seeds: float
    """Of a: how much the mean over topics varies with the seed, of itself."""
    residual: float
    """Of e: how much a topic's difference varies from one seed to the next beyond that."""


def crossed_t(differences: Array, *, clusters: Sequence[Hashable] | None = None) -> TTest:
    """Test whether `differences`, (seeds, topics), have mean 0 over both; two-sided.

    Args:
        differences: a row is the difference of two runs with the same seed.
        clusters: that of each topic; None: each topic is a unit.

    Raises:
        StatisticsError: fewer than two seeds, topics or clusters, or a difference that is not finite.
    """
    values = _checked(differences)
    return t_test(float(values.mean()), _error(values, clusters), size=float(np.abs(values).max()))


def crossed_interval(
    differences: Array,
    *,
    confidence: float = 0.95,
    clusters: Sequence[Hashable] | None = None,
) -> Interval:
    """Give the t interval of the mean of `differences`, (seeds, topics), over seeds and topics.

    Raises:
        StatisticsError: as `crossed_t`.
    """
    values = _checked(differences)
    error = _error(values, clusters)
    mean, margin = float(values.mean()), margin_of_error(error, confidence=confidence)
    return Interval(mean - margin, mean + margin)


def components(differences: Array) -> Components:
    """Estimate the variance components of `differences`, (seeds, topics).

    Raises:
        StatisticsError: as `crossed_t`.
    """
    values = _checked(differences)
    topics, residual = unit_components(_influence(values, None))
    between = float(values.mean(axis=1).var(ddof=1))
    return Components(topics, max(between - residual / values.shape[1], 0), residual)


def unit_components(influence: Array) -> tuple[float, float]:
    """Estimate the variance by unit, and what remains by seed and unit, of one stratum.

    Args:
        influence: (n, S) what each unit's deviation adds to the estimate by each seed; columns sum to 0.
    """
    n, seeds = influence.shape
    residual = influence - influence.mean(axis=1, keepdims=True)
    within = n * n * float((residual**2).sum()) / ((seeds - 1) * (n - 1))
    topics = n * n * float((influence.mean(axis=1) ** 2).sum()) / (n - 1)
    return max(topics - within / seeds, 0), within


def crossed_error(
    topics: StandardError, variance: SeedVariance, influences: Sequence[Array]
) -> StandardError:
    """Widen a standard error over topics by what seeds add.

    Args:
        topics: standard error of the mean over seeds, from topics alone.
        variance: of the estimate by seed.
        influences: for each stratum, (n, S): what each unit's deviation adds to it, S >= 2.

    Returns:
        The standard error over topics and seeds; `topics` itself where seeds add nothing.
    """
    seeds = influences[0].shape[1]
    parts = []
    for influence in influences:
        n = len(influence)
        residual = influence - influence.mean(axis=1, keepdims=True)
        squares = float((residual**2).sum())
        parts.append((n / (n - 1) * squares / ((seeds - 1) * seeds), (seeds - 1) * (n - 1)))
    return widened(topics, variance.variance / seeds, variance.df, parts)


def widened(
    topics: StandardError, between: float, between_df: float, parts: Sequence[tuple[float, float]]
) -> StandardError:
    """Add to a squared standard error over topics what a variance by seed has beyond topics' share in it.

    Args:
        topics: standard error of the mean over seeds, from topics alone.
        between: variance of that mean by seed, with `between_df` degrees of freedom.
        between_df: infinite where it is known.
        parts: variances, with their df, whose sum is topics' share in it.

    Returns:
        The standard error with Satterthwaite's df; `topics` itself where seeds add nothing.
    """
    within = sum(variance for variance, _ in parts)
    if between <= within * (1 + ROUNDING):  # else the order of a sum would decide on the df
        return topics
    total = topics.error**2 + between - within
    spread = (
        topics.error**4 / topics.df
        + between**2 / between_df
        + sum(variance**2 / df for variance, df in parts)
    )
    # What is subtracted can bring df below those of any part, which no sum of variances has.
    df = max(total**2 / spread, min(topics.df, between_df))
    return StandardError(total**0.5, df)


def _error(values: Array, clusters: Sequence[Hashable] | None) -> StandardError:
    influence = _influence(values, clusters)
    topics = standard_error([influence.mean(axis=1)])
    if topics is None:
        raise StatisticsError("a crossed test needs at least two clusters of topics")
    return crossed_error(topics, seed_variance(values.mean(axis=1)[None]), [influence])


def _influence(values: Array, clusters: Sequence[Hashable] | None) -> Array:
    centred: Array = (values - values.mean(axis=1, keepdims=True)).T / values.shape[1]
    return centred if clusters is None else cluster_sums(centred, places(clusters))


def _checked(differences: Array) -> Array:
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 2 or min(values.shape) < 2 or not np.isfinite(values).all():  # noqa: PLR2004
        raise StatisticsError("a crossed test needs finite differences, at least (2, 2)")
    return values
