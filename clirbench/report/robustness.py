"""Tables of what perturbed topics cost each method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from clirbench.analysis.robustness import Condition, read_robustness
from clirbench.analysis.robustness_curves import mean_on, scope_of
from clirbench.report.notes import BETTER, WORSE
from clirbench.results.folder import Folder
from clirbench.statistics import mean_name, number

if TYPE_CHECKING:
    from clirbench.spec.model import Hypothesis
    from clirbench.statistics.design import Scope

__all__ = ["RobustnessTable", "robustness_tables"]

_MISSING = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustnessTable:
    """The methods on topics perturbed in one way, by severity."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    """Method, and its entries."""
    notes: tuple[str, ...]


def robustness_tables(results: Folder) -> Iterator[RobustnessTable]:
    """Give a table for each way in which topics were perturbed, over the pairs that the question is about.

    Raises:
        DataError: the file of robustness is damaged.
    """
    claim = results.suite.hypothesis
    for _, conditions in groupby(read_robustness(results), lambda one: one.perturbation):
        yield _table(list(conditions), claim)


def _table(conditions: Sequence[Condition], claim: Hypothesis | None) -> RobustnessTable:
    scope = scope_of(conditions, claim)
    steps = [one for one in conditions if one.severity is not None]
    area = next((one for one in conditions if one.severity is None), None)
    shown = area or steps[-1]
    columns = [f"{one.severity:g}" for one in steps]
    if area:
        columns.append("area")
    columns += [f"lost{' by area' if area else ''}", "95 % CI", "share lost"]
    entries = [*steps, *([area] if area else [])]
    rows = [
        (role.name, tuple(_row(role.name, scope, entries)))
        for role in steps[0].scores.design.methods
    ]
    measure = mean_name(shown.scores.measure)
    return RobustnessTable(
        title=f"{shown.perturbation}: {measure} by share of words, {', '.join(scope.pairs)}",
        columns=tuple(columns),
        rows=tuple(rows),
        notes=tuple(_notes(shown, area is not None)),
    )


def _row(method: str, scope: Scope, conditions: Sequence[Condition]) -> Iterator[str]:
    """A mean for each condition; then what is lost in the last."""
    found = [mean_on(one.scores, method, scope) for one in conditions]
    means = [mean.mean if mean else None for mean in found]
    yield from map(_number, means)
    shown, plain = conditions[-1], means[0]
    loss = mean_on(shown.losses, method, scope)
    lost, ends = (loss.mean, loss.interval) if loss else (None, None)
    yield _number(lost, sign=True) + _mark(method, scope, shown)
    yield f"[{number(ends.low)}, {number(ends.high)}]" if ends else _MISSING
    yield f"{lost / plain:.0%}" if plain and lost is not None else _MISSING


def _mark(method: str, scope: Scope, shown: Condition) -> str:
    """Whether a method loses significantly more than the reference, or less."""
    for one in shown.losses.comparisons:
        if (one.first, one.on) == (method, scope.name):
            significant = one.p_adjusted <= shown.losses.design.alpha
            return (WORSE if one.difference > 0 else BETTER) if significant else ""
    return ""


def _notes(shown: Condition, area: bool) -> Iterator[str]:  # noqa: FBT001
    losses = shown.losses
    yield (
        "0: the topics as they are. Lost: the mean over topics of the score less that on the perturbed "
        f"topic{', averaged over severities by the area under the curve' * area}; CI over topics, for the "
        "runs at hand. Share lost: of the score on topics as they are."
    )
    if shown.reference and losses.families:
        test = "t-test over topics and seeds where there are seeds, else randomisation test over topics"
        yield (
            f"{BETTER}{WORSE}: loses significantly less, more than {shown.reference} at "
            f"{losses.design.alpha:g} ({test}; {losses.families[0].label}, adjusted by "
            f"{losses.design.correction.capitalize()})."
        )


def _number(value: float | None, *, sign: bool = False) -> str:
    return _MISSING if value is None else number(value, sign=sign)
