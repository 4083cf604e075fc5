"""Two sets of scores of the same pairs and methods, compared over topics and seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from clirbench.analysis.baseline import Baseline
from clirbench.analysis.seed_noise import seed_noise
from clirbench.results.cells import Key, Means
from clirbench.statistics import SeedSD, adjust, change_between, number, p_value
from clirbench.statistics import change as statistics
from clirbench.statistics.streams import Array

__all__ = ["ALL_PAIRS", "Change", "changes"]

ALL_PAIRS = "all pairs"
"""Stands for a pair in the change of a method's macro mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From the scores before to those after; positive differences are improvements."""

    pair: str
    """A pair, or `ALL_PAIRS`."""
    method: str
    before: float
    """Mean over topics, seeds and pairs."""
    after: float
    differing: int
    """Topics whose score is not the same, to the last bit."""
    test: statistics.Change
    """Over topics, or clusters of them, and seeds."""
    p_adjusted: float | None
    """The test's p, adjusted by Holm's method within all changes looked at; None: there is no p."""

    @property
    def shown(self) -> tuple[str, str, str, str]:
        """Before, after, difference and adjusted p, as tables show them."""
        return (
            number(self.before),
            number(self.after),
            number(self.test.difference, sign=True),
            "–" if self.p_adjusted is None else p_value(self.p_adjusted).removeprefix("= "),
        )


def changes(
    before: Baseline,
    after: Baseline,
    *,
    of: Sequence[Sequence[Key]],
    seed_sd: float | None = None,
    family: int | None = None,
) -> list[Change]:
    """Compare what both have on the same topics.

    Args:
        before: scores.
        after: scores.
        of: what to compare: for each change a pair and method, or one method's entries on several
            pairs, of which the macro mean is compared.
        seed_sd: deviation by seed of a run's mean on a pair, stated; an estimate counts where it is
            larger. Methods without training have none.
        family: number of comparisons that were planned; those not made count as p = 1. None: as
            many as are made.
    """
    noise = seed_noise(before, after, seed_sd)
    found = [_change(keys, before, after, noise.of(keys)) for keys in of]
    p = [1.0 if change.test.p is None else change.test.p for change in found]
    adjusted = adjust(p, "holm", size=family)
    return [
        change if change.test.p is None else replace(change, p_adjusted=p)
        for change, p in zip(found, adjusted, strict=True)
    ]


def _change(
    keys: Sequence[Key], before: Baseline, after: Baseline, seed_sd: SeedSD | None
) -> Change:
    """Compare a macro mean; that of one pair is its own.

    A topic of pair l of L weighs 1 / (L n_l). Topics with one id, or in one cluster, are one draw for
    all pairs: they are translations, and where they are not, that costs nothing.
    """
    sides = [[side.scores[key] for key in keys] for side in (before, after)]
    clusters: list[str] = []
    for key, means in zip(keys, sides[0], strict=True):
        of = after.clusters.of.get(key[0]) or before.clusters.of.get(key[0]) or {}
        clusters += [f"cluster {of[t]}" if t in of else f"topic {t}" for t in means.topics]
    old, new = (_weighted(_tables(side)) for side in sides)
    test = change_between(old, new, clusters=clusters, seed_sd=seed_sd)
    first, second = ([means.topics for means in side] for side in sides)
    return Change(
        pair=keys[0][0] if len(keys) == 1 else ALL_PAIRS,
        method=keys[0][1],
        before=sum(means.mean for means in sides[0]) / len(keys),
        after=sum(means.mean for means in sides[1]) / len(keys),
        differing=sum(
            own[t] != x for was, own in zip(first, second, strict=True) for t, x in was.items()
        ),
        test=test,
        p_adjusted=None,
    )


def _tables(side: Sequence[Means]) -> list[Array]:
    """Give each pair's scores, (runs, topics); one row of means where pairs have not as many runs."""
    tables = [
        np.array([[run[t] for t in means.topics] for run in means.runs.values() or [means.topics]])
        for means in side
    ]
    if len({len(table) for table in tables}) > 1:
        return [table.mean(axis=0, keepdims=True) for table in tables]
    return tables


def _weighted(tables: Sequence[Array]) -> Array:
    """Join tables of pairs to one whose mean is the mean of theirs."""
    n = sum(table.shape[1] for table in tables)
    scaled = [table * (n / (len(tables) * table.shape[1])) for table in tables]
    return np.concatenate(scaled, axis=1)
