"""How figures for papers look: one column wide, or two; colours that the colour-blind tell apart."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from clirbench.analysis.focus import Focus

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "CLASSES",
    "FIRST",
    "GREY",
    "INK",
    "OTHER",
    "PALE",
    "RC",
    "SECOND",
    "TEXT",
    "bare",
    "colour_of",
    "legend",
    "new_figure",
]

FIRST, SECOND = "#0063a6", "#b04500"
INK, GREY, OTHER, PALE = "#1d1f23", "#80868e", "#8b9098", "#cfcdc6"
CLASSES = {"low": "#8f2561", "medium": "#7a6200", "high": "#00725f"}
_SHADES = ("#b9bdc3", "#8b9098", "#d6d3cb", "#6d727a", "#a79f8f", "#c9ced6")
_COLUMN, TEXT = 3.35, 7.0
"""Width in inches of a column and of the text of a two-column paper."""
_ACROSS = 4

RC = {
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 7.5,
    "figure.labelsize": 7.5,
    "axes.linewidth": 0.6,
    "axes.edgecolor": GREY,
    "axes.axisbelow": True,
    "grid.color": "#e4e2dc",
    "grid.linewidth": 0.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "legend.handlelength": 1.4,
    "text.parse_math": False,  # names are shown as they are
    "pdf.fonttype": 42,  # publishers refuse Type 3
    "svg.hashsalt": "clirbench",  # the same figure is the same bytes
    "figure.constrained_layout.use": True,
}


def new_figure(
    panels: int,
    *,
    height: float,
    share: Literal["both", "none"] = "none",
    wide: bool = False,
) -> tuple[Figure, list[Axes]]:
    """Make a figure of panels in rows of up to four.

    Args:
        panels: how many.
        height: of a row, in inches.
        share: whether all have the same axes.
        wide: as wide as the text, also with a single panel.
    """
    across = min(panels, _ACROSS)
    down = math.ceil(panels / across)
    width = TEXT if wide or across > 1 else _COLUMN
    figure = _figure_class()(figsize=(width, height * down + 0.25), layout="constrained")
    every = figure.subplots(
        down, across, squeeze=False, sharex=share == "both", sharey=share == "both"
    ).flatten()
    for axes in every[panels:]:
        axes.set_visible(False)
    for place, axes in enumerate(every[:panels]):
        if share == "both" and place + across >= panels:  # nothing is below it
            axes.tick_params(labelbottom=True)
    return figure, list(every[:panels])


@cache
def _figure_class() -> type[Figure]:
    """Figures that a notebook shows, though they are not pyplot's."""
    from matplotlib.figure import Figure

    class ShownFigure(Figure):
        def _repr_png_(self) -> bytes:
            image = io.BytesIO()
            self.savefig(image, format="png", dpi=150)
            return image.getvalue()

    return ShownFigure


def bare(axes: Axes) -> None:
    """Leave out the frame's upper and right side."""
    axes.spines[["top", "right"]].set_visible(False)


def legend(figure: Figure, entries: Mapping[str, Any]) -> None:
    """Name artists above the panels; a name that begins with `_`, which matplotlib hides, too."""
    own = figure.legend(
        entries.values(), [" "] * len(entries), loc="outside upper center", ncols=min(len(entries), 6)
    )  # fmt: skip
    for text, name in zip(own.get_texts(), entries, strict=True):
        text.set_text(name)


def colour_of(method: str, focus: Focus | None, place: int) -> str:
    """Give the focus its two colours, and all others shades of grey."""
    if focus and method == focus.first:
        return FIRST
    if focus and method == focus.second:
        return SECOND
    return _SHADES[place % len(_SHADES)]
