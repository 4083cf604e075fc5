"""Almost stochastic order of seeds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clirbench.errors import StatisticsError
from clirbench.statistics import almost_stochastic_order

runs = st.lists(st.integers(0, 20), min_size=2, max_size=7).map(lambda n: np.array(n) / 20)


@pytest.mark.parametrize(
    ("first", "second", "ratio", "bound"),
    [
        ([0.412, 0.398, 0.421, 0.405, 0.417], [0.401, 0.409, 0.395, 0.399, 0.404], 0.0, 0.19),
        ([0.30, 0.32, 0.31], [0.33, 0.29, 0.305, 0.315], 0.4999, 1.0),
        ([1.0, 2.0, 3.0], [1.5, 1.7, 4.0], 0.93278, 1.0),
        ([0.40, 0.41, 0.42, 0.43, 0.44], [0.30, 0.31, 0.32, 0.33, 0.34], 0.0, 0.0),
    ],
)
def test_equals_deepsig(
    first: list[float], second: list[float], ratio: float, bound: float
) -> None:
    """Violation ratios are those of deepsig 1.2.8 in steps of 1e-4, bounds those of its bootstrap."""
    found = almost_stochastic_order(np.array(first), np.array(second))
    assert found.ratio == pytest.approx(ratio, abs=2e-4)
    assert found.bound == pytest.approx(bound, abs=0.025)


@given(runs, runs)
def test_ratio_by_integration(first: np.ndarray, second: np.ndarray) -> None:
    """The sum over steps is the integral of the quantile functions, taken at a fine grid's middles."""
    t = (np.arange(4200) + 0.5) / 4200  # a multiple of every size drawn
    above, below = (np.quantile(x, t, method="inverted_cdf") for x in (first, second))
    whole = ((above - below) ** 2).sum()
    violated = ((above - below) ** 2)[below > above].sum()
    expected = violated / whole if whole else 0.5
    assert almost_stochastic_order(first, second, resamples=10).ratio == pytest.approx(expected)


@given(runs, runs)
def test_properties(first: np.ndarray, second: np.ndarray) -> None:
    """Ratios of both directions sum to 1; order, scale and a constant change nothing."""
    one = almost_stochastic_order(first, second, resamples=200)
    other = almost_stochastic_order(second, first, resamples=200)
    assert one.ratio + other.ratio == pytest.approx(1)
    assert one.ratio <= one.bound <= 1
    again = almost_stochastic_order(4 * first[::-1] + 1, 4 * second + 1, resamples=200)
    assert again.ratio == pytest.approx(one.ratio)
    family = almost_stochastic_order(first, second, resamples=200, comparisons=10)
    assert family.bound >= one.bound


def test_more_seeds_are_surer() -> None:
    """With a gain of one standard deviation, 40 seeds tell what 4 do not."""
    draw = np.random.default_rng(0)
    few, many = (
        almost_stochastic_order(draw.normal(1, 1, n), draw.normal(0, 1, n)) for n in (4, 40)
    )
    assert many.bound < 0.2
    assert few.bound > many.bound


def test_degenerate_samples() -> None:
    """Equal runs have ratio 1/2; a single run of a method, or NaN, is an error."""
    assert almost_stochastic_order(np.full(3, 0.5), np.full(4, 0.5)) == (0.5, 0.5)
    for bad in ([0.5], [0.5, np.nan]):
        with pytest.raises(StatisticsError, match="2 or more runs"):
            almost_stochastic_order(np.array(bad), np.array([0.1, 0.2]))
