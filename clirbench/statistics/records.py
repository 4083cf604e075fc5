"""Score records and their labels, checked."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cache
from typing import NamedTuple, TypeAlias, TypeVar

from clirbench.errors import StatisticsError

__all__ = [
    "Cell",
    "MissingCell",
    "Record",
    "by_cell",
    "in_range",
    "labels",
    "topic_ids",
    "untrained_methods",
]

Record: TypeAlias = "tuple[str, str, int | None, str, float | None]"
"""Method, pair, seed (None: an untrained method), topic, value (None: missing)."""
Cell: TypeAlias = "tuple[str, str, int | None]"
"""Method, pair, seed."""
_T = TypeVar("_T")


class MissingCell(NamedTuple):
    """A cell that has no score for some of its pair's topics."""

    method: str
    pair: str
    seed: int | None
    topics: int
    """How many topics have no score."""
    of: int
    """How many topics the pair has; 0 where no method has a score for the pair."""

    def __str__(self) -> str:
        cell = _told(self.method, self.pair, self.seed)
        if self.topics == self.of:
            return f"{cell}: no scores"
        return f"{cell}: {self.topics} of {self.of} topics have no score"


_UP_TO_1 = frozenset(
    [
        "Accuracy",
        "AP",
        "BPref",
        "Bpref",
        "ERR",
        "infAP",
        "IPrec",
        "Judged",
        "MAP",
        "MRR",
        "nDCG",
        "NDCG",
        "P",
        "Precision",
        "R",
        "RBP",
        "Recall",
        "RPrec",
        "Rprec",
        "RR",
        "SetAP",
        "SetF",
        "SetP",
        "SetR",
        "Success",
    ]
)
"""Measures, by their names without parameters and cutoff, that lie in [0, 1]."""
_SLACK = 1e-9
"""By which rounding may carry a score beyond its measure's range."""


def in_range(measure: str, value: float) -> bool:
    """Whether a measure can have a value; of a measure that is not known, any may be."""
    return not _bounded(measure) or -_SLACK <= value <= 1 + _SLACK


@cache
def _bounded(measure: str) -> bool:
    return re.split(r"[@(]", measure, maxsplit=1)[0] in _UP_TO_1


def by_cell(records: Iterable[Record], measure: str) -> dict[Cell, dict[str, float]]:
    """Collect the values of each cell by topic; what is missing is NaN.

    Raises:
        StatisticsError: the same score twice, or one that is not finite or not in the measure's range.
    """
    cells: defaultdict[Cell, dict[str, float]] = defaultdict(dict)
    for method, pair, seed, topic, value in records:
        scores = cells[method, pair, seed]
        if topic in scores:
            raise StatisticsError(f"{_told(method, pair, seed)}: topic {topic} has two scores")
        if value is None:
            scores[topic] = math.nan
            continue
        number = float(value)
        if not math.isfinite(number):
            raise StatisticsError(
                f"{_told(method, pair, seed)}: topic {topic} scores {number}; leave out scores "
                "that are missing"
            )
        if not in_range(measure, number):
            raise StatisticsError(
                f"{_told(method, pair, seed)}: topic {topic} scores {number:g}, but {measure} "
                "must be in [0, 1]"
            )
        scores[topic] = number
    return dict(cells)


def _told(method: str, pair: str, seed: int | None) -> str:
    return f"{method} on {pair}" + ("" if seed is None else f", seed {seed}")


def labels(what: str, found: Iterable[_T], given: Collection[_T] | None) -> tuple[_T, ...]:
    """Give the labels of an axis: `given`, or as `found` where nothing is given.

    Raises:
        StatisticsError: something found is not among those given.
    """
    present = tuple(dict.fromkeys(found))
    if given is None:
        return present
    if unknown := [label for label in present if label not in given]:
        raise StatisticsError(
            f"scores for the unknown {what} {unknown[0]}; expected {', '.join(map(str, given))}"
        )
    return tuple(dict.fromkeys(given))


def topic_ids(pair: str, found: set[str], given: Iterable[str] | None) -> tuple[str, ...]:
    """Give the sorted topic ids of a pair, by the rule of `labels`."""
    known = found if given is None else set(given)
    if unknown := found - known:
        raise StatisticsError(f"{pair}: scores for the unknown topic {min(unknown)}")
    return tuple(sorted(known))


def untrained_methods(cells: Iterable[Cell], given: Collection[str] | None) -> frozenset[str]:
    """Tell the methods that have one run without seed.

    Raises:
        StatisticsError: a method has runs of both kinds, or of another than is given.
    """
    cells = list(cells)
    without = {method for method, _, seed in cells if seed is None}
    seeded = {method for method, _, seed in cells if seed is not None}
    untrained = without if given is None else set(given)
    if mixed := (without & seeded) | (untrained & seeded) | (without - untrained):
        raise StatisticsError(
            f"{min(mixed)}: an untrained method has one run without a seed, a trained one has seeds"
        )
    return frozenset(untrained)
