"""Corrections for families."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from clirbench.errors import StatisticsError
from clirbench.statistics import adjust
from clirbench.statistics.corrections import MaxT
from clirbench.statistics.streams import Array

families = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_known_values() -> None:
    """Five p-values adjust as R's p.adjust does."""
    p = [0.01, 0.02, 0.03, 0.04, 0.05]
    assert adjust(p) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert adjust(p, "bonferroni") == pytest.approx([0.05, 0.1, 0.15, 0.2, 0.25])
    assert adjust(p, "bh") == pytest.approx([0.05] * 5)


@pytest.mark.parametrize(
    ("ours", "theirs"), [("holm", "holm"), ("bonferroni", "bonferroni"), ("bh", "fdr_bh")]
)
@pytest.mark.parametrize("size", [1, 2, 50])
def test_equals_statsmodels(ours: str, theirs: str, size: int) -> None:
    """Adjusted p-values are statsmodels', ties included."""
    p = np.random.default_rng(size).beta(0.3, 1, size).round(2)
    assert adjust(list(p), ours) == pytest.approx(multipletests(p, method=theirs)[1])


@given(families)
def test_holm_is_monotone(p: list[float]) -> None:
    """Holm keeps the order of p, and lies between p and Bonferroni's."""
    adjusted = adjust(p)
    ordered = [adjusted[i] for i in np.argsort(p, kind="stable")]
    assert ordered == sorted(ordered)
    for raw, holm, bonferroni in zip(p, adjusted, adjust(p, "bonferroni"), strict=True):
        assert raw <= holm * (1 + 1e-12)
        assert holm <= bonferroni * (1 + 1e-12)


def test_planned_comparisons_that_are_missing_count() -> None:
    """A family of 3 with one missing adjusts as if its p were 1."""
    expected = multipletests([0.01, 0.04, 1.0], method="holm")[1][:2]
    assert adjust([0.01, 0.04], size=3) == pytest.approx(expected)


def test_bad_families_are_refused() -> None:
    """An empty family is empty; a wrong name, size or p is an error."""
    assert adjust([]) == []
    with pytest.raises(StatisticsError, match="holm, bonferroni, bh"):
        adjust([0.1], "tukey")
    with pytest.raises(StatisticsError, match="2 p-values, but the family has only 1"):
        adjust([0.1, 0.2], size=1)
    for bad in (1.1, float("nan")):
        with pytest.raises(StatisticsError, match=r"not in \[0, 1\]"):
            adjust([bad])


def max_t(observed: Array, *chunks: Array) -> list[float]:
    """Adjust by resampled statistics that come in chunks, (K, B) each."""
    joint = MaxT(observed)
    for chunk in chunks:
        joint.add(chunk)
    return joint.adjusted()


def step_down_by_hand(observed: Array, null: Array) -> list[float]:
    """Westfall and Young's algorithm, one comparison and pattern at a time."""
    order = sorted(range(len(observed)), key=lambda i: -abs(observed[i]))
    p, largest = {}, 0.0
    for place, i in enumerate(order):
        left = order[place:]
        hits = sum(max(abs(row[j]) for j in left) >= abs(observed[i]) for row in null.T)
        largest = max(largest, (hits + 1) / (null.shape[1] + 1))
        p[i] = largest
    return [p[i] for i in range(len(observed))]


def test_max_t_by_hand() -> None:
    """The step-down p-values are those of the plain algorithm, in chunks too."""
    draw = np.random.default_rng(0)
    observed, null = draw.normal(0, 2, 6), draw.normal(0, 1, (6, 400))
    expected = step_down_by_hand(observed, null)
    assert max_t(observed, null) == pytest.approx(expected)
    assert max_t(observed, *np.split(null, 4, axis=1)) == pytest.approx(expected)


def test_max_t_uses_what_comparisons_share() -> None:
    """Copies of one comparison cost nothing; independent ones cost about as much as with Holm."""
    draw = np.random.default_rng(1)
    one = draw.normal(0, 1, (1, 20_000))
    alone = max_t(np.array([2.5]), one)[0]
    assert max_t(np.full(10, 2.5), np.repeat(one, 10, axis=0)) == pytest.approx([alone] * 10)
    apart = max_t(np.array([2.5, *[0.0] * 9]), draw.normal(0, 1, (10, 20_000)))[0]
    assert apart == pytest.approx(10 * alone, rel=0.15)
