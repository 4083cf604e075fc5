"""Tables of what perturbed topics cost each method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from clirbench.analysis.robustness import Condition, read_robustness
from clirbench.report.notes import BETTER, WORSE
from clirbench.results.folder import Folder
from clirbench.statistics import mean_name, number

if TYPE_CHECKING:
    from clirbench.spec.model import Hypothesis

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
    steps = [one for one in conditions if one.severity is not None]
    worst = steps[-1]
    design = worst.scores.design
    # Not every pair can be perturbed in every way: then all that can be.
    groups = {group.name for group in (*design.groups, *design.scopes)}
    on = claim.on if claim and claim.on in groups else "all"
    pairs = design.scope(on).pairs
    name, measure = worst.perturbation, mean_name(worst.scores.measure)
    area = next((one for one in conditions if one.severity is None), None)
    shown = area or worst
    columns = ["0", *(f"{one.severity:g}" for one in steps)]
    if area:
        columns.append("area")
    columns += [f"lost{' by area' if area else ''}", "95 % CI", "share lost"]
    rows = [(role.name, tuple(_row(role.name, on, steps, area, shown))) for role in design.methods]
    return RobustnessTable(
        title=f"{name}: {measure} by share of words, {', '.join(pairs)}",
        columns=tuple(columns),
        rows=tuple(rows),
        notes=tuple(_notes(shown, area is not None)),
    )


def _row(
    method: str,
    on: str,
    steps: Sequence[Condition],
    area: Condition | None,
    shown: Condition,
) -> Iterator[str]:
    first = steps[0].scores.mean(method, on).mean, steps[0].losses.mean(method, on).mean
    plain = None if first[0] is None or first[1] is None else first[0] + first[1]
    yield _number(plain)
    for one in (*steps, *([area] if area else [])):
        yield _number(one.scores.mean(method, on).mean)
    lost = shown.losses.mean(method, on)
    mark = _mark(method, on, shown)
    yield _number(lost.mean, sign=True) + mark
    ends = lost.interval
    yield f"[{number(ends.low)}, {number(ends.high)}]" if ends else _MISSING
    yield f"{lost.mean / plain:.0%}" if plain and lost.mean is not None else _MISSING


def _mark(method: str, on: str, shown: Condition) -> str:
    """Whether a method loses significantly more than the reference, or less."""
    scope = shown.losses.design.scope(on).name
    for one in shown.losses.comparisons:
        if (one.first, one.on) == (method, scope) and one.p_adjusted <= shown.losses.design.alpha:
            return WORSE if one.difference > 0 else BETTER
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
