"""Tables of what perturbed topics cost each method."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from clirbench.analysis.condition_curves import mean_on, scope_of
from clirbench.analysis.conditions import HARMED, Condition, read_conditions
from clirbench.analysis.robustness import PERTURBED
from clirbench.report.condition_table import (
    MISSING,
    ConditionTable,
    compared_on,
    ends,
    mark_of,
    signed,
)
from clirbench.report.notes import BETTER, WORSE
from clirbench.results.folder import Folder
from clirbench.statistics import mean_name, number, percentage

if TYPE_CHECKING:
    from clirbench.spec.model import Hypothesis
    from clirbench.statistics.design import Scope

__all__ = ["robustness_tables", "tables_of"]


def robustness_tables(results: Folder) -> Iterator[tuple[ConditionTable, ...]]:
    """Give two tables for each way in which topics were perturbed: what is lost, and what else changes.

    Means are over the pairs that the question is about.

    Raises:
        DataError: the file of robustness is damaged.
    """
    yield from tables_of(read_conditions(results, PERTURBED), results.suite.hypothesis)


def tables_of(
    conditions: Sequence[Condition], claim: Hypothesis | None
) -> Iterator[tuple[ConditionTable, ...]]:
    """As `robustness_tables`, of conditions that are read already."""
    for _, group in groupby(conditions, lambda one: one.name):
        own = list(group)
        yield _table(own, claim), _further(own, claim)


def _table(conditions: Sequence[Condition], claim: Hypothesis | None) -> ConditionTable:
    scope = scope_of(conditions, claim)
    steps = [one for one in conditions if one.value is not None]
    area = next((one for one in conditions if one.value is None), None)
    shown = area or steps[-1]
    columns = [_share(one) for one in steps]
    if area:
        columns.append("area")
    columns += [f"lost{' by area' if area else ''}", "95 % CI", "share lost"]
    entries = [*steps, *([area] if area else [])]
    rows = [
        (role.name, tuple(_row(role.name, scope, entries)))
        for role in steps[0].scores.design.methods
    ]
    measure = mean_name(shown.scores.measure)
    return ConditionTable(
        title=f"{shown.name}: {measure} by share of words, {', '.join(scope.pairs)}",
        columns=tuple(columns),
        rows=tuple(rows),
        notes=tuple(_notes(shown, area is not None)),
    )


def _row(method: str, scope: Scope, conditions: Sequence[Condition]) -> Iterator[str]:
    """A mean for each condition; then what is lost in the last."""
    found = [mean_on(one.scores, method, scope) for one in conditions]
    means = [mean.mean if mean else None for mean in found]
    yield from (signed(mean, sign=False) for mean in means)
    shown, plain = conditions[-1], means[0]
    loss = mean_on(shown.losses, method, scope)
    lost = loss.mean if loss else None
    alpha = shown.losses.design.alpha
    yield signed(lost) + mark_of(compared_on(shown.losses, method, scope), alpha, low=True)
    yield ends(loss.interval if loss else None)
    yield percentage(lost / plain) if plain and lost is not None else MISSING


def _further(conditions: Sequence[Condition], claim: Hypothesis | None) -> ConditionTable:
    """What changes from the topics as they are to those of the largest severity, beside the mean."""
    scope = scope_of(conditions, claim)
    first, last = conditions[0], [one for one in conditions if one.value is not None][-1]
    rows = [
        (role.name, tuple(_changes(role.name, scope, first, last)))
        for role in first.scores.design.methods
    ]
    return ConditionTable(
        title=f"{last.name} at {_share(last)}: rankings, languages, gaps, {', '.join(scope.pairs)}",
        columns=("RBO", HARMED, "gap closed", "worst language", "high − low"),
        rows=tuple(rows),
        notes=(
            (
                "RBO: rank-biased overlap of a topic's ranking with that of the unperturbed "
                "topic, p = 0.9; 1: identical. Cells a → b: unperturbed topics, then perturbed "
                "ones."
            ),
            (
                f"{HARMED}: share of topics that score below zero-shot on the unperturbed "
                "topics. Gap closed: of the gap from zero-shot to the oracle, with zero-shot on "
                "the same perturbed topics. Worst language, high − low: over all pairs."
            ),
        ),
    )


def _changes(method: str, scope: Scope, first: Condition, last: Condition) -> Iterator[str]:
    overlap = mean_on(last.overlap, method, scope) if last.overlap else None
    yield signed(overlap.mean if overlap else None, sign=False)
    harmed = [mean_on(one.harmed, method, scope) if one.harmed else None for one in (first, last)]
    yield _change(percentage(one.mean) if one and one.mean is not None else None for one in harmed)
    means = [mean_on(one.scores, method, scope) for one in (first, last)]
    yield _change(
        percentage(one.gap_closed) if one and one.gap_closed is not None else None for one in means
    )
    profiles = [
        next((p for p in one.scores.profiles if p.method == method), None) for one in (first, last)
    ]
    worst = [own and own.worst for own in profiles]
    yield _change(f"{one.pair} {number(one.mean)}" if one else None for one in worst)
    gaps = [own.high_minus_low if own else None for own in profiles]
    yield _change(None if gap is None else number(gap, sign=True) for gap in gaps)


def _share(one: Condition) -> str:
    return f"{float(one.value or 0.0):g}"


def _change(ends: Iterable[str | None]) -> str:
    texts = [text or MISSING for text in ends]
    return MISSING if set(texts) == {MISSING} else " → ".join(texts)


def _notes(shown: Condition, area: bool) -> Iterator[str]:  # noqa: FBT001
    losses = shown.losses
    yield (
        "0: unperturbed topics. Lost: the mean over topics of the score minus that on the "
        f"perturbed topic{', averaged over severities by the area under the curve' * area}; CI "
        "over topics, for these runs only. Share lost: of the score on unperturbed topics."
    )
    if shown.reference and losses.families:
        test = "t-test over topics and seeds; untrained methods: randomisation test over topics"
        yield (
            f"{BETTER}{WORSE}: loses significantly less, more than {shown.reference} at "
            f"{losses.design.alpha:g}. Test: {test}. Family: {losses.families[0].label}, adjusted "
            f"by {losses.design.correction.capitalize()}."
        )
