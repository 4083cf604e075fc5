"""Methods in the order of their mean ranks, and which of them are not told apart.

That is what a critical-difference diagram shows (Demsar, JMLR, 2006). There Nemenyi's test of the ranks
themselves joins methods; here it is the tests of the table: over topics and seeds, of the macro mean over
all pairs, corrected over all pairs of methods. A test of mean ranks takes languages for the sample, of
which there are few, and its verdict on two methods depends on which others are there (Benavoli, Corani &
Mangili, JMLR, 2016).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from clirbench.analysis.answer import decisive
from clirbench.statistics.results import Comparison

if TYPE_CHECKING:
    from clirbench.statistics import Comparisons
    from clirbench.statistics.ranks import MeanRank

__all__ = ["Ranking", "ranking"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The methods that have a mean rank, the best first."""

    methods: tuple[tuple[str, MeanRank], ...]
    groups: tuple[tuple[int, ...], ...]
    """Places of methods that are not told apart. Each is the largest such set around some pair;
    every pair that is not told apart is in one."""
    pairs: int
    """Language pairs that ranks are means over."""


def ranking(comparisons: Comparisons) -> Ranking | None:
    """Order the methods; None where no two have a rank, as on a single pair."""
    found = [(one.method, one.mean_rank) for one in comparisons.profiles if one.mean_rank]
    if not found:
        return None
    ordered = sorted(found, key=lambda one: one[1].rank)
    names = [name for name, _ in ordered]
    every = comparisons.design.scope("all").name
    primary = [one for one in (comparisons.primary,) if isinstance(one, Comparison)]
    apart = {
        frozenset((one.first, one.second))
        for one in (*primary, *comparisons.comparisons)
        if one.on == every and decisive(one) <= comparisons.design.alpha
    }
    joined = {
        (i, j)
        for (i, first), (j, second) in combinations(enumerate(names), 2)
        if {first, second} not in apart
    }
    return Ranking(
        methods=tuple(ordered),
        groups=tuple(_groups(len(names), joined)),
        pairs=len(comparisons.design.pairs),
    )


def _groups(count: int, joined: Collection[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Cover all joined pairs (low, high) with sets in which every two are joined, wide ones first."""
    groups: list[tuple[int, ...]] = []
    for pair in sorted(joined, key=lambda one: (one[0], -one[1])):
        if any({*pair} <= {*group} for group in groups):
            continue
        group = [*pair]
        for other in range(count):
            if other not in group and all(_ordered(other, one) in joined for one in group):
                group.append(other)
        groups.append(tuple(sorted(group)))
    return groups


def _ordered(first: int, second: int) -> tuple[int, int]:
    return min(first, second), max(first, second)
