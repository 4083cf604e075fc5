"""How figures for papers look: one column wide, or two; colours that the colour-blind tell apart."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from clirbench.analysis.focus import Focus

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

__all__ = [
    "CLASSES",
    "FIRST",
    "GREY",
    "INK",
    "OTHER",
    "PALE",
    "SECOND",
    "SIZES",
    "TEXT",
    "USUAL",
    "WIDTHS",
    "Look",
    "Mark",
    "bare",
    "legend",
    "looking",
    "marks_of",
    "new_figure",
    "scale",
    "ticked",
    "wrapped",
]

FIRST, SECOND = "#0063a6", "#b04500"
INK, GREY, OTHER, PALE = "#1d1f23", "#80868e", "#8b9098", "#cfcdc6"
CLASSES = {
    "low": ("#8f2561", "o"),
    "medium": ("#7a6200", "s"),
    "high": ("#00725f", "D"),
}
"""Colour and marker of each resource class."""
_COLOURS = ("#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#332288", "#882255", "#999933", "#1d1f23", "#80868e")  # fmt: skip
"""Beside those of the focus: Okabe and Ito's palette (2008), then darker ones of Tol's (2021)."""
_MARKERS = ("s", "D", "^", "v", "P", "X", "<", ">", "h", "p", "*")
_LINES = ("-", "--", "-.", ":")
_COLUMN, TEXT = 3.35, 7.0
"""Width in inches of a column and of the text of a two-column paper."""
_PANEL = 1.6
"""Least width of a panel in inches, at the usual size of letters."""
_ACROSS = 4
_SIZE = 7.5
"""Usual size of letters in points."""
_LETTER = 0.58
"""Mean width of a letter as a share of its size, rounded up, for capitals need it."""
_BOLD = 0.87
"""How much narrower letters are than bold ones."""
_LINES_OF_NAME = 3
_UNHINTED = {"text.hinting": "none"}
"""Hinting moves letters to whole pixels; so text would be wider in a file than in the layout."""


WIDTHS = (2.5, 20.0)
"""Inches that a figure may be wide."""
SIZES = (5.0, 14.0)
"""Points that letters may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What an author sets of figures."""

    width: float | None = None
    """Of every figure, in inches; None: a column or a page, whichever the figure needs."""
    font: str | None = None
    """Family of the letters; None: matplotlib's own."""
    size: float = _SIZE
    """Of the letters, in points."""


