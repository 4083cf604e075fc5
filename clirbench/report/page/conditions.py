"""Charts and tables of what perturbed topics cost each method, and of what it makes of other bitexts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, cycle

from clirbench.analysis.condition_curves import Curves, drawn, robustness_curves, sweep_curves
from clirbench.analysis.conditions import read_conditions
from clirbench.analysis.focus import Focus
from clirbench.analysis.robustness import PERTURBED
from clirbench.analysis.sweep import SWEPT
from clirbench.report.condition_table import MISSING, ConditionTable
from clirbench.report.page.lines import Line, line_chart
from clirbench.report.page.training import CurveChart
from clirbench.report.robustness import tables_of
from clirbench.report.sweep import sweep_tables
from clirbench.results.folder import Folder
from clirbench.statistics import mean_name, number

__all__ = ["ConditionsPart", "conditions_parts"]

_FOCUS = ("first", "second")
_COLOURS = ("low", "medium", "high")
_DASHES = ("", "dashed", "dotted")
"""Classes of lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionsPart:
    """A section of the page: the methods under conditions of one kind."""

    key: str
    title: str
    lead: str
    charts: tuple[CurveChart, ...]
    tables: tuple[ConditionTable, ...]


def conditions_parts(results: Folder, focus: Focus | None) -> Iterator[ConditionsPart]:
    """Draw a panel for each way to perturb topics and each axis of a sweep, a line a method.

    None for a suite without.

    Raises:
        DataError: the file of robustness, or that of the sweep, is damaged.
    """
    claim = results.suite.hypothesis
    if conditions := read_conditions(results, PERTURBED):
        curves = robustness_curves(conditions, claim)
        yield ConditionsPart(
            key="robustness",
            title="Robustness",
            lead=(
                "on perturbed topics, by the share of perturbed words; at 0 the topics are "
                "unchanged"
            ),
            charts=tuple(_charts("robustness", curves, focus)),
            tables=tuple(chain.from_iterable(tables_of(conditions, claim))),
        )
    if conditions := read_conditions(results, SWEPT):
        yield ConditionsPart(
            key="sweep",
            title="Other bitexts",
            lead="after training from other bitexts, with the settings of the suite; the "
            "suite's own bitext is included",
            charts=tuple(_charts("sweep", sweep_curves(results, conditions), focus)),
            tables=tuple(chain.from_iterable(sweep_tables(results, conditions))),
        )


def _charts(section: str, found: Sequence[Curves], focus: Focus | None) -> Iterator[CurveChart]:
    for key, curves in enumerate(found):
        mean, pairs = mean_name(curves.measure), ", ".join(curves.pairs)
        shown = drawn(curves, focus)
        left_out = tuple(method for method in curves.methods if method not in shown)
        yield CurveChart(
            title=f"{curves.name}, {pairs}",
            left_out=left_out,
            drawing=line_chart(
                _lines(curves, shown, focus),
                key=f"{section}-{key}",
                title=f"{mean} with {curves.name}, on {pairs}",
                description="Each line is a method; intervals are over topics. The horizontal axis is the "
                f"{curves.across}. "
                + (f"Not drawn: {', '.join(left_out)}. " if left_out else "")
                + "The numbers are in the table below.",
                across=curves.across,
                log=curves.log,
            ),
            heads=("method", curves.across, mean, "interval"),
            rows=tuple(
                (
                    method,
                    f"{x:,.0f}" if curves.log else f"{x:g}",
                    number(one.mean or 0.0),
                    f"{number(one.interval.low)} to {number(one.interval.high)}"
                    if one.interval
                    else MISSING,
                )
                for method, points in curves.methods.items()
                for x, one in points
            ),
        )


def _lines(curves: Curves, shown: Mapping[str, bool], focus: Focus | None) -> list[Line]:
    """A line for each method that is shown, those of the focus on top of the others."""
    classes = _classes(shown, focus)
    lines = [
        Line(
            label=method,
            points=[(x, one.mean or 0.0) for x, one in curves.methods[method]],
            name=classes[method],
            marked=True,
            spans=[one.interval for _, one in curves.methods[method]] if spans else [],
        )
        for method, spans in shown.items()
    ]
    return sorted(lines, key=lambda line: line.name in _FOCUS)


def _classes(methods: Iterable[str], focus: Focus | None) -> dict[str, str]:
    """Classes of each method's line: the focus has two colours of its own, others a colour and dashes."""
    found = dict(zip((focus.first, focus.second), _FOCUS, strict=True)) if focus else {}
    others = [method for method in methods if method not in found]
    dashed = [f"{colour} {dashes}".rstrip() for dashes in _DASHES for colour in _COLOURS]
    return {**found, **dict(zip(others, cycle(dashed), strict=False))}
