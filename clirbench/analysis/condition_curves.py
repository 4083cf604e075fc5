"""Curves over conditions: each method's mean on topics that are perturbed more, or with more bitext."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING

from clirbench.analysis.conditions import Condition, read_conditions
from clirbench.analysis.robustness import PERTURBED
from clirbench.analysis.sweep import SWEPT, pairs_used
from clirbench.results.folder import Folder

if TYPE_CHECKING:
    from clirbench.analysis.focus import Focus
    from clirbench.spec.model import Hypothesis
    from clirbench.statistics import Comparisons, MethodMean
    from clirbench.statistics.design import Scope

__all__ = [
    "COLUMNS",
    "SWEEP_COLUMNS",
    "Curves",
    "drawn",
    "mean_on",
    "robustness_curves",
    "robustness_rows",
    "scope_of",
    "sweep_curves",
    "sweep_rows",
]

COLUMNS = (
    "perturbation",
    "severity",
    "pair",
    "method",
    "mean",
    "low",
    "high",
    "lost",
    "lost_low",
    "lost_high",
    "versus",
    "difference",
    "p",
    "p_adjusted",
    "rbo",
    "harmed",
    "gap_closed",
)
"""Of `robustness_rows`."""
SWEEP_COLUMNS = (
    "axis",
    "value",
    "sentences",
    "pair",
    "method",
    "mean",
    "low",
    "high",
    "versus",
    "difference",
    "difference_low",
    "difference_high",
    "p",
    "p_adjusted",
    "lost",
    "lost_low",
    "lost_high",
    "lost_more",
    "lost_more_low",
    "lost_more_high",
    "lost_more_p",
    "lost_more_p_adjusted",
    "harmed",
    "gap_closed",
)
"""Of `sweep_rows`."""
_FEW = 5
"""With more methods than these, a chart that draws all of them hides the two of the focus."""
_ACROSS = MappingProxyType({"pairs": "sentence pairs used", "mispaired": "share mis-paired"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """The methods' curves under one perturbation, or on one axis of a sweep."""

    name: str
    across: str
    """What the places are."""
    log: bool = False
    """Whether the places lie on a logarithmic axis."""
    measure: str
    pairs: tuple[str, ...]
    """That the means are over."""
    methods: Mapping[str, tuple[tuple[float, MethodMean], ...]]
    """Method to places on the axis, each with its mean; those without a mean are left out."""


def robustness_curves(
    conditions: Sequence[Condition], claim: Hypothesis | None
) -> tuple[Curves, ...]:
    """Give the curves of each way to perturb topics, over the pairs that the question is about.

    The places are shares of words, the first of them 0.
    """
    found = []
    for _, group in groupby(conditions, lambda one: one.name):
        own = [one for one in group if one.value is not None]
        places = [float(one.value or 0.0) for one in own]
        found.append(_curves(own, places, scope_of(own, claim), "share of words"))
    return tuple(found)


def sweep_curves(results: Folder, conditions: Sequence[Condition]) -> tuple[Curves, ...]:
    """Give the curves of each axis of a sweep: for the pairs that the question is about, and for each pair.

    The places are sentence pairs used, of several languages their mean, or shares of mis-paired ones.
    Domains and translators have no order, and so no curve; nor has an axis of which one place is done.
    """
    claim, found = results.suite.hypothesis, []
    for axis, group in groupby(conditions, lambda one: one.name):
        own = list(group)
        if axis not in _ACROSS:
            continue
        asked, alone = scope_of(own, claim), own[0].scores.design.scopes
        scopes = [asked, *(each for each in alone if len(each.pairs) == 1 and each != asked)]
        for scope in scopes:
            places = [_place(results, one, scope) for one in own]
            known = [(one, x) for one, x in zip(own, places, strict=True) if x is not None]
            conditions, where = [one for one, _ in known], [x for _, x in known]
            found.append(_curves(conditions, where, scope, _ACROSS[axis]))
    return tuple(each for each in found if any(len(points) > 1 for points in each.methods.values()))


def _place(results: Folder, one: Condition, scope: Scope) -> float | None:
    value = str(one.value)
    if one.name != "pairs":
        return float(value)
    used = [pairs_used(results, pair, value) for pair in scope.pairs]
    known = [count for count in used if count is not None]
    return sum(known) / len(known) if len(known) == len(used) else None


