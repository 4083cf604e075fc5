"""The t-test and its stratified form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clirbench.errors import StatisticsError
from clirbench.statistics import paired_t
from clirbench.statistics.streams import Array
from clirbench.statistics.ttest import margin_of_error, standard_error, t_test


def test_textbook_sample(textbook: Array) -> None:
    """t, p and margin of error of systems 1 and 2 are the published ones."""
    difference = textbook[:, 0] - textbook[:, 1]
    outcome = paired_t(difference)
    assert outcome.t == pytest.approx(2.1158, abs=5e-5)
    assert outcome.df == pytest.approx(19)
    assert outcome.p == pytest.approx(0.04780, abs=5e-6)
    error = standard_error([(difference - difference.mean()) / 20])
    assert margin_of_error(error) == pytest.approx(0.0742, abs=5e-5)


@given(st.integers(0, 1000), st.integers(2, 60))
def test_equals_scipy(seed: int, n: int) -> None:
    """The t and p are those of SciPy's paired test."""
    first, second = np.random.default_rng(seed).random((2, n))
    ours, theirs = paired_t(first - second), stats.ttest_rel(first, second)
    assert ours.t == pytest.approx(theirs.statistic)
    assert ours.p == pytest.approx(theirs.pvalue)


def test_two_strata_are_welch() -> None:
    """The mean of two independent means is tested as Welch tests their difference."""
    draw = np.random.default_rng(3)
    first, second = draw.normal(0.1, 1, 12), draw.normal(0.3, 2, 30)
    error = standard_error([(first - first.mean()) / 12 / 2, (second - second.mean()) / 30 / 2])
    ours = t_test((first.mean() + second.mean()) / 2, error, size=1.0)
    theirs = stats.ttest_ind(first, -second, equal_var=False)
    assert ours.t == pytest.approx(theirs.statistic)
    assert ours.df == pytest.approx(theirs.df)
    assert ours.p == pytest.approx(theirs.pvalue)


def test_p_is_never_0() -> None:
    """A t beyond the range of numbers still has a p above 0."""
    values = 1 + 1e-9 * np.random.default_rng(0).random(2000)
    assert 0 < paired_t(values).p < 1e-300


def test_degenerate_samples() -> None:
    """No difference gives p = 1; a constant one or a single topic gives None and the reason."""
    assert paired_t(np.zeros(4))[::2] == (0.0, 1.0)
    constant = paired_t(np.array([0.3, 0.1 + 0.2, 0.3]))
    assert (constant.t, constant.p) == (None, None)
    assert constant.why == "the differences do not vary"
    single = paired_t(np.array([0.3]))
    assert (single.t, single.p) == (None, None)
    assert single.why == "a single topic has no variance"


@pytest.mark.parametrize("bad", [[], [np.nan, 1], [[1.0, 2.0]]])
def test_bad_differences_are_refused(bad: list[float]) -> None:
    """What is not a finite vector is an error."""
    with pytest.raises(StatisticsError, match="t-test needs finite differences"):
        paired_t(np.array(bad))
