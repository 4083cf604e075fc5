"""Two sets of scores of the same pairs and methods, compared topic by topic."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clirbench.results.cells import Key, Means
from clirbench.statistics import Interval, number, p_value

__all__ = ["Change", "changes"]

_RESAMPLES = 2000
"""Of an interval; its ends vary by some 3 % of its width, and 56 of 2,000 topics take seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From the scores before to those after; positive differences are improvements."""

    pair: str
    method: str
    before: float
    """Mean over topics and seeds."""
    after: float
    difference: float
    topics: int
    differing: int
    """Topics whose score is not the same, to the last bit."""
    interval: Interval | None
    """95 % bootstrap interval of the difference over topics; None: not asked for, or one topic."""
    p: float
    """Two-sided paired randomisation test over topics."""
    p_adjusted: float
    """`p`, adjusted by Holm's method within all changes looked at."""

    @property
    def shown(self) -> tuple[str, str, str, str]:
        """Before, after, difference and adjusted p, as tables show them."""
        return (
            number(self.before),
            number(self.after),
            number(self.difference, sign=True),
            p_value(self.p_adjusted).removeprefix("= "),
        )


def changes(
    before: Mapping[Key, Means],
    after: Mapping[Key, Means],
    *,
    keys: Sequence[Key],
    family: int | None = None,
    intervals: bool = False,
) -> list[Change]:
    """Compare `keys`, which both have with the same topics.

    Args:
        before: scores.
        after: scores.
        keys: which to compare.
        family: number of comparisons that were planned; those not made count as p = 1. None: as
            many as are made.
        intervals: whether to make intervals.
    """
    from clirbench.statistics import adjust

    found = [_change(key, before[key], after[key], intervals=intervals) for key in keys]
    adjusted = adjust([change.p for change in found], "holm", size=family)
    return [replace(change, p_adjusted=p) for change, p in zip(found, adjusted, strict=True)]


def _change(key: Key, before: Means, after: Means, *, intervals: bool) -> Change:
    import numpy as np

    from clirbench.statistics import bootstrap_interval, paired_randomisation

    deltas = np.array([after.topics[topic] - score for topic, score in before.topics.items()])
    differing = sum(after.topics[topic] != score for topic, score in before.topics.items())
    interval = None
    if intervals and len(deltas) > 1:
        interval = Interval(0.0, 0.0)
        if differing:
            interval = bootstrap_interval(deltas, resamples=_RESAMPLES)
    # Without a difference p is 1 by definition, and the test's 100,000 flips can be spared.
    p = paired_randomisation(deltas).p if differing else 1.0
    return Change(
        pair=key[0],
        method=key[1],
        before=before.mean,
        after=after.mean,
        difference=math.fsum(deltas) / len(deltas),
        topics=len(deltas),
        differing=differing,
        interval=interval,
        p=p,
        p_adjusted=p,
    )
