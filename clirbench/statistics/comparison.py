"""The comparison of all methods by one measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from clirbench.statistics.corrections import adjust
from clirbench.statistics.design import Design
from clirbench.statistics.families import Member, PlannedFamily, planned_families
from clirbench.statistics.means import method_means, method_profiles, why_missing
from clirbench.statistics.pairwise import Evidence, compare_two, gather
from clirbench.statistics.results import Comparison, Comparisons, Family, MissingComparison
from clirbench.statistics.scores import Scores

__all__ = ["compare"]


def compare(
    scores: Scores, *, design: Design, families: Sequence[PlannedFamily] | None = None
) -> Comparisons:
    """Compare all methods as the design says.

    Methods are paired by topic and, where both are trained, by seed; topics and seeds are both taken
    for samples. Means over several languages weigh each language the same.

    Args:
        scores: of one measure.
        design: what is compared and how.
        families: what is compared with what; None: the design's families.

    Raises:
        StatisticsError: scores for a method, pair or seed that the design lacks, or topics that are
            said to be translations of each other and are not.
    """
    scores = scores.on_axes(
        methods=[method.name for method in design.methods],
        pairs=[pair.name for pair in design.pairs],
        seeds=design.seeds,
        untrained=[method.name for method in design.methods if not method.trained],
    )
    if families is None:
        families = planned_families(design, scores.measure)
    missing = {
        member: why
        for family in families
        for member in family.members
        if (why := why_missing(scores, (member.first, member.second), design.scope(member.on)))
    }
    evidence = gather(scores, design, families, missing)
    made = {family.name: _compare_family(family, missing, evidence, design) for family in families}
    lost = {family.name: _lost(family, missing) for family in families}
    primary: tuple[Comparison | MissingComparison, ...] = (
        *made.get("primary", ()),
        *lost.get("primary", ()),
    )
    means = method_means(scores, design, evidence.units, evidence.topics)
    return Comparisons(
        measure=scores.measure,
        design=design,
        primary=primary[0] if primary else None,
        comparisons=tuple(one for name in made if name != "primary" for one in made[name]),
        missing=tuple(one for name in lost if name != "primary" for one in lost[name]),
        families=tuple(
            Family(
                name=family.name,
                label=family.label,
                size=len(family.members),
                missing=len(lost[family.name]),
            )
            for family in families
        ),
        means=means,
        profiles=method_profiles(means, design, evidence.topics, evidence.seeded),
        missing_cells=scores.missing(),
        cluster=scores.cluster,
    )


def _compare_family(
    family: PlannedFamily, missing: Mapping[Member, str], evidence: Evidence, design: Design
) -> tuple[Comparison, ...]:
    made = [
        compare_two(member, family, evidence, design)
        for member in family.members
        if member not in missing
    ]
    if family.name == "primary":
        return tuple(made)
    if design.correction == "maxt":
        adjusted = evidence.flipped.adjusted[family.name]
    else:
        p = [one.p for one in made]
        adjusted = adjust(p, design.correction, size=len(family.members))
    return tuple(
        replace(one, p_adjusted=max(one.p, p)) for one, p in zip(made, adjusted, strict=True)
    )


def _lost(family: PlannedFamily, missing: Mapping[Member, str]) -> tuple[MissingComparison, ...]:
    return tuple(
        MissingComparison(
            first=member.first,
            second=member.second,
            on=member.on,
            family=family.name,
            why=missing[member],
        )
        for member in family.members
        if member in missing
    )
