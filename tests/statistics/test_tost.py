"""Equivalence."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.weightstats import ttost_paired

from clirbench.errors import StatisticsError
from clirbench.statistics.streams import Array
from clirbench.statistics.tost import equivalence
from clirbench.statistics.ttest import standard_error


def over_topics(differences: Array, margin: float) -> float | None:
    """TOST by the error that paired differences have over topics."""
    mean = float(differences.mean())
    error = standard_error([(differences - mean) / len(differences)])
    return equivalence(mean, error, margin, size=float(np.abs(differences).max()))


def test_equals_statsmodels() -> None:
    """The p is statsmodels' paired TOST, on either side of 0."""
    first, second = np.random.default_rng(0).random((2, 30))
    for sign in (1, -1):
        theirs = ttost_paired(sign * first, sign * second, -0.1, 0.1)[0]
        assert over_topics(sign * (first - second), 0.1) == pytest.approx(theirs)


def test_a_wider_margin_is_easier() -> None:
    """The p falls as the margin grows, and is at least 1/2 where the mean lies outside."""
    values = np.random.default_rng(1).normal(0.05, 0.2, 40)
    p = [over_topics(values, margin) for margin in (0.01, 0.1, 0.2, 0.4)]
    assert p == sorted(p, reverse=True)
    assert p[0] > 0.5
    assert p[-1] < 0.001


def test_degenerate_samples() -> None:
    """Differences that do not vary, or whose error is not known, give None; a bad margin is an error."""
    assert over_topics(np.full(3, 0.2), 0.1) is None
    assert over_topics(np.array([0.1]), 0.1) is None
    with pytest.raises(StatisticsError, match="margin must be > 0"):
        over_topics(np.array([0.1, 0.2]), 0)
