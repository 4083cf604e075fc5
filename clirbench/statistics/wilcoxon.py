"""The Wilcoxon signed-rank test: about ranks of differences, not their mean.

Offered as a sensitivity analysis: with thousands of topics its error rate for a difference of means
is above nominal (Ihemelandu & Ekstrand, SIGIR 2023).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from clirbench.errors import StatisticsError
from clirbench.statistics.randomisation import ENUMERATED, TOLERANCE, paired_randomisation
from clirbench.statistics.streams import Array

__all__ = ["Wilcoxon", "wilcoxon"]

_EXACT = 50
"""Most untied differences for which SciPy's exact distribution is used."""


class Wilcoxon(NamedTuple):
    """Outcome of a two-sided signed-rank test."""

    statistic: float
    """The smaller of the two rank sums."""
    p: float
    topics: int
    """Differences that are not 0; the others are left out (Wilcoxon's own rule)."""
    balance: float
    """Rank sum of the differences above 0 less that of those below: the direction that p is about."""


def wilcoxon(differences: Array) -> Wilcoxon:
    """Test whether paired `differences`, (n,), are symmetric about 0; two-sided.

    Exact up to 20 differences, and up to 50 without ties; else by the normal approximation, which
    is corrected for ties. Differences equal but for rounding (1e-12 of the largest) are ties.

    Raises:
        StatisticsError: no differences, or one that is not finite.
    """
    from scipy import stats

    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise StatisticsError("a signed-rank test needs finite differences, (n,), n >= 1")
    grain = np.abs(values).max() * TOLERANCE
    steps = np.round(values / grain) if grain else values
    steps = _merged(steps[np.abs(steps) > 1])
    if not steps.size:
        return Wilcoxon(0.0, 1.0, 0, 0.0)
    ranks = stats.rankdata(np.abs(steps)) * np.sign(steps)
    statistic = float(min(ranks[ranks > 0].sum(), -ranks[ranks < 0].sum()))
    balance = float(ranks.sum())
    if len(steps) <= ENUMERATED:
        return Wilcoxon(statistic, paired_randomisation(ranks).p, len(steps), balance)
    ties = len(np.unique(np.abs(steps))) < len(steps)
    method: Literal["approx", "exact"] = "approx" if ties or len(steps) > _EXACT else "exact"
    p = float(stats.wilcoxon(steps, method=method).pvalue)
    return Wilcoxon(statistic, p, len(steps), balance)


def _merged(steps: Array) -> Array:
    """Replace absolute values that follow one another by at most one step by the first of them."""
    order = np.argsort(np.abs(steps))
    sizes = np.abs(steps)[order]
    new = np.diff(sizes, prepend=-np.inf) > 1
    merged = np.empty_like(steps)
    merged[order] = sizes[new][np.cumsum(new) - 1]
    signed: Array = merged * np.sign(steps)
    return signed
