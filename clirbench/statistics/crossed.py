"""The crossed t-test: topics and training seeds are both samples.

A difference of two methods on topic t by their runs of seed s is

    D_st = delta + a_s + b_t + e_st,

with independent effects of seed, of topic and of both together (crossed random effects; Clark, Journal
of Verbal Learning and Verbal Behavior, 1973). A test over topics alone takes the runs for the methods:
it leaves out var(a) / S, however many topics there are. From the mean squares of the two-way table,
with V_T, V_S, V_E = MS_topics, MS_seeds, MS_residual, each over S T,

    var(mean) = V_T + max(V_S - V_E, 0),

the ANOVA estimate, which for a whole table is also the REML one; t = mean / sqrt(var) with
Satterthwaite's degrees of freedom (Biometrics Bulletin, 1946). Where seeds show no effect this is
the paired t-test. With two or three seeds that differ more than topics do, Satterthwaite's df are too
many and the test is liberal.

In a mean over L languages the trainings of each are runs of their own, so that a seed stands for L
draws: the variance of the mean by seed is the sum of those of its parts, with up to L (S - 1) df, and not
the one that S means show with S - 1. That holds where a seed does not move the languages together, as
it may where one student learns them all. So it is tested, and the parts are summed unless F of seeds
over seeds x languages speaks against it at .25 (sometimes-pooling: Bancroft, Annals of Mathematical
Statistics, 1944). Of the sum, df are Satterthwaite's with unbiased estimates of the fourth powers in it:
with d = S - 1 for each variance v, E v^2 = (1 + 2 / d) sigma^4, which for d = 1 is three times too much.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from clirbench.errors import StatisticsError
from clirbench.statistics.bootstrap import Interval
from clirbench.statistics.clusters import cluster_sums, places
from clirbench.statistics.streams import Array
from clirbench.statistics.ttest import (
    VANISHING,
    StandardError,
    TTest,
    margin_of_error,
    standard_error,
    t_test,
)

__all__ = [
    "Components",
    "SeedVariance",
    "components",
    "crossed_error",
    "crossed_interval",
    "crossed_t",
    "seed_variance",
    "unit_components",
    "widened",
]


POOL = 0.25
"""Level of the test that speaks against languages' seed effects being independent of each other."""


class SeedVariance(NamedTuple):
    """How an estimate varies from one seed to the next, topics' share in that included."""

    variance: float
    df: float
    pooled: bool
    """Whether the languages' trainings are taken for draws of their own."""


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


def seed_variance(by_language: Array) -> SeedVariance:
    """Estimate the variance by seed of a sum over languages, each of which is trained by itself.

    Args:
        by_language: (L, S) each language's part of the estimate by each seed, S >= 2.

    Returns:
        The sum of the parts' variances with at most L (S - 1) df; that of the sums, with S - 1, for
        one language, or where seeds move languages together (F, p < .25).
    """
    from scipy.special import fdtrc

    languages, seeds = by_language.shape
    of_sums = float(by_language.sum(axis=0).var(ddof=1))
    alone = SeedVariance(of_sums, seeds - 1, pooled=False)
    if languages == 1:
        return alone
    parts = by_language.var(axis=1, ddof=1)
    total = float(parts.sum())
    interaction = (total - of_sums / languages) / (languages - 1)
    if not total:
        return alone
    common = of_sums / languages
    if common > 0 and (
        interaction <= VANISHING * total
        or fdtrc(seeds - 1, (languages - 1) * (seeds - 1), common / interaction) < POOL
    ):
        return alone
    df = (seeds + 1) * total**2 / float((parts**2).sum()) - 2
    return SeedVariance(total, min(df, languages * (seeds - 1)), pooled=True)


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
    if between <= within:
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
        raise StatisticsError("a crossed test needs two clusters of topics or more")
    return crossed_error(topics, seed_variance(values.mean(axis=1)[None]), [influence])


def _influence(values: Array, clusters: Sequence[Hashable] | None) -> Array:
    centred: Array = (values - values.mean(axis=1, keepdims=True)).T / values.shape[1]
    return centred if clusters is None else cluster_sums(centred, places(clusters))


def _checked(differences: Array) -> Array:
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 2 or min(values.shape) < 2 or not np.isfinite(values).all():  # noqa: PLR2004
        raise StatisticsError("a crossed test needs finite differences, at least (2, 2)")
    return values
