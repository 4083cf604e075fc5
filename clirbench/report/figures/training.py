"""The figure of training, for papers: learning curves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from clirbench.analysis.learning_curves import Curve
from clirbench.report.figures.style import bare, legend, marks_of, new_figure
from clirbench.statistics import Design

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_learning"]

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
