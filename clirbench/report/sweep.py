"""Tables and sentences of what the methods make of other bitexts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING

from clirbench.analysis.condition_curves import mean_on, scope_of
from clirbench.analysis.conditions import Condition, read_conditions
from clirbench.analysis.sweep import SWEPT, own_values, pairs_used
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
from clirbench.statistics import mean_name, name_of_tests, p_value
from clirbench.wording import listed

if TYPE_CHECKING:
    from clirbench.statistics import Comparison, MethodRole
    from clirbench.statistics.design import Scope

__all__ = ["sweep_lines", "sweep_tables"]

_TITLES = MappingProxyType(
    {
        "pairs": "sentence pairs at most",
        "mispaired": "share of mis-paired sentence pairs",
        "sources": "sources of the bitext",
        "translated": "translator of the English sides",
    }
)
_SHOWN = 5


def sweep_tables(
    results: Folder, conditions: Sequence[Condition] | None = None
) -> Iterator[tuple[ConditionTable, ...]]:
    """Give the tables of each axis: scores, differences from the reference, what is lost.

    Means are over the pairs that the question is about.

    Args:
        results: the folder.
        conditions: of its sweep, where they are read already.

    Raises:
        DataError: the file of the sweep is damaged.
    """
    found = read_conditions(results, SWEPT) if conditions is None else conditions
    for axis, group in groupby(found, lambda one: one.name):
        yield tuple(_tables(results, axis, list(group)))


def sweep_lines(results: Folder) -> Iterator[str]:
    """Say of each condition how the two methods of the question differ, and what each of them loses.

    Raises:
        DataError: the file of the sweep is damaged.
    """
    claim = results.suite.hypothesis
    found = read_conditions(results, SWEPT) if claim else ()
    for _, group in groupby(found, lambda one: one.name):
        own = list(group)
        scope = scope_of(own, claim)
        for one in own:
            score, lost = (
                compared_on(part, claim.better, scope) if claim else None
                for part in (one.scores, one.losses)
            )
            if score is None or claim is None or score.second != claim.than:
                continue
            text = (
                f"{one.name} = {one.value}, {scope.name}: {score.first} less {score.second} "
                f"{_difference(score)}"
            )
            if lost is not None:
                text += f"; its loss less the other's {_difference(lost)}, {_p(lost)}"
            yield f"{text}."


def _tables(
    results: Folder, axis: str, conditions: Sequence[Condition]
) -> Iterator[ConditionTable]:
    scope = scope_of(conditions, results.suite.hypothesis)
    first = conditions[0].scores
    alpha, mean = first.design.alpha, mean_name(first.measure)
    reference = next((one.reference for one in conditions if one.reference), None)
    learning = own_values(results.suite, axis)
    where = f"by {_TITLES[axis]}, {', '.join(scope.pairs)}"

    def table(
        title: str, entry: Callable[[Condition, str], str], notes: Sequence[str]
    ) -> ConditionTable:
        return ConditionTable(
            title=f"{axis}: {title} {where}",
            columns=tuple(str(one.value) for one in conditions),
            rows=tuple(
                (role.name, entries)
                for role in _methods(conditions)
                if set(entries := tuple(entry(one, role.name) for one in conditions)) != {MISSING}
            ),
            notes=tuple(notes),
        )

    def score(one: Condition, method: str) -> str:
        found = mean_on(one.scores, method, scope)
        return f"{signed(found.mean, sign=False)} {ends(found.interval)}" if found else MISSING

    def difference(one: Condition, method: str) -> str:
        found = compared_on(one.scores, method, scope)
        return _difference(found) + mark_of(found, alpha)

    def loss(one: Condition, method: str) -> str:
        found = mean_on(one.losses, method, scope)
        if method not in learning or found is None or found.mean is None:
            return MISSING
        mark = mark_of(compared_on(one.losses, method, scope), alpha, low=True)
        return f"{signed(found.mean)} {ends(found.interval)}{mark}"

    yield table(mean, score, list(_score_notes(results, axis, scope, sorted({*learning.values()}))))
    if reference:
        yield table(
            f"{mean} less that of {reference}",
            difference,
            [f"CI as of the test. {BETTER}{WORSE}: {_tested(conditions, 'scores')}"],
        )
    yield table(
        f"what is lost of {mean}",
        loss,
        list(_loss_notes(conditions, reference)),
    )


def _methods(conditions: Sequence[Condition]) -> Sequence[MethodRole]:
    """All methods that are swept: a value may lack some whose cells are not done."""
    return max((one.scores.design.methods for one in conditions), key=len)


def _p(one: Comparison) -> str:
    return f"p {p_value(one.p_adjusted)} adjusted"


def _difference(one: Comparison | None) -> str:
    return f"{signed(one.difference)} {ends(one.claimed_interval)}" if one else MISSING


def _tested(conditions: Sequence[Condition], part: str) -> str:
    """How it was tested, and in which families."""
    every = [getattr(one, part) for one in conditions]
    design = every[0].design
    sizes = {each.families[0].size for each in every if each.families}
    return (
        f"significant at {design.alpha:g}; {name_of_tests(design)}; at each value one family of "
        f"{' or '.join(map(str, sorted(sizes)))} comparisons, adjusted by {design.correction.capitalize()}."
    )


def _score_notes(results: Folder, axis: str, scope: Scope, own: Sequence[str]) -> Iterator[str]:
    yield (
        f"The suite's own value is {' or '.join(own)}, with the cells of its own table. Methods "
        "have the settings of that table; nothing was tuned again. CI over topics, for these "
        "runs only."
    )
    if axis == "pairs":
        used = [
            f"{pair} {count:,}"
            for pair in scope.pairs
            if (count := max(_sizes(results, pair), default=None)) is not None
        ]
        if used:
            yield f"Most sentence pairs that were used: {listed(used, _SHOWN)}."


def _loss_notes(conditions: Sequence[Condition], reference: str | None) -> Iterator[str]:
    yield (
        "Lost: the score in the suite's own table minus that under the condition; CI over "
        "topics, for these runs only."
    )
    if reference:
        yield f"{BETTER}{WORSE}: loses less, more than {reference}; {_tested(conditions, 'losses')}"


def _sizes(results: Folder, pair: str) -> list[int]:
    caps = results.bitext.get(pair, {})
    found = (pairs_used(results, pair, "all" if cap == "None" else cap) for cap in caps)
    return [count for count in found if count is not None]
