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
    legend,
    marks_of,
    new_figure,
    ticked,
    wrapped,
)
from clirbench.report.table import ResultTable
from clirbench.results.cells import Key, Means
from clirbench.statistics import Comparisons, mean_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_differences", "draw_gaps", "draw_languages", "draw_topics"]


_NONE: Mapping[str, str] = {}
_BESIDE = 2.0
"""Most inches that names beside a panel may take, at the usual size of letters."""


def draw_differences(
    table: ResultTable, comparisons: Comparisons, titles: Mapping[str, str] = _NONE
) -> Figure | None:
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
    figure, panels = new_figure(
        len(rows),
        height=0.6 + 0.17 * len(names),
        share="both",
        names=[titles.get(method, method) for method, _ in rows],
    )
    for axes, (_, entries) in zip(panels, rows, strict=True):
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
        shown = [wrapped(titles.get(name, name), _BESIDE) for name in names]
        axes.set_yticks(range(len(names)), shown)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.locator_params(axis="x", nbins=4)
        bare(axes)
        axes.grid(axis="x")
    versus = titles.get(str(table.versus), str(table.versus))
    label = f"difference in {mean_name(table.measure)} to {versus}"
    figure.supxlabel(wrapped(label, figure.get_figwidth()))
    return figure


def draw_languages(
    table: ResultTable,
    comparisons: Comparisons,
    seeds: Mapping[Key, tuple[float, ...]],
    focus: Focus | None,
    titles: Mapping[str, str] = _NONE,
) -> Figure | None:
    """Draw every pair's means as marks, with intervals over topics, seeds as points, and the bounds."""
    design = comparisons.design
    bounds = [name for name in (design.zero_shot, design.oracle) if name]
    pairs = [(i, column) for i, column in enumerate(table.columns) if column.group != "mean"]
    methods = [(method, entries) for method, entries in table.rows if method not in bounds]
    if not pairs or not methods:
        return None
    figure, (axes,) = new_figure(1, height=2.3, wide=True)
    width = 0.8 / len(methods)
    handles: dict[str, Any] = {}
    marks = marks_of([method for method, _ in methods], focus)
    highest = 0.0
    for m, (method, entries) in enumerate(methods):
        look = marks[method]
        own = [
            (place + (m - (len(methods) - 1) / 2) * width, entries[i].found)
            for place, (i, _) in enumerate(pairs)
            if entries[i].found.mean is not None
        ]
        (handles[titles.get(method, method)],) = axes.plot(
            [x for x, _ in own],
            [found.mean or 0.0 for _, found in own],
            look.marker,
            color=look.colour,
            markersize=4.5,
        )
        for x, found in own:
            highest = max(highest, found.mean or 0.0)
            if found.interval is not None:
                highest = max(highest, found.interval.high)
                axes.plot([x, x], found.interval, color=look.colour, linewidth=0.9)
            runs = seeds.get((found.on, method), ())
            if len(runs) > 1:
                axes.plot(
                    [x] * len(runs), runs, "_", color=INK, markersize=3.5, markeredgewidth=0.5
                )
    lines = {design.zero_shot: ":", design.oracle: "--"}
    for place, (i, _) in enumerate(pairs):
        for method, entries in table.rows:
            mean = entries[i].found.mean
            if method in bounds and mean is not None:
                highest = max(highest, mean)
                ends = [place - 0.45, place + 0.45]
                axes.plot(ends, [mean, mean], lines[method], color=INK, linewidth=0.8)
    room = figure.get_figwidth() / (1.3 * len(pairs))
    names = [f"{wrapped(titles.get(c.name, c.name), room)}\n{c.group}" for _, c in pairs]
    axes.set_xticks(range(len(pairs)), names)
    axes.set_ylabel(mean_name(table.measure))
    ticked(axes.yaxis, highest)
    bare(axes)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y")
    for name in bounds:
        (handles[titles.get(name, name)],) = axes.plot(
            [], [], lines[name], color=INK, linewidth=0.8
        )
    legend(figure, handles)
    return figure


def draw_gaps(
    found: Sequence[Gap], measure: str, titles: Mapping[str, str] = _NONE
) -> Figure | None:
    """Draw each method's macro means by resource class, joined by a line."""
    if not found:
        return None
    figure, (axes,) = new_figure(1, height=0.7 + 0.18 * len(found))
    for place, gap in enumerate(found):
        ends = [min(gap.means.values()), max(gap.means.values())]
        axes.plot(ends, [place, place], color=PALE, linewidth=2, zorder=1)
    handles: dict[str, Any] = {}
    for name, (colour, marker) in CLASSES.items():
        own = [(gap.means[name], place) for place, gap in enumerate(found) if name in gap.means]
        if own:
            xs, places = zip(*own, strict=True)
            handles[name] = axes.scatter(
                xs, places, color=colour, marker=marker, s=16, zorder=2, clip_on=False
            )
    names = [wrapped(titles.get(gap.method, gap.method), 1.4) for gap in found]
    axes.set_yticks(range(len(found)), names)
    axes.set_ylim(len(found) - 0.5, -0.5)
    ticked(axes.xaxis, max(mean for gap in found for mean in gap.means.values()))
    axes.set_xlabel(mean_name(measure))
    bare(axes)
    axes.grid(axis="x")
    legend(figure, handles)
    return figure


def draw_topics(
    means: Mapping[Key, Means],
    focus: Focus,
    measure: str,
    pairs: Sequence[str],
    titles: Mapping[str, str] = _NONE,
) -> Figure | None:
    """Draw the scores of two methods against each other, a point a topic, a panel a pair."""
    own = [p for p in pairs if (p, focus.first) in means and (p, focus.second) in means]
    if not own:
        return None
    names = [titles.get(pair, pair) for pair in own]
    figure, panels = new_figure(len(own), height=1.75, share="both", square=True, names=names)
    for axes, pair in zip(panels, own, strict=True):
        first, second = (means[pair, name].topics for name in (focus.first, focus.second))
        axes.axline((0, 0), slope=1, color=GREY, linewidth=0.6)
        _points(axes, [(second[topic], first[topic]) for topic in first])
        axes.set_aspect("equal")
        bare(axes)
    across, down = (titles.get(name, name) for name in (focus.second, focus.first))
    figure.supxlabel(wrapped(f"{measure}, {across}", figure.get_figwidth()))
    figure.supylabel(wrapped(f"{measure}, {down}", figure.get_figheight()))
    return figure


def _points(axes: Axes, points: Sequence[tuple[float, float]]) -> None:
    """Those above the diagonal are triangles that point up, those below it point down."""
    for above, colour, marker in ((1, FIRST, "^"), (-1, SECOND, "v"), (0, OTHER, "o")):
        own = [(x, y) for x, y in points if (y > x) - (y < x) == above]
        axes.scatter(
            [x for x, _ in own],
            [y for _, y in own],
            c=colour,
            marker=marker,
            s=8,
            alpha=0.5,
            linewidths=0,
        )
