"""Elements of inline SVG, escaped; and scales with ticks at round numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup, escape

from clirbench.statistics import number

__all__ = ["Scale", "scale_over", "shortened", "tag", "tick_text"]

_MOST_TICKS = 5
_AROUND = 0.5
"""Margin, at least, of a scale over a single value: without it there would be no span."""


def tag(name: str, *content: str, **attributes: str | float | None) -> Markup:
    """Make an element; text and values are escaped, `class_` is class, `_` in a name is `-`.

    Numbers are written to a hundredth, attributes that are None left out.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(content)
    return Markup(f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>")  # noqa: S704 - made of escaped parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From data to places: `low` stands at `start`, `high` at `end`."""

    low: float
    high: float
    start: float = 0.0
    end: float = 100.0

    def __call__(self, value: float) -> float:
        """Give the place of a value."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def percent(self, value: float) -> str:
        """Give the place of a value in a drawing of any width."""
        return f"{_number(self(value))}%"

    @property
    def step(self) -> float:
        """Distance between ticks: 1, 2 or 5 times a power of ten, for at most six ticks."""
        span = self.high - self.low
        power = 10.0 ** math.floor(math.log10(span))
        steps = [factor * power for factor in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)]
        return next(step for step in steps if span / step < _MOST_TICKS + 1e-9)

    def ticks(self) -> Iterator[float]:
        """Give the multiples of the step that are on the scale."""
        first = math.ceil(self.low / self.step - 1e-9)
        for place in range(first, math.floor(self.high / self.step + 1e-9) + 1):
            yield place * self.step


def scale_over(low: float, high: float, *, margin: float = 0.05, **ends: float) -> Scale:
    """Make a scale with a margin on both sides, as a share of the span; some span at any rate."""
    span = (high - low) or max(abs(high), 1e-3)
    room = span * (margin if high > low else max(margin, _AROUND))
    return Scale(low=low - room, high=high + room, **ends)


def tick_text(value: float, step: float, *, sign: bool = False) -> str:
    """Write the number at a tick with the decimals that the step needs."""
    if step >= 1:
        return f"{value:,.0f}"
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    text = number(value, digits=digits, sign=sign)
    return "0" if float(text) == 0 else text.replace("-", "−")


def shortened(text: str, length: int) -> str:
    """Cut a label to `length` letters, the last of them an ellipsis."""
    return text if len(text) <= length else text[: length - 1] + "…"


def _value(value: str | float) -> str:
    return str(escape(value)) if isinstance(value, str) else _number(value)


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
