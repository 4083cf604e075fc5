"""Differences with their intervals: one panel a method, one row a language or macro mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from clirbench.report.page.strips import axis, difference
from clirbench.report.page.svg import Scale, scale_over
from clirbench.report.table import ResultTable
from clirbench.statistics import Comparison, Comparisons

__all__ = ["Forest", "ForestPanel", "ForestRow", "forest", "forests", "interval_scale"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    """A comparison, drawn; None: it could not be made."""

    on: str
    group: str
    found: Comparison | None
    strip: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestPanel:
    """A method against the reference."""

    method: str
    rows: tuple[ForestRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """Panels on one scale."""

    title: str
    panels: tuple[ForestPanel, ...]
    axis: Markup


def forests(table: ResultTable, comparisons: Comparisons) -> tuple[Forest, ...]:
    """Draw all methods against the table's reference: trained ones on one scale, others on another.

    An untrained method lies so far off that differences between trained ones would not be seen.
    """
    drawn = []
    for title, trained in (("Trained methods", True), ("Methods without training", False)):
        methods = [
            method
            for method, entries in table.rows
            if comparisons.design.trained(method) == trained and any(e.compared for e in entries)
        ]
        if methods:
            drawn.append(forest(title, table, methods, alpha=comparisons.design.alpha))
    return tuple(drawn)


def forest(title: str, table: ResultTable, methods: Sequence[str], *, alpha: float) -> Forest:
    """Draw some methods of a table against its reference."""
    rows = [(method, entries) for method, entries in table.rows if method in methods]
    scale = interval_scale(e.compared for _, entries in rows for e in entries if e.compared)
    panels = tuple(
        ForestPanel(
            method=method,
            rows=tuple(
                ForestRow(
                    on=column.name,
                    group=column.group,
                    found=entry.compared,
                    strip=difference(entry.compared, scale, alpha=alpha)
                    if entry.compared
                    else Markup(),
                )
                for column, entry in zip(table.columns, entries, strict=True)
            ),
        )
        for method, entries in rows
    )
    return Forest(title=title, panels=panels, axis=axis(scale, sign=True))


def interval_scale(comparisons: Iterable[Comparison]) -> Scale:
    """Make a scale that holds 0, all differences and all their intervals."""
    ends = [0.0]
    for found in comparisons:
        ends += [found.difference, *(found.interval or ()), *(found.seed_interval or ())]
    return scale_over(min(ends), max(ends))
