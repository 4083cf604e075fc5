"""A table of the methods under conditions beside the suite's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clirbench.report.notes import BETTER, WORSE
from clirbench.statistics import number

if TYPE_CHECKING:
    from clirbench.statistics import Comparison, Comparisons
    from clirbench.statistics.bootstrap import Interval
    from clirbench.statistics.design import Scope

__all__ = ["MISSING", "ConditionTable", "compared_on", "ends", "mark_of", "signed"]

MISSING = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionTable:
    """The methods under one perturbation by share of words, or on one axis of a sweep by value."""

    title: str
    head: str = "method"
    """Of the first column."""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    """Method, and its entries."""
    notes: tuple[str, ...]


def compared_on(comparisons: Comparisons, method: str, scope: Scope) -> Comparison | None:
    """A method compared with the reference over just the pairs of a scope; None where it was not."""
    for one in comparisons.comparisons:
        if (one.first, one.on) == (method, scope.name):
            return one if comparisons.design.scope(one.on).pairs == scope.pairs else None
    return None


def mark_of(one: Comparison | None, alpha: float, *, low: bool = False) -> str:
    """Whether a method is significantly better than the reference, or worse; "" if neither.

    Args:
        one: the comparison.
        alpha: level of significance.
        low: whether less is better.
    """
    if one is None or one.p_adjusted > alpha:
        return ""
    return BETTER if (one.difference < 0) == low else WORSE


def signed(value: float | None, *, sign: bool = True) -> str:
    """A number with its sign, or a dash."""
    return MISSING if value is None else number(value, sign=sign)


def ends(interval: Interval | None) -> str:
    """An interval, or a dash."""
    return f"[{number(interval.low)}, {number(interval.high)}]" if interval else MISSING