def _curves(
    conditions: Sequence[Condition], places: Sequence[float], scope: Scope, across: str
) -> Curves:
    """Each method's means; of conditions at the same place, which learn from the same, the first counts."""
    first = conditions[0] if conditions else None
    methods: dict[str, tuple[tuple[float, MethodMean], ...]] = {}
    for role in first.scores.design.methods if first else ():
        points: dict[float, MethodMean] = {}
        for one, place in zip(conditions, places, strict=True):
            mean = mean_on(one.scores, role.name, scope)
            if mean is not None and mean.mean is not None:
                points.setdefault(place, mean)
        if points:
            methods[role.name] = tuple(points.items())
    return Curves(
        name=first.name if first else "",
        across=across,
        log=across == _ACROSS["pairs"],
        measure=first.scores.measure if first else "",
        pairs=scope.pairs,
        methods=methods,
    )


def drawn(curves: Curves, focus: Focus | None) -> dict[str, bool]:
    """Say which methods a chart draws, and whether with intervals.

    All, with intervals; of many only the two of the focus have them, and a method whose whole curve lies
    beyond these intervals is left out.
    """
    methods = curves.methods
    if focus is None or len(methods) <= _FEW:
        return dict.fromkeys(methods, True)
    asked = {focus.first, focus.second}
    own = [one for name in asked for _, one in methods.get(name, ())]
    ends = [end for one in own for end in one.interval or ()]
    low, high = min(ends, default=-math.inf), max(ends, default=math.inf)
    return {
        method: method in asked
        for method, points in methods.items()
        if method in asked or any(low <= (one.mean or 0.0) <= high for _, one in points)
    }


def scope_of(conditions: Sequence[Condition], claim: Hypothesis | None) -> Scope:
    """Where the question is asked; all pairs that can be varied so, if its own are not among them.

    Args:
        conditions: of one way to perturb topics, or of one axis.
        claim: the question.
    """
    design = conditions[0].scores.design
    groups = {group.name for group in (*design.groups, *design.scopes)}
    return design.scope(claim.on if claim and claim.on in groups else "all")


def mean_on(comparisons: Comparisons, method: str, scope: Scope) -> MethodMean | None:
    """A method's mean over just the pairs of a scope; None where it was not searched on all of them."""
    for one in comparisons.means:
        if (one.method, one.on) == (method, scope.name):
            return one if comparisons.design.scope(one.on).pairs == scope.pairs else None
    return None


def robustness_rows(results: Folder) -> Iterator[tuple[object, ...]]:
    """Give the `COLUMNS` of each way, severity, pair or macro mean, and method; None: not known.

    Raises:
        DataError: the file of robustness is damaged.
    """
    for one in read_conditions(results, PERTURBED):
        compared = {(each.first, each.on): each for each in one.losses.comparisons}
        for mean in one.scores.means:
            lost = one.losses.mean(mean.method, mean.on)
            test = compared.get((mean.method, mean.on))
            yield (
                one.name,
                one.value,
                mean.on,
                mean.method,
                mean.mean,
                *(mean.interval or (None, None)),
                lost.mean,
                *(lost.interval or (None, None)),
                *(
                    (one.reference, test.difference, test.p, test.p_adjusted)
                    if test
                    else (None,) * 4
                ),
                one.overlap and one.overlap.mean(mean.method, mean.on).mean,
                one.harmed and one.harmed.mean(mean.method, mean.on).mean,
                mean.gap_closed,
            )


def sweep_rows(results: Folder) -> Iterator[tuple[object, ...]]:
    """Give the `SWEEP_COLUMNS` of each axis, value, pair or macro mean, and method; None: not known.

    Raises:
        DataError: the file of the sweep is damaged.
    """
    for one in read_conditions(results, SWEPT):
        pairs = {pair.name for pair in one.scores.design.pairs}
        for mean in one.scores.means:
            lost = one.losses.mean(mean.method, mean.on)
            told = one.name == "pairs" and mean.on in pairs
            yield (
                one.name,
                one.value,
                pairs_used(results, mean.on, str(one.value)) if told else None,
                mean.on,
                mean.method,
                mean.mean,
                *(mean.interval or (None, None)),
                one.reference,
                *_compared(one.scores, mean),
                lost.mean,
                *(lost.interval or (None, None)),
                *_compared(one.losses, mean),
                one.harmed and one.harmed.mean(mean.method, mean.on).mean,
                mean.gap_closed,
            )


def _compared(comparisons: Comparisons, mean: MethodMean) -> tuple[float | None, ...]:
    """How a method differs from the reference: difference, ends of its interval, p, p adjusted."""
    for one in comparisons.comparisons:
        if (one.first, one.on) == (mean.method, mean.on):
            ends = one.claimed_interval or (None, None)
            return one.difference, *ends, one.p, one.p_adjusted
    return (None,) * 5
