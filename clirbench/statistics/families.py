"""Which comparisons are made, and which of them answer for one another.

The suite's hypothesis is tested alone. Every other comparison belongs to a family that is fixed by
the design before a score is seen: each pair of methods that are not the oracle, on each language
pair (`pairs`) and on each macro mean (`macro`). Zero-shot counts among the methods: whether training
helps at all is a claim like any other. All pairs, rather than each method against one, because the
table marks any two methods that differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from clirbench.statistics.design import Design, Scope
from clirbench.wording import counted

__all__ = ["Member", "PlannedFamily", "planned_families"]

_CORRECTIONS = {
    "holm": "Holm",
    "bonferroni": "Bonferroni",
    "bh": "Benjamini-Hochberg (exploratory)",
    "maxt": "step-down maxT",
}


class Member(NamedTuple):
    """A planned comparison."""

    first: str
    second: str
    on: str
    """Name of the scope."""


class PlannedFamily(NamedTuple):
    """A family before its scores."""

    name: str
    label: str
    members: tuple[Member, ...]


def planned_families(design: Design, measure: str) -> tuple[PlannedFamily, ...]:
    """Plan the comparisons of one measure: `primary` where it is the hypothesis's, `pairs`, `macro`.

    A family without members is left out.
    """
    primary = _primary(design, measure)
    pairs = [scope for scope in design.scopes if len(scope.pairs) == 1]
    groups = [scope for scope in design.scopes if len(scope.pairs) > 1]
    planned = [
        PlannedFamily("primary", f"the hypothesis, {measure}: 1 comparison, not adjusted", primary),
        _family(
            "pairs",
            pairs,
            where=counted(len(pairs), "language pair"),
            design=design,
            measure=measure,
            apart=primary,
        ),
        _family(
            "macro",
            groups,
            where=f"the macro mean{'s' * (len(groups) > 1)} over {_listed([g.name for g in groups])}",
            design=design,
            measure=measure,
            apart=primary,
        ),
    ]
    return tuple(family for family in planned if family.members)


def _primary(design: Design, measure: str) -> tuple[Member, ...]:
    claim = design.hypothesis
    if claim is None or claim.measure != measure:
        return ()
    return (Member(claim.better, claim.than, design.scope(claim.on).name),)


def _family(
    name: str,
    scopes: Sequence[Scope],
    *,
    where: str,
    design: Design,
    measure: str,
    apart: Sequence[Member],
) -> PlannedFamily:
    taken = {(frozenset(one[:2]), one.on) for one in apart}
    every = [Member(*pair, scope.name) for scope in scopes for pair in design.method_pairs]
    members = tuple(one for one in every if (frozenset(one[:2]), one.on) not in taken)
    methods = len({method for pair in design.method_pairs for method in pair})
    pairs = len(design.method_pairs)
    label = (
        f"{'the one pair' if pairs == 1 else f'all {pairs} pairs'} of {methods} methods x {where}"
        f"{', the hypothesis apart' if len(members) < len(every) else ''}, {measure}: "
        f"{counted(len(members), 'comparison')}, {_CORRECTIONS[design.correction]}"
    )
    return PlannedFamily(name, label, members)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
