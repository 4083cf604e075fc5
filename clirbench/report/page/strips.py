"""Strips: one row of a chart, as wide as its column, whatever that is.

Places are in percent, so that a strip needs no script to fit a phone; the numbers stand as text in
the same row, so that the strip itself is hidden from screen readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from clirbench.report.page.svg import Scale, tag, tick_text
from clirbench.statistics import Comparison, Interval

__all__ = ["APART", "axis", "bar", "difference", "dumbbell", "join", "place"]

_HEIGHT = 24
_MIDDLE = _HEIGHT / 2
APART = 13
"""Width of an upright bar, with what is free around it."""


def axis(scale: Scale, *, sign: bool = False) -> Markup:
    """Draw the numbers of the ticks, for the head of a column of strips."""
    labels = [
        tag(
            "text",
            tick_text(tick, scale.step, sign=sign),
            x=scale.percent(tick),
            y=_MIDDLE + 5,
            text_anchor="middle",
        )
        for tick in scale.ticks()
    ]
    return _strip(labels, "axis")


def difference(found: Comparison, scale: Scale, *, alpha: float) -> Markup:
    """Draw a difference: its interval over topics thick, over topics and seeds thin, 0 marked.

    The point is filled where the difference is significant after correction.
    """
    kind = "none"
    if found.p_adjusted <= alpha:
        kind = "better" if found.difference > 0 else "worse"
    marks = [*_grid(scale)]
    if scale.low <= 0 <= scale.high:
        marks.append(_line(scale, 0, 0, "zero", whole=True))
    if found.seed_interval is not None:
        marks.append(_line(scale, *found.seed_interval, f"thin {kind}"))
    if found.interval is not None:
        marks.append(_line(scale, *found.interval, f"thick {kind}"))
    marks.append(_dot(scale, found.difference, 4.5, f"dot {kind}"))
    return _strip(marks)


def bar(
    mean: float,
    interval: Interval | None,
    seeds: Sequence[float],
    scale: Scale,
    *,
    role: str,
    bounds: tuple[float | None, float | None],
) -> Markup:
    """Draw a mean from 0, its interval over topics, a point for each seed, and two bounds.

    Args:
        mean: the length.
        interval: of the mean.
        seeds: the mean of each run; drawn where there are two or more.
        scale: from 0.
        role: class of the colour.
        bounds: zero-shot and oracle.
    """
    floor, ceiling = bounds
    marks = [*_grid(scale)]
    if floor is not None and ceiling is not None and floor < ceiling:
        width = f"{scale(ceiling) - scale(floor):.2f}%"
        marks.append(
            tag("rect", x=scale.percent(floor), y=0, width=width, height=_HEIGHT, class_="band")
        )
    width = f"{scale(mean) - scale(0):.2f}%"
    marks.append(tag("rect", x=scale.percent(0), y=6, width=width, height=12, class_=f"bar {role}"))
    marks += [
        _line(scale, bound, bound, name, whole=True)
        for bound, name in ((floor, "floor"), (ceiling, "ceiling"))
        if bound is not None
    ]
    if interval is not None:
        marks.append(_line(scale, *interval, "thin ink"))
    if len(seeds) > 1:
        marks += [_dot(scale, seed, 2.6, f"seed {role}") for seed in seeds]
    return _strip(marks)


def dumbbell(means: dict[str, float], scale: Scale) -> Markup:
    """Draw the macro means of the resource classes, joined by a line."""
    marks = [*_grid(scale), _line(scale, min(means.values()), max(means.values()), "join")]
    marks += [_dot(scale, mean, 5, f"dot {name}") for name, mean in means.items()]
    return _strip(marks)


def place(value: float, interval: Interval, scale: Scale) -> Markup:
    """Draw a point and its interval."""
    return _strip(
        [*_grid(scale), _line(scale, *interval, "thin ink"), _dot(scale, value, 4, "dot")]
    )


def join(bars: Sequence[tuple[bool, bool, bool] | None]) -> Markup:
    """Draw a row's part of upright bars, one beside the other.

    Args:
        bars: for each whether it comes from above, has a dot in this row, and goes on below; None: it
            does not reach this row.
    """
    marks = []
    for at, bar in enumerate(bars):
        if bar is not None:
            above, dotted, below = bar
            x = APART * (at + 0.5)
            top, bottom = 0 if above else _MIDDLE, _HEIGHT if below else _MIDDLE
            marks.append(tag("line", x1=x, x2=x, y1=top, y2=bottom, class_="thick ink"))
            if dotted:
                marks.append(tag("circle", cx=x, cy=_MIDDLE, r=3.6, class_="joint"))
    return tag(
        "svg", *marks, class_="strip", width=APART * max(len(bars), 1), height=_HEIGHT,
        aria_hidden="true", focusable="false",
    )  # fmt: skip


def _strip(marks: Iterable[Markup], name: str = "strip") -> Markup:
    return tag(
        "svg", *marks, class_=name, width="100%", height=_HEIGHT, aria_hidden="true",
        focusable="false",
    )  # fmt: skip


def _grid(scale: Scale) -> list[Markup]:
    return [_line(scale, tick, tick, "grid", whole=True) for tick in scale.ticks()]


def _line(scale: Scale, low: float, high: float, name: str, *, whole: bool = False) -> Markup:
    top, bottom = (0.0, float(_HEIGHT)) if whole else (_MIDDLE, _MIDDLE)
    return tag(
        "line", x1=scale.percent(low), x2=scale.percent(high), y1=top, y2=bottom, class_=name
    )


def _dot(scale: Scale, value: float, radius: float, name: str) -> Markup:
    return tag("circle", cx=scale.percent(value), cy=_MIDDLE, r=radius, class_=name)
