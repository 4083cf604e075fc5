"""The signed-rank test."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from clirbench.errors import StatisticsError
from clirbench.statistics import wilcoxon
from clirbench.statistics.streams import Array


@pytest.mark.parametrize("n", [5, 19, 21, 50, 51, 300])
def test_equals_scipy_without_ties(n: int) -> None:
    """The statistic and p are SciPy's: exact up to 50 differences, approximate beyond."""
    values = np.random.default_rng(n).normal(0.2, 1, n)
    theirs = stats.wilcoxon(values, method="exact" if n <= 50 else "approx")
    ours = wilcoxon(values)
    assert ours.statistic == theirs.statistic
    assert ours.p == pytest.approx(theirs.pvalue)
    assert ours.topics == n


def test_ties_in_binary_fractions_are_ties() -> None:
    """Differences of tenths rank as their whole numbers do, in a sample too large to enumerate."""
    draw = np.random.default_rng(0)
    first, second = draw.integers(0, 10, (2, 60))
    ours = wilcoxon(first / 10 - second / 10)
    theirs = stats.wilcoxon((first - second).astype(float), method="approx")
    assert ours.statistic == theirs.statistic
    assert ours.p == pytest.approx(theirs.pvalue)
    assert ours.topics == np.count_nonzero(first - second)


def test_tied_small_samples_are_exact(textbook: Array) -> None:
    """With ties and up to 20 differences p counts all sign patterns of the ranks, as SciPy's does."""
    tenth = np.round((textbook[:12, 0] - textbook[:12, 1]) * 10)
    theirs = stats.wilcoxon(tenth[tenth != 0], method=stats.PermutationMethod(n_resamples=2**12))
    assert wilcoxon(textbook[:12, 0] - textbook[:12, 1]).p == pytest.approx(theirs.pvalue)


def test_degenerate_samples() -> None:
    """No difference gives p = 1 of 0 topics; a single one gives p = 1."""
    assert wilcoxon(np.zeros(5)) == (0.0, 1.0, 0, 0.0)
    assert wilcoxon(np.array([0.0, 0.2])).p == 1
    with pytest.raises(StatisticsError, match="finite differences"):
        wilcoxon(np.array([np.nan]))
