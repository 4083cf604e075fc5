"""Scores language by language, between zero-shot and oracle; and by resource class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from clirbench.analysis.focus import Focus
from clirbench.analysis.gaps import Gap
from clirbench.report.page.strips import axis, bar, dumbbell
from clirbench.report.page.svg import Scale, scale_over
from clirbench.report.table import ResultTable
from clirbench.results.cells import Key
from clirbench.statistics import Comparisons, MethodMean

__all__ = ["GapChart", "LanguageChart", "LanguagePanel", "LanguageRow", "gap_chart", "languages"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageRow:
    """A method's bar."""

    method: str
    role: str
    """`first` and `second` of the focus, else `other`."""
    found: MethodMean
    seeds: tuple[float, ...]
    strip: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguagePanel:
    """A language pair."""

    pair: str
    resource: str
    floor: MethodMean | None
    ceiling: MethodMean | None
    rows: tuple[LanguageRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageChart:
    """Panels on one scale from 0."""

    panels: tuple[LanguagePanel, ...]
    axis: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class GapChart:
    """Each method's macro means by resource class."""

    rows: tuple[tuple[Gap, Markup], ...]
    classes: tuple[str, ...]
    axis: Markup


def languages(
    table: ResultTable,
    comparisons: Comparisons,
    seeds: Mapping[Key, tuple[float, ...]],
    focus: Focus | None,
) -> LanguageChart:
    """Draw every pair of the table."""
    design = comparisons.design
    bounds = (design.zero_shot, design.oracle)
    pairs = [column for column in table.columns if column.group != "mean"]
    means = {
        (method, column.name): entry.found
        for method, entries in table.rows
        for column, entry in zip(table.columns, entries, strict=True)
    }
    ends = [
        end
        for found in means.values()
        for end in (found.mean, *(found.interval or ()))
        if end is not None
    ]
    scale = Scale(low=0.0, high=1.04 * max([*ends, 1e-3]))
    methods = [method for method, _ in table.rows if method not in bounds]
    methods = methods or [method for method, _ in table.rows]
    panels = []
    for column in pairs:
        floor, ceiling = (means.get((name, column.name)) if name else None for name in bounds)
        rows = [
            _row(
                found,
                seeds.get((column.name, method), ()),
                scale,
                role=_role(method, focus),
                bounds=(floor.mean if floor else None, ceiling.mean if ceiling else None),
            )
            for method in methods
            if (found := means[method, column.name]).mean is not None
        ]
        panels.append(
            LanguagePanel(
                pair=column.name,
                resource=column.group,
                floor=floor,
                ceiling=ceiling,
                rows=tuple(rows),
            )
        )
    return LanguageChart(panels=tuple(panels), axis=axis(scale))


def gap_chart(found: tuple[Gap, ...]) -> GapChart | None:
    """Draw the gaps; None where there is none."""
    if not found:
        return None
    ends = [mean for gap in found for mean in gap.means.values()]
    scale = scale_over(0.0, max(ends), margin=0.04)
    classes = [name for name in ("low", "medium", "high") if any(name in g.means for g in found)]
    return GapChart(
        rows=tuple((gap, dumbbell(gap.means, scale)) for gap in found),
        classes=tuple(classes),
        axis=axis(scale),
    )


def _row(
    found: MethodMean,
    seeds: tuple[float, ...],
    scale: Scale,
    *,
    role: str,
    bounds: tuple[float | None, float | None],
) -> LanguageRow:
    strip = bar(found.mean or 0.0, found.interval, seeds, scale, role=role, bounds=bounds)
    return LanguageRow(method=found.method, role=role, found=found, seeds=seeds, strip=strip)


def _role(method: str, focus: Focus | None) -> str:
    if focus is None:
        return "other"
    return {focus.first: "first", focus.second: "second"}.get(method, "other")