USUAL = Look()
_LOOK: ContextVar[Look] = ContextVar("look", default=USUAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How a method, or a language pair, looks in all panels of a figure."""

    colour: str
    marker: str
    line: str


@contextmanager
def looking(look: Look) -> Iterator[None]:
    """Draw, lay out and save figures in a look."""
    import matplotlib as mpl

    before = _LOOK.set(look)
    try:
        with mpl.rc_context(_settings(look)):
            yield
    finally:
        _LOOK.reset(before)


def _settings(look: Look) -> dict[str, Any]:
    """Matplotlib's settings for a look."""
    return {
        "font.size": look.size,
        **({"font.family": [look.font, "sans-serif"]} if look.font else {}),
        "axes.titlesize": look.size + 0.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelsize": look.size,
        "xtick.labelsize": look.size,
        "ytick.labelsize": look.size,
        "figure.labelsize": look.size,
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
        "legend.fontsize": look.size,
        "legend.handlelength": 1.6,
        "text.parse_math": False,  # names are shown as they are
        "pdf.fonttype": 42,  # publishers refuse Type 3
        "svg.hashsalt": "clirbench",  # the same figure is the same bytes
        "figure.constrained_layout.w_pad": 0.06,
        "figure.constrained_layout.h_pad": 0.05,
        "figure.dpi": 288,
        **_UNHINTED,
    }


def scale() -> float:
    """Say how much larger than usual the letters are."""
    return _LOOK.get().size / _SIZE


def wrapped(text: str, inches: float) -> str:
    """Break a text into lines that are no longer than a width; a fourth line and more are left out."""
    letters = max(int(inches * 72 / (_LETTER * _SIZE * scale())), 4)
    lines = textwrap.wrap(text, letters) or [""]
    if len(lines) > _LINES_OF_NAME:
        lines = [*lines[: _LINES_OF_NAME - 1], f"{lines[_LINES_OF_NAME - 1][: letters - 1]}…"]
    return "\n".join(lines)


def new_figure(
    panels: int,
    *,
    height: float,
    share: Literal["both", "none"] = "none",
    wide: bool = False,
    square: bool = False,
    names: Sequence[str] = (),
    least: float = 0.0,
) -> tuple[Figure, list[Axes]]:
    """Make a figure of panels in rows of up to four, as many as have room.

    Args:
        panels: how many.
        height: of a row, in inches.
        share: whether all have the same axes.
        wide: as wide as the text, also with a single panel.
        square: the panels stay square.
        names: of the panels, their titles.
        least: width in inches that it needs, at the usual size of letters.
    """
    given = _LOOK.get().width
    if given is not None:
        given = max(given, least * scale())
    room = given or TEXT
    across = min(panels, _ACROSS, max(int(room / (_PANEL * scale())), 1))
    down = math.ceil(panels / across)
    width = given or (TEXT if wide or across > 1 else _COLUMN)
    titles = [wrapped(name, _BOLD * (0.9 * width / across - 0.35 * scale())) for name in names]
    lines = max((title.count("\n") for title in titles), default=0)
    figure = _figure_class()(
        figsize=(width, scale() * ((height + 0.14 * lines) * down + 0.25)),
        layout="compressed" if square else "constrained",
    )
    every = figure.subplots(
        down, across, squeeze=False, sharex=share == "both", sharey=share == "both"
    ).flatten()
    for axes, title in zip(every, titles, strict=False):
        axes.set_title(title)
    for axes in every[panels:]:
        axes.set_visible(False)
    for place, axes in enumerate(every[:panels]):
        if share == "both" and place + across >= panels:  # nothing is below it
            axes.tick_params(labelbottom=True)
    return figure, list(every[:panels])


@cache
def _figure_class() -> type[Figure]:
    """Figures that a notebook shows, though they are not pyplot's."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    class ShownFigure(Figure):
        def savefig(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - matplotlib's own
            with mpl.rc_context(_UNHINTED):
                super().savefig(*args, **kwargs)

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
    width = figure.get_figwidth()
    names = [wrapped(name, width - 0.6) for name in entries]
    # a legend's columns are as wide as the longest name of each; this is never too many
    letters = max((len(line) for name in names for line in name.split("\n")), default=0)
    entry = (0.53 * letters + 4) * _SIZE * scale() / 72
    own = figure.legend(
        entries.values(),
        [" "] * len(entries),
        loc="outside upper center",
        ncols=max(1, min(len(entries), int(width / entry))),
    )
    for text, name in zip(own.get_texts(), names, strict=True):
        text.set_text(name)


def marks_of(names: Sequence[str], focus: Focus | None = None) -> dict[str, Mark]:
    """Give each name a colour, a marker and a line of its own; the focus has its two colours."""
    found = {}
    if focus:
        found[focus.first] = Mark(colour=FIRST, marker="o", line="-")
        found[focus.second] = Mark(colour=SECOND, marker="s", line="-")
    else:
        names = list(names)
        for name, colour, marker in zip(names[:2], (FIRST, SECOND), "os", strict=False):
            found[name] = Mark(colour=colour, marker=marker, line="-")
    others = (name for name in names if name not in found)
    for place, name in enumerate(others):
        found[name] = Mark(
            colour=_COLOURS[place % len(_COLOURS)],
            marker=_MARKERS[
                (place + 1) % len(_MARKERS)
            ],  # as many as colours they are not: no pair
            line=_LINES[(place // len(_COLOURS)) % len(_LINES)],  # comes twice in 99
        )
    return found


def ticked(axis: Axis, high: float) -> None:
    """Begin an axis at 0, and end it at the first tick that nothing lies beyond."""
    from matplotlib.ticker import MaxNLocator

    every = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]).tick_values(0, high or 1.0)
    ticks = [tick for tick in every if tick >= 0]
    last = next((i for i, tick in enumerate(ticks) if tick >= high), len(ticks) - 1)
    axis.set_ticks(ticks[: last + 1])
    axis.axes.set(**{f"{axis.axis_name}lim": (0, ticks[last])})  # type: ignore[attr-defined]
