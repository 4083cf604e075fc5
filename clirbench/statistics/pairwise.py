"""The comparison of two methods on one language or group."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from clirbench.statistics.bootstrap import (
    Interval,
    acceleration,
    bca_interval,
    bootstrap_means,
    expanded,
    percentile_interval,
)
from clirbench.statistics.design import Design
from clirbench.statistics.effects import relative_change, standardised, tally
from clirbench.statistics.estimates import Estimate, estimate_all, statistics_of
from clirbench.statistics.families import Member, PlannedFamily
from clirbench.statistics.flips import Flipped, flip
from clirbench.statistics.results import Comparison, undefined
from clirbench.statistics.sample import Units, arrange, over_scopes, scope_pairs
from clirbench.statistics.scores import Scores
from clirbench.statistics.streams import Array
from clirbench.statistics.tost import shares_by_margin
from clirbench.statistics.ttest import VANISHING, StandardError, margin_of_error

__all__ = ["Evidence", "compare_two", "gather"]


class Evidence(NamedTuple):
    """What every comparison is made from."""

    units: tuple[tuple[Units, ...], ...]
    """Of each scope."""
    estimates: Mapping[Member, Estimate]
    flipped: Flipped
    topics: Array
    """(S, M, R): means under resampled topics."""
    seeded: Array
    """(P, M, R): means of pairs under resampled topics and seeds; R is 0 for a single pair."""
    size: float
    """Largest absolute score: what is far smaller is rounding."""


def gather(
    scores: Scores,
    design: Design,
    families: Sequence[PlannedFamily],
    missing: Collection[Member],
) -> Evidence:
    """Estimate, flip and resample everything once; `scores` are on the design's axes."""
    sample = arrange(scores, design)
    scopes = scope_pairs(design)
    units = tuple(sample.units(pairs) for pairs in scopes)
    estimates = estimate_all(sample, units, design, families, missing)
    statistics = statistics_of(estimates) if design.correction == "maxt" else {}
    drawn = bootstrap_means(sample, resamples=design.resamples, seed=design.seed)
    seeded = drawn[..., :0]
    if len(design.pairs) > 1:
        seeded = bootstrap_means(
            sample, resamples=design.resamples, seed=design.seed, with_seeds=True
        )
    return Evidence(
        units=units,
        estimates=estimates,
        flipped=flip(sample, design, units, families, missing, statistics=statistics),
        topics=over_scopes(drawn, scopes),
        seeded=seeded,
        size=max((float(np.abs(stratum.runs).max()) for stratum in sample.strata), default=0.0),
    )


def compare_two(
    member: Member, family: PlannedFamily, evidence: Evidence, design: Design
) -> Comparison:
    """Compare the two methods of `member`; its p is not yet adjusted."""
    found = evidence.estimates[member]
    units, size, difference = evidence.units[found.at.scope], evidence.size, found.difference
    first, second = (
        np.concatenate([one.topics[:, method] for one in units]) for method in found.at[1:]
    )
    clusters = sum(len(one.parts) for one in units)
    claimed = found.error
    if design.test == "crossed" and found.seed_error is not None:
        claimed = found.seed_error
    shares = None
    if claimed is not None and design.smallest_effect is not None:
        shares = shares_by_margin(difference, claimed, design.smallest_effect, size=size)
    interval = seed_interval = None
    if found.error is not None:
        interval = _topic_interval(found, found.error, evidence, design)
        if found.seed_error is not None:
            margin = margin_of_error(found.seed_error, confidence=1 - design.alpha)
            seed_interval = _ends(difference - margin, difference + margin, size)
    relative = relative_change(float(first.sum()), float(second.sum()))
    d_z = standardised(difference, found.error, clusters, size=size)
    flips = evidence.flipped.test(*found.at)
    p = flips.p if found.p is None else found.p
    single = "a single topic has no variance"
    return Comparison(
        first=member.first,
        second=member.second,
        on=member.on,
        languages=len(design.scope(member.on).pairs),
        topics=len(first),
        clusters=clusters,
        seeds=found.runs,
        first_mean=float(first.sum()),
        second_mean=float(second.sum()),
        difference=difference,
        interval=interval,
        seed_interval=seed_interval,
        p=p,
        test="randomisation" if found.p is None else design.test,
        p_randomisation=flips.p,
        exact=flips.exact,
        patterns=flips.patterns,
        t=found.t.t,
        p_t=found.t.p,
        p_crossed=found.crossed.p,
        df=None if found.seeds is None else found.crossed.df,
        seed_sd=None if found.seeds is None else found.seeds.variance**0.5,
        seed_df=None if found.seeds is None else found.seeds.df,
        p_equivalent=None if shares is None else shares.p_equivalent,
        shares=shares,
        p_adjusted=p,
        family=family.name,
        family_size=len(family.members),
        relative=relative,
        standardised=d_z,
        tally=tally(first, second),
        undefined=undefined(
            [
                ("interval", interval, single),
                ("seed_interval", seed_interval, "a single run" if found.runs == 1 else single),
                ("t", found.t.t, found.t.why),
                ("p_t", found.t.p, found.t.why),
                ("p_crossed", found.crossed.p, found.crossed.why),
                ("p_equivalent", shares, _why_no_equivalence(design, found.t.why)),
                ("shares", shares, _why_no_equivalence(design, found.t.why)),
                ("relative", relative, "the second mean is 0"),
                ("standardised", d_z, found.t.why),
            ]
        ),
    )


def _topic_interval(
    found: Estimate, error: StandardError, evidence: Evidence, design: Design
) -> Interval:
    scope, first, second = found.at
    drawn = (evidence.topics[scope, first] - evidence.topics[scope, second])[None]
    if design.interval == "percentile":
        ends = percentile_interval(drawn, expanded(1 - design.alpha, error.df))
    else:
        skew = acceleration([e[:, None] for e in found.influences])
        ends = bca_interval(drawn, np.array([found.difference]), skew, 1 - design.alpha)
    low, high = ends[0]
    return _ends(low, high, evidence.size)


def _ends(low: float, high: float, size: float) -> Interval:
    """Round to 12 decimals: those beyond change with the number of threads of a matrix product."""
    return Interval(_snapped(round(float(low), 12), size), _snapped(round(float(high), 12), size))


def _snapped(value: float, size: float) -> float:
    """Take for 0 what is only rounding."""
    return 0.0 if abs(value) <= VANISHING * size else value


def _why_no_equivalence(design: Design, why: str) -> str:
    if design.smallest_effect is None:
        return "the design names no smallest effect"
    return why or "the differences do not vary"
