"""Each method's mean on every language and group, and how evenly it serves the languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from clirbench.statistics.bootstrap import (
    Interval,
    bca_interval,
    expanded,
    percentile_interval,
)
from clirbench.statistics.design import Design, Scope
from clirbench.statistics.effects import gap_closed, high_minus_low, worst_pair
from clirbench.statistics.ranks import MeanRank, mean_ranks
from clirbench.statistics.results import MethodMean, MethodProfile, undefined
from clirbench.statistics.sample import Units
from clirbench.statistics.scores import Scores
from clirbench.statistics.streams import Array
from clirbench.statistics.ttest import standard_error
from clirbench.wording import listed

__all__ = ["method_means", "method_profiles", "why_missing"]

_SHOWN = 3
"""Missing cells that a reason names; of the others it gives the number."""


def why_missing(scores: Scores, methods: Sequence[str], scope: Scope) -> str:
    """Say which cells of `methods` are missing on `scope`; empty if none is."""
    cells = [
        str(cell) for m in methods for pair in scope.pairs for cell in scores.missing_of(m, pair)
    ]
    return listed(cells, _SHOWN)


def method_means(
    scores: Scores, design: Design, units: Sequence[tuple[Units, ...]], drawn: Array
) -> tuple[MethodMean, ...]:
    """Give every method's mean on every scope.

    Args:
        scores: on the design's axes.
        design: the design.
        units: of each scope.
        drawn: (S, M, R) means under resampled topics.
    """
    means = [
        [
            _mean(scores, design, scope, index=m, units=own, drawn=resampled[m])
            for m in range(len(design.methods))
        ]
        for scope, own, resampled in zip(design.scopes, units, drawn, strict=True)
    ]
    return tuple(
        mean
        for scope, resampled in zip(means, drawn, strict=True)
        for mean in _with_gaps(scope, design, resampled)
    )


def method_profiles(
    means: Sequence[MethodMean], design: Design, drawn: Array, seeded: Array
) -> tuple[MethodProfile, ...]:
    """Summarise each method's means over the languages.

    Args:
        means: on every scope.
        design: the design.
        drawn: (S, M, R) means under resampled topics.
        seeded: (P, M, R) those of pairs, under resampled topics and seeds.
    """
    classes = [pair.resource for pair in design.pairs]
    every = len(classes)  # the scopes of single pairs come first
    place = {name: [i for i, one in enumerate(classes) if one == name] for name in ("high", "low")}

    def high_less_low(x: Array) -> Array:
        gap: Array = x[place["high"]].mean(axis=0) - x[place["low"]].mean(axis=0)
        return gap

    ranks = _ranks(means, design, seeded)
    profiles = []
    for m, method in enumerate(design.methods):
        own = [one for one in means if one.method == method.name][:every]
        known = {one.on: one.mean for one in own if one.mean is not None}
        sides = {
            name: [one.mean for i in at if (one := own[i]).mean is not None]
            for name, at in place.items()
            if all(own[i].mean is not None for i in at)
        }
        gap = high_minus_low(sides.get("high", []), sides.get("low", []))
        whole = len(known) == every
        spread = None
        if whole and every > 1:
            spread = float(np.std(list(known.values()), ddof=1))
        worst = worst_pair(known) if whole else None
        sure = all(one.interval is not None for one in own if one.mean is not None)
        resampled = drawn[:every, m] if sure else None
        profiles.append(
            MethodProfile(
                method=method.name,
                high_minus_low=gap,
                high_minus_low_interval=_interval(gap, resampled, high_less_low, design),
                worst=worst,
                worst_interval=_interval(
                    worst and worst.mean, resampled, lambda x: x.min(axis=0), design
                ),
                language_sd=spread,
                language_sd_interval=_interval(
                    spread, resampled, lambda x: x.std(axis=0, ddof=1), design
                ),
                mean_rank=ranks.get(method.name),
            )
        )
    return tuple(profiles)


def _ranks(means: Sequence[MethodMean], design: Design, seeded: Array) -> dict[str, MeanRank]:
    """Mean ranks of the methods that have all means, but for the oracle; none of one pair or method."""
    pairs = {pair.name for pair in design.pairs}
    known = {
        method.name: np.array([one.mean for one in own])
        for method in design.methods
        if method.name != design.oracle
        and (own := [one for one in means if one.method == method.name and one.on in pairs])
        and all(one.interval is not None for one in own)
    }
    if len(known) < 2 or len(pairs) < 2:  # noqa: PLR2004
        return {}
    drawn = {m.name: seeded[:, i] for i, m in enumerate(design.methods) if m.name in known}
    return mean_ranks(known, drawn, alpha=design.alpha)


def _interval(
    observed: float | None,
    resampled: Array | None,
    of: Callable[[Array], Array],
    design: Design,
) -> Interval | None:
    """Bias-corrected interval of what `of` makes from resampled means."""
    if observed is None or resampled is None:
        return None
    ends = bca_interval(of(resampled)[None], np.array([observed]), np.zeros(1), 1 - design.alpha)[0]
    return Interval(*(round(float(end), 12) for end in ends))


def _mean(
    scores: Scores,
    design: Design,
    scope: Scope,
    *,
    index: int,
    units: tuple[Units, ...],
    drawn: Array,
) -> MethodMean:
    method = design.methods[index].name
    why = why_missing(scores, [method], scope)
    mean = interval = seed_sd = None
    why_interval = why_sd = why
    if not why:
        mean = float(sum(stratum.parts[:, index].sum() for stratum in units))
        error = standard_error([stratum.influence[:, index] for stratum in units])
        if error is not None:
            confidence = expanded(1 - design.alpha, error.df)
            low, high = percentile_interval(drawn[None], confidence)[0]
            interval = Interval(round(float(low), 12), round(float(high), 12))
        why_interval = "a single topic"
        runs = np.mean([scores.values[method, pair].mean(axis=1) for pair in scope.pairs], axis=0)
        seed_sd = float(runs.std(ddof=1)) if len(runs) > 1 else None
        why_sd = "a single run"
    return MethodMean(
        method=method,
        on=scope.name,
        languages=len(scope.pairs),
        topics=sum(len(stratum.topics) for stratum in units),
        clusters=sum(len(stratum.parts) for stratum in units),
        seeds=len(scores.runs(method)),
        mean=mean,
        interval=interval,
        seed_sd=seed_sd,
        gap_closed=None,
        gap_interval=None,
        undefined=undefined(
            [
                ("mean", mean, why),
                ("interval", interval, why_interval),
                ("seed_sd", seed_sd, why_sd),
            ]
        ),
    )


def _with_gaps(means: Sequence[MethodMean], design: Design, drawn: Array) -> list[MethodMean]:
    """Put each mean of a scope between those of zero-shot and the oracle; drawn (M, R)."""
    names = [one.method for one in means]
    by_method = {one.method: one.mean for one in means}
    floor = None if design.zero_shot is None else by_method[design.zero_shot]
    ceiling = None if design.oracle is None else by_method[design.oracle]
    lowest = highest = None
    if design.zero_shot is None or design.oracle is None:
        why = "the design names no zero-shot or no oracle method"
    elif floor is None or ceiling is None:
        why = "runs of zero-shot or of the oracle are missing"
    else:
        why = "zero-shot and the oracle score the same"
        lowest, highest = (drawn[names.index(name)] for name in (design.zero_shot, design.oracle))
    found = []
    for one, resampled in zip(means, drawn, strict=True):
        gap = interval = None
        if one.mean is not None and floor is not None and ceiling is not None:
            gap = gap_closed(one.mean, floor, ceiling)
        if gap is not None and one.interval is not None and lowest is not None:
            interval = _gap_interval(gap, resampled - lowest, highest - lowest, design)
        found.append(
            replace(
                one,
                gap_closed=gap,
                gap_interval=interval,
                undefined=(
                    *one.undefined,
                    *undefined([("gap_closed", gap, why if one.mean is not None else "no mean")]),
                ),
            )
        )
    return found


def _gap_interval(gap: float, above: Array, whole: Array, design: Design) -> Interval | None:
    """Interval of a ratio of resampled differences, (R,); None if the lower one may be 0."""
    if whole.min() <= 0 <= whole.max():
        return None
    return _interval(gap, above / whole, lambda ratio: ratio, design)
