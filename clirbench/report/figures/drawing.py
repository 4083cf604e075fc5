"""The figures of scores, for papers: differences, languages, gaps, topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from clirbench.analysis.focus import Focus
from clirbench.analysis.gaps import Gap
from clirbench.report.figures.style import (
    CLASSES,
    FIRST,
    GREY,
    INK,
    OTHER,
    PALE,
    SECOND,
    bare,
    colour_of,
    legend,
    new_figure,
)
from clirbench.report.table import ResultTable
from clirbench.results.cells import Key, Means
from clirbench.statistics import Comparisons, mean_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_differences", "draw_gaps", "draw_languages", "draw_topics"]


def draw_differences(table: ResultTable, comparisons: Comparisons) -> Figure | None:
    """Draw each trained method less the reference: a panel a method, a row a column of the table.

    Thick: the interval over topics; thin: over topics and seeds; filled: significant after
    correction. None where no trained method is compared.
    """
    design = comparisons.design
    rows = [
        (method, [(c.name, e.compared) for c, e in zip(table.columns, entries, strict=True)])
        for method, entries in table.rows
        if design.trained(method) and any(entry.compared for entry in entries)
    ]
    if not rows:
        return None
    names = [column.name for column in table.columns]
    pairs = sum(column.group != "mean" for column in table.columns)
    figure, panels = new_figure(len(rows), height=0.6 + 0.17 * len(names), share="both")
    for axes, (method, entries) in zip(panels, rows, strict=True):
        axes.axvline(0, color=INK, linewidth=0.7)
        if 0 < pairs < len(names):
            axes.axhline(pairs - 0.5, color=GREY, linewidth=0.5)
        for place, (_, found) in enumerate(entries):
            if found is None:
                continue
            significant = found.p_adjusted <= design.alpha
            colour = (FIRST if found.difference > 0 else SECOND) if significant else GREY
            for interval, width in ((found.seed_interval, 0.7), (found.interval, 2.2)):
                if interval is not None:
                    axes.plot(interval, [place, place], color=colour, linewidth=width)
            face = colour if significant else "white"
            axes.plot(
                [found.difference], [place], "o", color=colour, markerfacecolor=face, markersize=4
            )
        axes.set_title(method)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.5)
        bare(axes)
        axes.grid(axis="x")
    figure.supxlabel(f"difference in {mean_name(table.measure)} to {table.versus}")
    return figure


def draw_languages(
    table: ResultTable,
    comparisons: Comparisons,
    seeds: Mapping[Key, tuple[float, ...]],
    focus: Focus | None,
) -> Figure | None:
    """Draw every pair's means as bars, with intervals over topics, seeds as points, and the bounds."""
    design = comparisons.design
    bounds = [name for name in (design.zero_shot, design.oracle) if name]
    pairs = [(i, column) for i, column in enumerate(table.columns) if column.group != "mean"]
    methods = [(method, entries) for method, entries in table.rows if method not in bounds]
    if not pairs or not methods:
        return None
    figure, (axes,) = new_figure(1, height=2.3, wide=True)
    width = 0.8 / len(methods)
    handles: dict[str, Any] = {}
    for m, (method, entries) in enumerate(methods):
        own = [
            (place + (m - (len(methods) - 1) / 2) * width, entries[i].found)
            for place, (i, _) in enumerate(pairs)
            if entries[i].found.mean is not None
        ]
        handles[method] = axes.bar(
            [x for x, _ in own],
            [found.mean or 0.0 for _, found in own],
            width * 0.9,
            color=colour_of(method, focus, m),
        )
        for x, found in own:
            if found.interval is not None:
                axes.plot([x, x], found.interval, color=INK, linewidth=0.7)
            runs = seeds.get((found.on, method), ())
            if len(runs) > 1:
                axes.plot(
                    [x] * len(runs), runs, "o", color=INK, markerfacecolor="white", markersize=2,
                    markeredgewidth=0.5,
                )  # fmt: skip
    for place, (i, _) in enumerate(pairs):
        for method, entries in table.rows:
            mean = entries[i].found.mean
            if method in bounds and mean is not None:
                style = "--" if method == design.oracle else ":"
                axes.plot(
                    [place - 0.45, place + 0.45], [mean, mean], style, color=INK, linewidth=0.8
                )
    axes.set_xticks(range(len(pairs)), [f"{c.name}\n{c.group}" for _, c in pairs])
    axes.set_ylabel(mean_name(table.measure))
    axes.set_ylim(bottom=0)
    bare(axes)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y")
    lines = {design.zero_shot: ":", design.oracle: "--"}
    for name in bounds:
        (handles[name],) = axes.plot([], [], lines[name], color=INK, linewidth=0.8)
    legend(figure, handles)
    return figure


def draw_gaps(found: Sequence[Gap], measure: str) -> Figure | None:
    """Draw each method's macro means by resource class, joined by a line."""
    if not found:
        return None
    figure, (axes,) = new_figure(1, height=0.7 + 0.18 * len(found))
    for place, gap in enumerate(found):
        ends = [min(gap.means.values()), max(gap.means.values())]
        axes.plot(ends, [place, place], color=PALE, linewidth=2, zorder=1)
    handles: dict[str, Any] = {}
    for name, colour in CLASSES.items():
        own = [(gap.means[name], place) for place, gap in enumerate(found) if name in gap.means]
        if own:
            xs, places = zip(*own, strict=True)
            handles[name] = axes.scatter(xs, places, color=colour, s=18, zorder=2, label=name)
    axes.set_yticks(range(len(found)), [gap.method for gap in found])
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.set_xlabel(mean_name(measure))
    bare(axes)
    axes.grid(axis="x")
    legend(figure, handles)
    return figure


def draw_topics(means: Mapping[Key, Means], focus: Focus, measure: str) -> Figure | None:
    """Draw the scores of two methods against each other, a point a topic, a panel a pair."""
    pairs = [p for p in focus.pairs if (p, focus.first) in means and (p, focus.second) in means]
    if not pairs:
        return None
    figure, panels = new_figure(len(pairs), height=1.75, share="both")
    for axes, pair in zip(panels, pairs, strict=True):
        first, second = (means[pair, name].topics for name in (focus.first, focus.second))
        axes.axline((0, 0), slope=1, color=GREY, linewidth=0.6)
        _points(axes, [(second[topic], first[topic]) for topic in first])
        axes.set_title(pair)
        axes.set_aspect("equal")
        bare(axes)
    figure.supxlabel(f"{measure}, {focus.second}")
    figure.supylabel(f"{measure}, {focus.first}")
    return figure


def _points(axes: Axes, points: Sequence[tuple[float, float]]) -> None:
    colours = [FIRST if y > x else SECOND if y < x else OTHER for x, y in points]
    axes.scatter(
        [x for x, _ in points], [y for _, y in points], c=colours, s=7, alpha=0.5, linewidths=0
    )
