"""The figures of training, for papers: learning curves, and scores against bitext."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from clirbench.analysis.focus import Focus
from clirbench.analysis.learning_curves import Curve
from clirbench.analysis.size_curves import SizeCurve
from clirbench.report.figures.labels import set_apart
from clirbench.report.figures.style import CLASSES, bare, colour_of, legend, new_figure
from clirbench.statistics import Design, mean_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_learning", "draw_sizes"]

_APART = 0.075
"""Least distance between two labels, as a share of the height."""


def draw_learning(curves: Sequence[Curve], design: Design) -> Figure | None:
    """Draw losses by step: a panel a method, a line a pair, coloured by its resource class."""
    resources = {pair.name: pair.resource for pair in design.pairs}
    by_method: defaultdict[str, list[Curve]] = defaultdict(list)
    for curve in curves:
        if curve.pair in resources:
            by_method[curve.method].append(curve)
    if not by_method:
        return None
    figure, panels = new_figure(len(by_method), height=1.6)
    for axes, (method, own) in zip(panels, by_method.items(), strict=True):
        ordered = sorted(own, key=lambda curve: curve.losses[-1])
        every = [loss for curve in own for loss in curve.losses]
        apart = _APART * (max(every) - min(every))
        places = set_apart([curve.losses[-1] for curve in ordered], apart=apart, high=max(every))
        for curve, place in zip(ordered, places, strict=True):
            colour = CLASSES[resources[curve.pair]]
            axes.plot(curve.steps, curve.losses, color=colour, linewidth=0.8)
            axes.annotate(
                curve.pair.partition("-")[0], (curve.steps[-1], place), xytext=(2, 0),
                textcoords="offset points", va="center", fontsize=6, color=colour,
            )  # fmt: skip
        axes.set_title(method)
        axes.set_xlim(left=0)
        bare(axes)
    figure.supxlabel("step")
    figure.supylabel("loss")
    return figure


def draw_sizes(curves: Sequence[SizeCurve], measure: str, focus: Focus | None) -> Figure | None:
    """Draw means by sentence pairs used, on a logarithmic axis: a panel a pair, a line a method."""
    by_pair: defaultdict[str, list[SizeCurve]] = defaultdict(list)
    for curve in curves:
        by_pair[curve.pair].append(curve)
    if not by_pair:
        return None
    figure, panels = new_figure(len(by_pair), height=1.6)
    names = list(dict.fromkeys(curve.method for curve in curves))
    handles: dict[str, Any] = {}
    for axes, (pair, own) in zip(panels, by_pair.items(), strict=True):
        for curve in own:
            (handles[curve.method],) = axes.plot(
                [size for size, _ in curve.points],
                [found.mean or 0.0 for _, found in curve.points],
                "o-",
                color=colour_of(curve.method, focus, names.index(curve.method)),
                markersize=3,
                linewidth=1,
            )
        axes.set_xscale("log")
        axes.set_title(pair)
        bare(axes)
    legend(figure, handles)
    figure.supxlabel("sentence pairs")
    figure.supylabel(mean_name(measure))
    return figure
