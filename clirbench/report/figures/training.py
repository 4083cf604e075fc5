"""The figures of training, for papers: learning curves, and scores against bitext."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from clirbench.analysis.focus import Focus
from clirbench.analysis.learning_curves import Curve
from clirbench.analysis.size_curves import SizeCurve
from clirbench.report.figures.style import bare, legend, marks_of, new_figure
from clirbench.statistics import Design, mean_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_learning", "draw_sizes"]

_NONE: Mapping[str, str] = MappingProxyType({})
_MARKED = 5
"""Markers on a curve, about."""


def draw_learning(
    curves: Sequence[Curve], design: Design, titles: Mapping[str, str] = _NONE
) -> Figure | None:
    """Draw losses by step: a panel a method, a line a pair, each with a colour and marker of its own."""
    resources = {pair.name: pair.resource for pair in design.pairs}
    by_method: defaultdict[str, list[Curve]] = defaultdict(list)
    for curve in curves:
        if curve.pair in resources:
            by_method[curve.method].append(curve)
    if not by_method:
        return None
    names = [titles.get(method, method) for method in by_method]
    figure, panels = new_figure(len(by_method), height=1.6, names=names)
    drawn = {curve.pair for own in by_method.values() for curve in own}
    marks = marks_of([pair for pair in resources if pair in drawn])
    handles: dict[str, Any] = {}
    for axes, own in zip(panels, by_method.values(), strict=True):
        for curve in own:
            look = marks[curve.pair]
            (handles[curve.pair],) = axes.plot(
                curve.steps,
                curve.losses,
                look.line,
                color=look.colour,
                marker=look.marker,
                markevery=max(len(curve.steps) // _MARKED, 1),
                markersize=2.5,
                linewidth=0.8,
            )
        axes.set_xlim(left=0)
        axes.locator_params(axis="x", nbins=4)
        bare(axes)
    legend(
        figure,
        {
            f"{titles.get(pair, pair)} ({resource})": handles[pair]
            for pair, resource in resources.items()
            if pair in handles
        },
    )
    figure.supxlabel("step")
    figure.supylabel("loss")
    return figure


def draw_sizes(
    curves: Sequence[SizeCurve],
    measure: str,
    focus: Focus | None,
    titles: Mapping[str, str] = _NONE,
) -> Figure | None:
    """Draw means by sentence pairs used, on a logarithmic axis: a panel a pair, a line a method."""
    by_pair: defaultdict[str, list[SizeCurve]] = defaultdict(list)
    for curve in curves:
        by_pair[curve.pair].append(curve)
    if not by_pair:
        return None
    names = [titles.get(pair, pair) for pair in by_pair]
    figure, panels = new_figure(len(by_pair), height=1.6, names=names)
    marks = marks_of(list(dict.fromkeys(curve.method for curve in curves)), focus)
    handles: dict[str, Any] = {}
    for axes, own in zip(panels, by_pair.values(), strict=True):
        for curve in own:
            look = marks[curve.method]
            (handles[titles.get(curve.method, curve.method)],) = axes.plot(
                [size for size, _ in curve.points],
                [found.mean or 0.0 for _, found in curve.points],
                look.line,
                color=look.colour,
                marker=look.marker,
                markersize=3,
                linewidth=1,
            )
        axes.set_xscale("log")
        bare(axes)
    legend(figure, handles)
    figure.supxlabel("sentence pairs")
    figure.supylabel(mean_name(measure))
    return figure
