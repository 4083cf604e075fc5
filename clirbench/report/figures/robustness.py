"""The figure of robustness, for papers: curves over severity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from clirbench.analysis.focus import Focus
from clirbench.analysis.robustness_curves import RobustnessCurves
from clirbench.report.figures.style import bare, legend, marks_of, new_figure
from clirbench.statistics import mean_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_robustness"]

_BESIDE = 0.012
"""Between two methods at the same severity, as a share of the axis: intervals would hide each other."""


def draw_robustness(found: Sequence[RobustnessCurves], focus: Focus | None) -> Figure | None:
    """Draw means by the share of words that are perturbed: a panel a way to perturb, a line a method.

    Bars are the intervals over topics. None where no topics were perturbed.
    """
    if not found:
        return None
    figure, panels = new_figure(len(found), height=1.8)
    names = list(dict.fromkeys(method for curves in found for method in curves.methods))
    marks = marks_of(names, focus)
    handles: dict[str, Any] = {}
    for axes, curves in zip(panels, found, strict=True):
        widest = max(severity for points in curves.methods.values() for severity, _ in points)
        for method, points in curves.methods.items():
            place = names.index(method)
            beside = widest * _BESIDE * (place - (len(names) - 1) / 2)
            mark = marks[method]
            at = [severity + beside for severity, _ in points]
            for x, (_, one) in zip(at, points, strict=True):
                if one.interval is not None:
                    axes.plot([x, x], one.interval, color=mark.colour, linewidth=0.7)
            (handles[method],) = axes.plot(
                at,
                [one.mean or 0.0 for _, one in points],
                marker=mark.marker,
                linestyle=mark.line,
                color=mark.colour,
                markersize=3,
                linewidth=1,
            )
        axes.set_title(curves.perturbation)
        bare(axes)
    legend(figure, handles)
    figure.supxlabel("share of words")
    figure.supylabel(mean_name(found[0].measure))
    return figure
