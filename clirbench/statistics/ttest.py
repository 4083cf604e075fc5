"""The paired t-test, and its form for a mean of independent strata."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from clirbench.errors import StatisticsError
from clirbench.statistics.clusters import cluster_sums, places
from clirbench.statistics.streams import Array

__all__ = [
    "ROUNDING",
    "VANISHING",
    "StandardError",
    "TTest",
    "margin_of_error",
    "paired_t",
    "standard_error",
    "t_test",
]

VANISHING = 1e-12
"""A standard error below this share of the scores' size is rounding, and taken for 0."""
ROUNDING = 1e-9
"""Relative difference of two variances, or of two p-values, that counts as none."""


class StandardError(NamedTuple):
    """Standard error of a mean, with its degrees of freedom."""

    error: float
    df: float


class TTest(NamedTuple):
    """Outcome of a two-sided t-test; t and p are None where not defined, and `why` says why."""

    t: float | None
    df: float
    p: float | None
    why: str = ""


def paired_t(differences: Array, *, clusters: Sequence[Hashable] | None = None) -> TTest:
    """Test whether paired `differences`, (n,), have mean 0; two-sided.

    Args:
        differences: by topic.
        clusters: that of each topic; None: each topic is a unit.

    Raises:
        StatisticsError: no differences, or one that is not finite.
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise StatisticsError("a t-test needs finite differences, (n,), n >= 1")
    mean = float(values.mean())
    influence = (values - mean) / len(values)
    if clusters is not None:
        influence = cluster_sums(influence, places(clusters))
    error = standard_error([influence])
    return t_test(mean, error, size=float(np.abs(values).max()))


def standard_error(influences: Sequence[Array]) -> StandardError | None:
    """Standard error of a sum of independent stratum means.

    The variance is the sum over strata of n / (n - 1) sum_i e_i^2, where e_i is what unit i's
    deviation adds to the estimate; degrees of freedom are Satterthwaite's (Biometrics Bulletin,
    1946). With one stratum it is s / sqrt(n) with n - 1, with two it is Welch's.

    Args:
        influences: for each stratum e, (n,), summing to 0.

    Returns:
        None where a stratum has a single unit: its variance is not known.
    """
    if any(len(e) < 2 for e in influences):  # noqa: PLR2004
        return None
    variances = [len(e) / (len(e) - 1) * float(e @ e) for e in influences]
    total = sum(variances)
    spread = sum(v * v / (len(e) - 1) for v, e in zip(variances, influences, strict=True))
    df = total * total / spread if spread else float(sum(len(e) - 1 for e in influences))
    return StandardError(total**0.5, df)


def t_test(mean: float, error: StandardError | None, *, size: float) -> TTest:
    """Test whether an estimate with a known standard error is 0; two-sided.

    Args:
        mean: the estimate.
        error: its standard error; None: not known.
        size: largest absolute score behind it, against which rounding is judged.
    """
    from scipy.special import stdtr

    if error is None:
        return TTest(None, 0.0, None, "a single topic has no variance")
    if error.error <= VANISHING * size:
        if abs(mean) <= VANISHING * size:
            return TTest(0.0, error.df, 1.0)
        return TTest(None, error.df, None, "the differences do not vary")
    t = mean / error.error
    # The smallest number there is stands for what is smaller: no p is 0.
    return TTest(t, error.df, max(float(2 * stdtr(error.df, -abs(t))), sys.float_info.min))


def margin_of_error(error: StandardError, *, confidence: float = 0.95) -> float:
    """Half the width of the t interval of a mean."""
    from scipy.special import stdtrit

    return float(stdtrit(error.df, (1 + confidence) / 2)) * error.error
