"""Line charts: learning curves, and scores against the size of the bitext."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from clirbench.report.figures.labels import set_apart
from clirbench.report.page.svg import Scale, scale_over, shortened, tag, tick_text

__all__ = ["Line", "line_chart"]

_WIDTH, _HEIGHT = 340, 210
_LEFT, _TOP, _BOTTOM = 38, 10, 30
_LETTER, _LONGEST = 6.0, 20
"""Width of a letter, and letters of a label that are shown."""
_POINT, _GAP = 3.0, 2.0
"""Width of a comma or point; and half the least distance between two numbers on an axis."""
_BESIDE = 2.5
"""Between the points of two lines that have intervals, at the same place of the horizontal axis."""
_APART = 12.0
"""Least distance between two labels at the ends of lines."""
_SAMPLE = 14
"""Length of the sample of a line beside its label."""


class Line(NamedTuple):
    """A line, labelled at its end."""

    label: str
    points: Sequence[tuple[float, float]]
    name: str
    """Classes of colour and dashes."""
    marked: bool = False
    """Whether each point has a mark."""
    spans: Sequence[tuple[float, float] | None] = ()
    """The interval at each point; empty: there are none."""


def line_chart(
    lines: Sequence[Line], *, key: str, title: str, description: str, across: str, log: bool = False
) -> Markup:
    """Draw lines on one pair of axes.

    Args:
        lines: at least one, each with a point.
        key: part of the ids of title and description, unique on the page.
        title: what a screen reader calls the chart.
        description: what it shows, in a sentence.
        across: what the horizontal axis counts.
        log: whether that axis is logarithmic.
    """
    longest = max(len(line.label) for line in lines)
    right = _WIDTH - 18 - _SAMPLE - _LETTER * min(max(longest, 5), _LONGEST)
    xs = [math.log10(x) if log else x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points]
    ys += [end for line in lines for span in line.spans if span for end in span]
    # Intervals at the same place would hide each other: each line has its own place beside it.
    spanned = [line.label for line in lines if line.spans]
    beside = [
        _BESIDE * (spanned.index(line.label) - (len(spanned) - 1) / 2) if line.spans else 0.0
        for line in lines
    ]
    room = max(beside) + 2 * _BESIDE if any(line.spans for line in lines) else 0.0
    x_scale = scale_over(
        min(xs) if log else 0.0, max(xs), margin=0.04 if log else 0, start=_LEFT + room,
        end=right - room,
    )  # fmt: skip
    y_scale = scale_over(min(ys), max(ys), margin=0.06, start=_HEIGHT - _BOTTOM, end=_TOP)
    marks = [
        tag("title", title, id=f"{key}-title"),
        tag("desc", description, id=f"{key}-desc"),
        *_rows(y_scale, right),
        *_columns(x_scale, sorted({x for line in lines for x, _ in line.points}), log=log),
        tag(
            "text", across, x=(_LEFT + right) / 2, y=_HEIGHT - 2, text_anchor="middle",
            class_="quiet",
        ),
    ]  # fmt: skip
    ends = []
    for line, moved in zip(lines, beside, strict=True):
        at = [(x_scale(math.log10(x) if log else x) + moved, y_scale(y)) for x, y in line.points]
        for (x, _), span in zip(at, line.spans, strict=False):
            if span:
                y1, y2 = map(y_scale, span)
                marks.append(tag("line", x1=x, x2=x, y1=y1, y2=y2, class_=f"span {line.name}"))
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        marks.append(
            tag(
                "polyline",
                points=path,
                class_=f"line {line.name}",
                data_name=line.label,
                data_steps=" ".join(f"{x:,.12g}" for x, _ in line.points),
                data_values=" ".join(f"{y:.4g}" for _, y in line.points),
            )
        )
        if line.marked:
            marks += [tag("circle", cx=x, cy=y, r=3, class_=f"dot {line.name}") for x, y in at]
        ends.append((at[-1][1], at[-1][0] - moved + room, line))
    marks += _labels(ends)
    return tag(
        "svg", *marks, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", class_="chart", role="img",
        aria_labelledby=f"{key}-title {key}-desc", data_across=across,
    )  # fmt: skip


def _rows(scale: Scale, right: float) -> Iterable[Markup]:
    for tick in scale.ticks():
        y = scale(tick)
        yield tag("line", x1=_LEFT, x2=right, y1=y, y2=y, class_="grid")
        yield tag("text", tick_text(tick, scale.step), x=_LEFT - 5, y=y + 4, text_anchor="end")


def _columns(scale: Scale, values: Sequence[float], *, log: bool) -> Iterable[Markup]:
    """Number the horizontal axis: round numbers, or on a logarithmic one powers of ten, 5 and 2 times them."""
    if not log:
        ticks = [(scale(tick), tick_text(tick, scale.step)) for tick in scale.ticks()]
    else:
        powers = range(math.floor(math.log10(values[0])), math.ceil(math.log10(values[-1])) + 1)
        every = [factor * 10**power for factor in (1, 5, 2) for power in powers]
        ticks = [
            (scale(math.log10(value)), f"{value:,.0f}")
            for value in every
            if scale.low <= math.log10(value) <= scale.high
        ]
    bottom = _HEIGHT - _BOTTOM
    written: list[tuple[float, float]] = []
    for x, text in ticks:
        yield tag("line", x1=x, x2=x, y1=bottom, y2=bottom + 3, class_="tick")
        half = sum(_POINT if letter in ",." else _LETTER for letter in text) / 2 + _GAP
        if all(abs(x - place) >= half + other for place, other in written):
            written.append((x, half))
            yield tag("text", text, x=x, y=bottom + 14, text_anchor="middle")


def _labels(ends: list[tuple[float, float, Line]]) -> Iterable[Markup]:
    """Write each line's label beside its end, with a sample of it, moved so that none lies on another."""
    ordered = sorted(ends, key=lambda end: end[0])
    places = set_apart([y for y, _, _ in ordered], apart=_APART, high=_HEIGHT - _BOTTOM)
    for place, (_, x, line) in zip(places, ordered, strict=True):
        start, end = x + 6, x + 6 + _SAMPLE
        yield tag("line", x1=start, x2=end, y1=place, y2=place, class_=f"sample {line.name}")
        label = shortened(line.label, _LONGEST)
        yield tag("text", label, x=end + 4, y=place + 4, class_=f"end {line.name}")
