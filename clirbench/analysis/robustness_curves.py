"""Curves over severity: each method's mean on topics that are perturbed more and more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from clirbench.analysis.robustness import Condition

if TYPE_CHECKING:
    from clirbench.spec.model import Hypothesis
    from clirbench.statistics import Comparisons, MethodMean
    from clirbench.statistics.design import Scope

__all__ = [
    "COLUMNS",
    "RobustnessCurves",
    "mean_on",
    "robustness_curves",
    "robustness_rows",
    "scope_of",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustnessCurves:
    """The methods' curves under one way to perturb topics."""

    perturbation: str
    measure: str
    pairs: tuple[str, ...]
    """That the means are over."""
    methods: Mapping[str, tuple[tuple[float, MethodMean], ...]]
    """Method to severities, the first of them 0, each with its mean; those without a mean are left out."""


def robustness_curves(
    conditions: Sequence[Condition], claim: Hypothesis | None
) -> tuple[RobustnessCurves, ...]:
    """Give the curves of each way to perturb topics, over the pairs that the question is about."""
    found = []
    for name, group in groupby(conditions, lambda one: one.perturbation):
        own = list(group)
        scope = scope_of(own, claim)
        methods = {
            role.name: tuple(
                (one.severity, mean)
                for one in own
                if one.severity is not None
                and (mean := mean_on(one.scores, role.name, scope)) is not None
                and mean.mean is not None
            )
            for role in own[0].scores.design.methods
        }
        found.append(
            RobustnessCurves(
                perturbation=name,
                measure=own[0].scores.measure,
                pairs=scope.pairs,
                methods={method: points for method, points in methods.items() if points},
            )
        )
    return tuple(found)


def scope_of(conditions: Sequence[Condition], claim: Hypothesis | None) -> Scope:
    """Where the question is asked; all pairs that can be perturbed so, if its own are not among them.

    Args:
        conditions: of one way to perturb topics; the first is of topics as they are.
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


def robustness_rows(conditions: Sequence[Condition]) -> Iterator[tuple[object, ...]]:
    """Give the `COLUMNS` of each way, severity, pair or macro mean, and method; None: not known."""
    for one in conditions:
        compared = {(each.first, each.on): each for each in one.losses.comparisons}
        for mean in one.scores.means:
            lost = one.losses.mean(mean.method, mean.on)
            test = compared.get((mean.method, mean.on))
            yield (
                one.perturbation,
                one.severity,
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
