"""One method before and after: whether it changed by more than topics and seeds explain.

A build that changes nothing still trains anew: its runs are other draws of seeds, and a test over topics
alone calls that a change. With 1,000 topics, one seed and a deviation by seed of .0084 it does so for
28 cells in most builds. So both sides are samples of seeds here. With x_st the score on topic t by the
run of seed s, S_0 runs before and S_1 after,

    var(mean after - mean before) = V_T + max(V_S - V_E, 0),
    V_S = s^2 (1 / S_0 + 1 / S_1),

where V_T is the squared standard error over clusters of topics of the differences of means over seeds,
s^2 the variance by seed of a run's mean, and V_E what topics' noise from run to run adds to V_S. s^2 is
one number, with S_0 + S_1 - 2 degrees of freedom: it is the same method. Runs before and after are taken
for independent even if they have the same seeds. Where the same seed gives nearly the same run, that
errs to the safe side; where nothing changed at all, every difference is 0 and p is 1.

Two or three runs a side say too little of s for the levels that a correction over many cells asks for:
with three runs, 28 cells and a deviation of .0084, a quarter of the builds has a change by Holm where
there is none, with two runs half. Runs of the same method on other pairs help (`seed_sd_of`): the larger
of both estimates counts. With a tolerance of .01 that keeps false alarms to .05 a build, even where one
pair's deviation is four times the others'. A method without training has none: `SeedSD(0)`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clirbench.errors import StatisticsError
from clirbench.statistics.bootstrap import Interval
from clirbench.statistics.clusters import cluster_sums, places
from clirbench.statistics.crossed import widened
from clirbench.statistics.streams import Array
from clirbench.statistics.ttest import margin_of_error, standard_error, t_test

__all__ = ["Change", "SeedSD", "change_between", "seed_sd_of"]


class SeedSD(NamedTuple):
    """How much a run's mean over the topics varies with the seed."""

    sd: float
    df: float = float("inf")
    """Degrees of freedom of an estimate; infinite if the deviation is stated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The difference of one method's mean: after minus before."""

    difference: float
    topics: int
    clusters: int
    """Number of units that are drawn. Topics that belong together are one unit."""
    seeds: tuple[int, int]
    """Numbers of runs before and after."""
    seed_sd: SeedSD | None
    """Deviation by seed that the test uses: estimated from the runs, or given. None: not known."""
    interval: Interval | None
    """Confidence interval over topics and seeds."""
    p: float | None
    """Two-sided p over topics and seeds. None if seed noise is not known, or nothing varies."""
    df: float
    p_topics: float | None
    """Two-sided p of the paired t-test over topics, for these runs only. By itself it is no
    evidence of a change."""
    why: str
    """Why p is None; otherwise empty."""


def seed_sd_of(means: Iterable[Sequence[float]]) -> SeedSD | None:
    """Estimate a deviation by seed from sets of runs' means that differ by the seed alone.

    Such sets are the runs of a method on other pairs, or of each baseline in a history, in which code
    may have changed in between.

    Returns:
        The pooled estimate; None where no set has two means.
    """
    sets = [np.asarray(own, dtype=np.float64) for own in means]
    df = sum(len(own) - 1 for own in sets if len(own))
    if not df:
        return None
    squares = sum(float(((own - own.mean()) ** 2).sum()) for own in sets if len(own))
    return SeedSD((squares / df) ** 0.5, df)


def change_between(
    before: Array,
    after: Array,
    *,
    clusters: Sequence[Hashable] | None = None,
    seed_sd: SeedSD | None = None,
    confidence: float = 0.95,
) -> Change:
    """Test whether a method's mean is the same before and after; two-sided.

    Args:
        before: (S_0, n) scores of its runs on the topics.
        after: (S_1, n) scores of later runs on the same topics.
        clusters: that of each topic; None: each topic is a unit.
        seed_sd: what is known beside these runs, stated or estimated from others; the larger of it and
            of these runs' own counts.
        confidence: of the interval.

    Raises:
        StatisticsError: not finite scores on the same topics, of one run or more, or an SD below 0.
    """
    old, new = (np.asarray(one, dtype=np.float64) for one in (before, after))
    tables = old.ndim == new.ndim == 2  # noqa: PLR2004
    if not (tables and old.shape[1] == new.shape[1] and old.size and new.size):
        raise StatisticsError(
            "a change needs scores (runs, topics) before and after, on the same topics "
            f"(got {old.shape} and {new.shape})"
        )
    if not (np.isfinite(old).all() and np.isfinite(new).all()):
        raise StatisticsError("a change needs finite scores")
    if seed_sd is not None and not (seed_sd.sd >= 0 and seed_sd.df > 0):
        raise StatisticsError(
            f"the standard deviation by seed must be >= 0, with more than 0 df (got {seed_sd})"
        )
    place = places(range(old.shape[1]) if clusters is None else clusters)
    size = float(max(np.abs(old).max(), np.abs(new).max()))
    differences = new.mean(axis=0) - old.mean(axis=0)
    difference = float(differences.mean())
    topics = standard_error([cluster_sums((differences - difference) / len(place), place)])
    over_topics = t_test(difference, topics, size=size)
    known = _seed_sd(old, new, seed_sd)
    interval, p, df, why = None, None, 0.0, over_topics.why
    if known is None and not np.array_equal(old, new):
        why = "seed noise is not known: one run before, one after, and no stated deviation"
    elif topics is not None:
        error = topics
        if known is not None:
            share = 1 / len(old) + 1 / len(new)
            within = _within(old, new, place, share)
            error = widened(topics, known.sd**2 * share, known.df, within)
        tested = t_test(difference, error, size=size)
        p, df, why = tested.p, tested.df, tested.why
        margin = margin_of_error(error, confidence=confidence)
        interval = Interval(difference - margin, difference + margin)
    return Change(
        difference=difference,
        topics=len(place),
        clusters=len(set(place.tolist())),
        seeds=(len(old), len(new)),
        seed_sd=known,
        interval=interval,
        p=p,
        df=df,
        p_topics=over_topics.p,
        why=why,
    )


def _seed_sd(old: Array, new: Array, given: SeedSD | None) -> SeedSD | None:
    """The larger of what the runs show and what else is known."""
    own = seed_sd_of([side.mean(axis=1).tolist() for side in (old, new)])
    return max((one for one in (own, given) if one), key=lambda one: one.sd, default=None)


def _within(
    old: Array, new: Array, place: NDArray[np.int64], share: float
) -> list[tuple[float, float]]:
    """What topics' noise from run to run adds to the variance by seed, with its degrees of freedom.

    Nothing where each side has a single run: then it cannot be told, and nothing is subtracted.
    """
    squares, runs = 0.0, len(old) + len(new) - 2
    if not runs:
        return []
    for side in (old, new):
        centred = (side - side.mean(axis=1, keepdims=True)).T / side.shape[1]
        influence = cluster_sums(centred, place)
        squares += float(((influence - influence.mean(axis=1, keepdims=True)) ** 2).sum())
    n = len(set(place.tolist()))
    return [(n / (n - 1) * squares / runs * share, runs * (n - 1))]
