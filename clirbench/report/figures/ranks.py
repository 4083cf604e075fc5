"""The critical-difference diagram: mean ranks on a line, and which methods are not told apart."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from clirbench.analysis.focus import Focus
from clirbench.analysis.ranking import Ranking
from clirbench.report.figures.style import (
    FIRST,
    GREY,
    INK,
    SECOND,
    TEXT,
    new_figure,
    scale,
    wrapped,
)
from clirbench.report.page.svg import shortened
from clirbench.statistics import Design
from clirbench.statistics.ranks import MeanRank

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_ranks"]

_ROW, _BAR = 1.0, 0.55
"""Distance between two names, and between two bars."""
_LETTER, _LONGEST = 0.059, 30
"""Width of a letter in inches, and letters of a name that are shown."""
_DENSE = 12
"""Most ranks of which each has its number."""


def draw_ranks(
    found: Ranking | None,
    design: Design,
    focus: Focus | None,
    titles: Mapping[str, str] = MappingProxyType({}),
) -> Figure | None:
    """Draw Demsar's diagram (JMLR, 2006): the better half of the methods on the left, the others right.

    It is as wide as a page: names on both sides leave a column no room for ranks.

    Beside a name stand its mean rank and the interval. A bar joins methods, those with a dot on it, no
    two of which are told apart.
    """
    if found is None:
        return None
    count = len(found.methods)
    left = (count + 1) // 2
    bars = _BAR * len(found.groups)
    depth = 0.45 + bars + _ROW * left
    figure, (axes,) = new_figure(1, height=0.45 + 0.17 * depth, wide=True, least=TEXT)
    longest = min(_LONGEST, int(0.4 * figure.get_figwidth() / (_LETTER * scale())) - 16)
    labels = [_label(titles.get(name, name), mean, longest) for name, mean in found.methods]
    beside = [
        _LETTER * scale() * (2 + max(len(" ".join(one)) for one in own))
        for own in (labels[:left], labels[left:])
    ]
    low, high = 1, count
    span = max(high - low, 1)
    per_inch = span / max(figure.get_figwidth() - sum(beside) - 0.4, 0.5)
    axes.set_xlim(low - beside[0] * per_inch, high + beside[1] * per_inch)
    axes.set_ylim(-depth, 1.1)
    axes.axis("off")
    axes.plot([low, high], [0, 0], color=INK, linewidth=0.8)
    step = 1 if count <= _DENSE else 5
    for tick in [low, *(rank for rank in range(2, count + 1) if rank % step == 0)]:
        axes.plot([tick, tick], [0, 0.22], color=INK, linewidth=0.8)
        axes.text(tick, 0.34, str(tick), ha="center", va="bottom")
    for bar, group in enumerate(found.groups):
        y = -0.45 - _BAR * bar
        own = [found.methods[place][1].rank for place in group]
        axes.plot(own, [y] * len(own), color=INK, linewidth=2.2, solid_capstyle="round")
        axes.plot(own, [y] * len(own), "o", color=INK, markersize=3.6)
    for place, (name, mean) in enumerate(found.methods):
        better = place < left
        y = -0.45 - bars - _ROW * (place if better else count - 1 - place)
        end = low - 0.1 * per_inch if better else high + 0.1 * per_inch
        axes.plot([mean.rank, mean.rank, end], [0, y, y], color=GREY, linewidth=0.6, zorder=0)
        colour = {focus.first: FIRST, focus.second: SECOND}.get(name, INK) if focus else INK
        text = "  ".join(labels[place] if better else labels[place][::-1])
        axes.text(
            end - 0.04 * per_inch if better else end + 0.04 * per_inch, y, text, color=colour,
            ha="right" if better else "left", va="center",
        )  # fmt: skip
    axes.set_title(f"Mean rank over {found.pairs} language pairs", loc="center")
    over = "topics and seeds" if len(design.seeds) > 1 else "topics"
    label = (
        f"[{100 * (1 - design.alpha):g} % interval over {over}]; joined by a bar: no significant "
        f"difference of the mean over the pairs at {design.alpha:g}, corrected"
    )
    figure.supxlabel(wrapped(label, figure.get_figwidth()))
    return figure


def _label(name: str, mean: MeanRank, longest: int) -> tuple[str, str]:
    """What stands beside a line, the outer part first."""
    return shortened(name, max(longest, 4)), str(mean)
