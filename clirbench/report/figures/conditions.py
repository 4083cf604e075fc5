"""The figures of conditions, for papers: curves over perturbed topics, and over other bitexts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from clirbench.analysis.condition_curves import Curves, drawn
from clirbench.analysis.focus import Focus
from clirbench.report.figures.style import bare, legend, marks_of, new_figure
from clirbench.statistics import mean_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_conditions"]

_BESIDE = 0.012
"""Between two methods at the same place, as a share of the axis: intervals would hide each other."""
_ROOM = 0.25
"""Between two numbers below a logarithmic axis, as a share of it."""
_NONE: Mapping[str, str] = MappingProxyType({})


def draw_conditions(
    found: Sequence[Curves], focus: Focus | None, titles: Mapping[str, str] = _NONE
) -> Figure | None:
    """Draw means by condition: a panel a perturbation or axis, a line a method.

    Bars are the intervals over topics. Of many methods only the two of the focus have bars, and those that
    lie beyond these bars are not drawn. None where there are no conditions.
    """
    if not found:
        return None
    several = len({curves.name for curves in found}) < len(found)
    panels_of = [_title(curves, titles, several=several) for curves in found]
    figure, panels = new_figure(len(found), height=1.8, names=panels_of)
    shown = [drawn(curves, focus) for curves in found]
    names = list(dict.fromkeys(chain.from_iterable(shown)))
    marks = marks_of(names, focus)
    handles: dict[str, Any] = {}
    everywhere = len({curves.across for curves in found}) == 1
    for axes, curves, own in zip(panels, found, shown, strict=True):
        places = [x for points in curves.methods.values() for x, _ in points]
        barred = [method for method, bars in own.items() if bars]
        for method, bars in own.items():
            points, mark = curves.methods[method], marks[method]
            place = _BESIDE * (barred.index(method) - (len(barred) - 1) / 2) if bars else 0.0
            at = [_beside(x, place, places, log=curves.log) for x, _ in points]
            for x, (_, one) in zip(at, points, strict=True):
                if one.interval is not None and bars:
                    axes.plot([x, x], one.interval, color=mark.colour, linewidth=0.7)
            (handles[titles.get(method, method)],) = axes.plot(
                at,
                [one.mean or 0.0 for _, one in points],
                marker=mark.marker,
                linestyle=mark.line,
                color=mark.colour,
                markersize=3,
                linewidth=1,
            )
        if curves.log:
            axes.set_xscale("log")
            ticks = _ticks(places)
            axes.set_xticks(ticks, [f"{x:,.0f}" for x in ticks])
            axes.minorticks_off()
        if not everywhere:
            axes.set_xlabel(curves.across)
        bare(axes)
    legend(figure, handles)
    if everywhere:
        figure.supxlabel(found[0].across)
    figure.supylabel(mean_name(found[0].measure))
    return figure


def _ticks(places: Sequence[float]) -> list[float]:
    """The places that have room for a number below, the last among them."""
    last, *others = sorted(set(places), reverse=True)
    room, found = math.log(last / min(places)) * _ROOM, [last]
    for place in others:
        if math.log(found[-1] / place) >= room:
            found.append(place)
    return found[::-1]


def _title(curves: Curves, titles: Mapping[str, str], *, several: bool) -> str:
    pairs = ", ".join(titles.get(pair, pair) for pair in curves.pairs)
    return f"{curves.name}, {pairs}" if several else curves.name


def _beside(x: float, share: float, places: Sequence[float], *, log: bool) -> float:
    """A place that is moved by a share of the axis."""
    if log:
        return x * math.exp(share * math.log(max(places) / min(places)))
    return x + share * max(places)
