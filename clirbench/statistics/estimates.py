"""What is estimated of a comparison without drawing anything: the difference, its errors, its tests."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from clirbench.statistics.crossed import crossed_error
from clirbench.statistics.design import Design
from clirbench.statistics.families import Member, PlannedFamily
from clirbench.statistics.sample import Sample, Units
from clirbench.statistics.seeds import SeedVariance, seed_variance
from clirbench.statistics.streams import Array
from clirbench.statistics.ttest import VANISHING, StandardError, TTest, standard_error, t_test
from clirbench.statistics.wilcoxon import wilcoxon

__all__ = ["Estimate", "Place", "estimate_all", "statistics_of", "unit_scores"]


class Place(NamedTuple):
    """Indices of a comparison's scope and methods."""

    scope: int
    first: int
    second: int


class Estimate(NamedTuple):
    """A difference of two methods."""

    at: Place
    runs: int
    """Seeds that its topic scores are means of; 1 if neither method is trained."""
    difference: float
    influences: tuple[Array, ...]
    """For each stratum, (u,): what each unit's deviation adds to the difference."""
    error: StandardError | None
    """Over units, which are clusters of topics; None for a single one."""
    t: TTest
    seed_error: StandardError | None
    """Over topics and seeds; None with a single run."""
    seeds: SeedVariance | None
    """Of the difference by seed; None where `seed_error` is."""
    crossed: TTest
    p: float | None
    """Of the design's test; None where it is the randomisation test, or is not defined."""


def estimate_all(
    sample: Sample,
    units: Sequence[tuple[Units, ...]],
    design: Design,
    families: Sequence[PlannedFamily],
    missing: Collection[Member],
) -> dict[Member, Estimate]:
    """Estimate every comparison that can be made; `units` are those of each scope."""
    names = [method.name for method in design.methods]
    scopes = [scope.name for scope in design.scopes]
    size = max((float(np.abs(stratum.runs).max()) for stratum in sample.strata), default=0.0)
    found = {}
    for family in families:
        for member in family.members:
            if member in missing:
                continue
            at = Place(
                scopes.index(member.on), names.index(member.first), names.index(member.second)
            )
            found[member] = _estimate(at, sample, units[at.scope], design, size)
    return found


def statistics_of(estimates: Mapping[Member, Estimate]) -> dict[Member, float]:
    """Give for each p that is not of the randomisation test what has that p in a paired t-test.

    The statistic is sum d / sqrt(sum d^2) of n = df + 1 differences, sqrt(n) t / sqrt(df + t^2): what
    sign flips are compared by (`flips`).
    """
    from scipy.special import stdtrit

    found = {}
    for member, one in estimates.items():
        if one.p is not None and one.error is not None:
            t, df = float(stdtrit(one.error.df, 1 - one.p / 2)), one.error.df
            found[member] = ((df + 1) / (df / t**2 + 1)) ** 0.5 if t else 0.0
    return found


def unit_scores(units: Sequence[Units], method: int) -> Array:
    """What each unit adds to a method's macro mean, (u,)."""
    return np.concatenate([stratum.parts[:, method] for stratum in units])


def _estimate(
    at: Place, sample: Sample, units: Sequence[Units], design: Design, size: float
) -> Estimate:
    deltas = unit_scores(units, at.first) - unit_scores(units, at.second)
    difference = float(deltas.sum())
    if abs(difference) <= VANISHING * size:
        difference = 0.0
    influences = tuple(one.influence[:, at.first] - one.influence[:, at.second] for one in units)
    error = standard_error(influences)
    t = t_test(difference, error, size=size)
    runs = max(sample.sizes[at.first], sample.sizes[at.second])
    seed_error, seeds, crossed = None, None, TTest(None, 0.0, None, "a single run")
    if runs > 1:
        if error is not None:
            first, second = sample.columns(at.first), sample.columns(at.second)
            # An untrained method's one run stands against each seed's.
            by_language = [one.languages[:, first] - one.languages[:, second] for one in units]
            by_topic = [one.runs[:, first] - one.runs[:, second] for one in units]
            seeds = seed_variance(np.concatenate(by_language))
            seed_error = crossed_error(error, seeds, by_topic)
        crossed = t_test(difference, seed_error, size=size)
    p = None
    if design.test == "crossed":
        p = crossed.p
    elif design.test == "t":
        p = t.p
    elif design.test == "wilcoxon":
        ranks = wilcoxon(deltas)
        # A claim is of means: ranks that point the other way are no evidence for it.
        p = ranks.p if ranks.balance * difference > 0 else 1.0
    return Estimate(at, runs, difference, influences, error, t, seed_error, seeds, crossed, p)
