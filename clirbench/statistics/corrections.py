"""p-values adjusted for the number of comparisons in a family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

import numpy as np

from clirbench.errors import StatisticsError
from clirbench.statistics.streams import Array

__all__ = ["MaxT", "adjust"]

_Method: TypeAlias = Literal["holm", "bonferroni", "bh"]


def adjust(p: Sequence[float], method: _Method = "holm", *, size: int | None = None) -> list[float]:
    """Adjust `p` within its family.

    Holm (Scandinavian Journal of Statistics, 1979) and Bonferroni bound the chance of any false
    claim, Benjamini & Hochberg (JRSS B, 1995; `bh`) the share of false ones among the claims, which
    suits exploration only. Written out rather than taken from statsmodels, whose function collects
    garbage at every call (50 ms) and whose import takes a second; the tests hold it against theirs.

    Args:
        p: the family's p-values.
        method: `holm`, `bonferroni` or `bh`.
        size: how many comparisons were planned; those that could not be made count as p = 1.

    Raises:
        StatisticsError: an unknown method, a p outside [0, 1], or a size below the number of p.
    """
    if method not in get_args(_Method):
        names = ", ".join(get_args(_Method))
        raise StatisticsError(f'unknown correction "{method}"; known: {names}')
    if not all(0 <= one <= 1 for one in p):
        raise StatisticsError("a p-value is not in [0, 1]")
    m = len(p) if size is None else size
    if m < len(p):
        raise StatisticsError(f"{len(p)} p-values, but the family has only {size}")
    padded = np.array([*p, *[1.0] * (m - len(p))])
    order = np.argsort(padded, kind="stable")
    ordered, ranks = padded[order], np.arange(1, m + 1)
    if method == "holm":
        ordered = np.maximum.accumulate((m - ranks + 1) * ordered)
    elif method == "bonferroni":
        ordered = m * ordered
    else:
        ordered = np.minimum.accumulate((m / ranks * ordered)[::-1])[::-1]
    adjusted = np.empty_like(padded)
    adjusted[order] = np.minimum(ordered, 1)
    return [float(one) for one in adjusted[: len(p)]]


class MaxT:
    """Step-down maxT (Westfall & Young, 1993; for retrieval: Boytsov et al., CIKM 2013).

    The adjusted p of a comparison is how often the largest of the statistics that are not above its
    own exceeds it under resampling; what the comparisons have in common is thus used. Patterns are
    added in chunks, so that their number does not fill memory.
    """

    def __init__(self, observed: Array, *, slack: Array | float = 0.0) -> None:
        """Start from the observed statistics, (K,); `slack` makes equal ones count as equal."""
        self._order = np.argsort(-np.abs(observed), kind="stable")
        self._threshold = (np.abs(observed) - slack)[self._order]
        self._counts = np.zeros(len(observed), dtype=np.int64)
        self._patterns = 0

    def add(self, null: Array) -> None:
        """Count B more patterns, (K, B)."""
        ordered = np.abs(null)[self._order]
        largest = np.maximum.accumulate(ordered[::-1])[::-1]
        self._counts += np.count_nonzero(largest >= self._threshold[:, None], axis=1)
        self._patterns += null.shape[1]

    def adjusted(self) -> list[float]:
        """Give the adjusted p-values, each at least (0 + 1) / (patterns + 1)."""
        p = np.maximum.accumulate((self._counts + 1) / (self._patterns + 1))
        back = np.empty_like(p)
        back[self._order] = p
        return [float(one) for one in back]
