"""Equivalence."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.weightstats import ttost_paired

from clirbench.errors import StatisticsError
from clirbench.statistics.streams import Array
from clirbench.statistics.tost import Shares, shares_by_margin
from clirbench.statistics.ttest import StandardError, standard_error


def over_topics(differences: Array, margin: float) -> float | None:
    """TOST by the error that paired differences have over topics."""
    mean = float(differences.mean())
    error = standard_error([(differences - mean) / len(differences)])
    found = shares_by_margin(mean, error, margin, size=float(np.abs(differences).max()))
    return None if found is None else found.p_equivalent


def test_shares_are_a_posterior_under_a_flat_prior() -> None:
    """They are how often draws of the mean's posterior, given scores alone, fall on either side.

    With a prior flat in mean and log of the deviation, (n - 1) s^2 / sigma^2 is chi-square with n - 1
    degrees of freedom, and the mean normal around the sample's given sigma (Gelman et al., Bayesian Data
    Analysis, 3.2).
    """
    draw = np.random.default_rng(2)
    values = draw.normal(-0.02, 0.1, 12)
    n, mean = len(values), float(values.mean())
    sigma = np.sqrt(values.var(ddof=1) * (n - 1) / draw.chisquare(n - 1, 400_000))
    posterior = draw.normal(mean, sigma / n**0.5)
    error = standard_error([(values - mean) / n])
    found = shares_by_margin(mean, error, 0.01, size=1.0)
    assert found is not None
    expected = [
        (posterior < -0.01).mean(),
        (np.abs(posterior) <= 0.01).mean(),
        (posterior > 0.01).mean(),
    ]
    assert found == pytest.approx(expected, abs=0.004)
    assert sum(found) == pytest.approx(1)


def test_shares_from_the_other_side() -> None:
    """What is worse for one method is better for the other; far off, all lies on one side."""
    error = StandardError(0.01, 9.0)
    here, there = (shares_by_margin(mean, error, 0.02, size=1.0) for mean in (0.015, -0.015))
    assert here is not None
    assert there == pytest.approx(Shares(*reversed(here)))
    assert shares_by_margin(1.0, error, 0.02, size=1.0) == pytest.approx((0, 0, 1), abs=1e-12)


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
