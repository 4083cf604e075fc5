"""Bootstrap intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from clirbench.errors import StatisticsError
from clirbench.statistics import bootstrap_interval
from clirbench.statistics.bootstrap import (
    acceleration,
    bca_interval,
    expanded,
    percentile_interval,
)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_near_scipy(method: str) -> None:
    """Both intervals of a skewed sample are SciPy's, within resampling error; percentile's at its own level."""
    values = np.random.default_rng(0).exponential(1, 40) - 0.8
    ours = bootstrap_interval(values, resamples=40_000, method=method)
    theirs = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=40_000,
        method=method,
        confidence_level=expanded(0.95, 39) if method == "percentile" else 0.95,
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert ours.low == pytest.approx(theirs.low, abs=0.008)
    assert ours.high == pytest.approx(theirs.high, abs=0.008)


@pytest.mark.parametrize(
    ("n", "share"), [(10, 0.0086), (20, 0.0159), (50, 0.0212), (1000, 0.02482)]
)
def test_expanded_tails(n: int, share: float) -> None:
    """Tails are those that make a normal interval a t interval times sqrt(n / (n - 1))."""
    assert (1 - expanded(0.95, n - 1)) / 2 == pytest.approx(share, abs=0.0001)
    z = stats.norm.ppf(1 - share)
    assert z == pytest.approx(stats.t.ppf(0.975, n - 1) * (n / (n - 1)) ** 0.5, rel=0.003)


def test_bca_leans_with_the_skew() -> None:
    """For a right-skewed sample both BCa ends lie right of the percentiles."""
    values = np.random.default_rng(5).exponential(1, 30)
    plain, leaning = (bootstrap_interval(values, method=how) for how in ("percentile", "bca"))
    assert leaning.low > plain.low
    assert leaning.high > plain.high


def test_bca_without_bias_and_skew_is_percentile() -> None:
    """A symmetric distribution about its estimate is cut at the plain percentiles."""
    drawn = np.arange(-500.0, 501.0)[None]
    skewless = bca_interval(drawn, np.zeros(1), np.zeros(1), 0.9)
    assert skewless == pytest.approx(percentile_interval(drawn, 0.9))
    assert percentile_interval(drawn, 0.9)[0] == pytest.approx(np.quantile(drawn[0], [0.05, 0.95]))


def test_rounding_does_not_move_bca() -> None:
    """Resamples that equal the estimate count half, whichever way rounding turns them."""
    random = np.random.default_rng(3)
    drawn = np.concatenate([random.normal(0.4, 0.1, 700), np.full(300, 0.4)])[None]
    observed = np.array([0.4])
    exact = bca_interval(drawn, observed, np.zeros(1), 0.95)
    for side in (-1, 1):
        rounded = drawn * (1 + side * 1e-15)
        assert bca_interval(rounded, observed, np.zeros(1), 0.95) == pytest.approx(exact, rel=1e-12)


def test_acceleration_is_the_jackknife_one() -> None:
    """The closed form for a mean is the jackknife's."""
    values = np.random.default_rng(2).exponential(1, 25)
    left_out = (values.sum() - values) / 24
    around = left_out.mean() - left_out
    jackknife = (around**3).sum() / (6 * (around**2).sum() ** 1.5)
    assert acceleration([((values - values.mean()) / 25)[:, None]])[0] == pytest.approx(jackknife)
    assert acceleration([np.zeros((25, 1))])[0] == 0


def test_reversed_differences_mirror_the_interval() -> None:
    """Percentile ends change places and signs; a constant moves both ends."""
    values = np.random.default_rng(1).normal(0, 1, 50)
    low, high = bootstrap_interval(values)
    assert bootstrap_interval(-values) == pytest.approx((-high, -low))
    assert bootstrap_interval(values + 2) == pytest.approx((low + 2, high + 2))


def test_coverage_is_near_nominal() -> None:
    """Of 300 intervals of normal samples, about 95 % hold the mean."""
    draw = np.random.default_rng(11)
    intervals = [
        bootstrap_interval(draw.normal(0, 1, 60), resamples=400, seed=i) for i in range(300)
    ]
    held = np.mean([low <= 0 <= high for low, high in intervals])
    assert 0.90 < held < 0.98


def test_degenerate_samples() -> None:
    """Equal differences have an interval without width; too few have none."""
    assert bootstrap_interval(np.zeros(4)) == (0, 0)
    assert bootstrap_interval(np.full(4, 0.3), method="bca") == pytest.approx((0.3, 0.3))
    with pytest.raises(StatisticsError, match="n >= 2"):
        bootstrap_interval(np.array([0.1]))
