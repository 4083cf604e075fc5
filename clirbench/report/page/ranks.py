"""Mean ranks over the language pairs, and which methods are not told apart: Demsar's diagram, upright."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from clirbench.analysis.ranking import Ranking
from clirbench.report.page.strips import APART, axis, join, place
from clirbench.report.page.svg import Scale
from clirbench.statistics.ranks import MeanRank

__all__ = ["RankChart", "rank_chart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankChart:
    """A row a method, the best first."""

    pairs: int
    rows: tuple[tuple[str, MeanRank, Markup, Markup], ...]
    """Method, its rank, that drawn, and the bars that join it with others."""
    axis: Markup
    joined: bool
    """Whether any two are not told apart."""
    width: int
    """Of the bars, in pixels."""


def rank_chart(found: Ranking | None) -> RankChart | None:
    """Draw the ranks; None where there are none."""
    if found is None:
        return None
    count = len(found.methods)
    scale = Scale(low=1 - 0.06 * count, high=1.06 * count)
    rows = []
    for at, (method, mean) in enumerate(found.methods):
        bars = [
            (at > group[0], at in group, at < group[-1]) if group[0] <= at <= group[-1] else None
            for group in found.groups
        ]
        rows.append((method, mean, place(mean.rank, mean.interval, scale), join(bars)))
    return RankChart(
        pairs=found.pairs,
        rows=tuple(rows),
        axis=axis(scale),
        joined=bool(found.groups),
        width=APART * max(len(found.groups), 1) + 12,
    )
