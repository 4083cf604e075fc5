"""Rank correlation within strata, against SciPy and loops."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from clirbench.statistics.within import LEAST_UNITS, within_spearman


def test_one_stratum_is_spearman() -> None:
    """Ties included."""
    draw = np.random.default_rng(3)
    for _ in range(5):
        x, y = draw.integers(0, 6, size=(2, 20)).astype(float)
        found = within_spearman(x.tolist(), y.tolist(), ["a"] * 20, list(range(20)), resamples=200)
        assert found.rho == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
        assert (found.values, found.strata, found.units) == (20, 1, 20)
        assert found.interval is not None
        assert -1 <= found.interval.low <= found.rho <= found.interval.high <= 1


def test_strata_are_pooled() -> None:
    """Ranks of each stratum, centred and by its size; that one stratum is better in both has no part."""
    draw = np.random.default_rng(4)
    strata = ["sw"] * 6 + ["so"] * 9
    x = np.concatenate([draw.normal(size=6), 100 + draw.normal(size=9)])
    y = np.concatenate([draw.normal(size=6), 100 + draw.normal(size=9)])
    u, v = (
        np.concatenate([stats.rankdata(z[:6]) / 6 - 7 / 12, stats.rankdata(z[6:]) / 9 - 10 / 18])
        for z in (x, y)
    )
    expected = (u * v).sum() / np.sqrt((u * u).sum() * (v * v).sum())
    found = within_spearman(x.tolist(), y.tolist(), strata, list(range(15)), resamples=100)
    assert found.rho == pytest.approx(expected, abs=1e-12)
    assert stats.spearmanr(x, y).statistic > 0.5 > abs(expected)


def test_the_interval_draws_units_whole() -> None:
    """As if the cells of the methods that are drawn were written down as often as they are."""
    draw = np.random.default_rng(6)
    units = [name for name in "abcdef" for _ in range(4)]
    strata = ["sw", "sw", "so", "so"] * 6
    x, y = draw.normal(size=(2, 24)).tolist()
    found = within_spearman(x, y, strata, units, resamples=400, confidence=0.8, name="methods")
    from clirbench.statistics.bootstrap import expanded
    from clirbench.statistics.streams import counts, stream

    rhos = []
    for row in counts(stream(0, "units", "methods"), 400, 6).astype(int):
        often = [row["abcdef".index(unit)] for unit in units]
        own = [i for i, n in enumerate(often) for _ in range(n)]
        u, v = [], []
        for stratum in ("sw", "so"):
            at = [i for i in own if strata[i] == stratum]
            for ranks, values in ((u, x), (v, y)):
                r = stats.rankdata([values[i] for i in at]) / len(at)
                ranks.append(r - r.mean())
        p, q = np.concatenate(u), np.concatenate(v)
        rhos.append((p * q).sum() / np.sqrt((p * p).sum() * (q * q).sum()))
    tail = (1 - expanded(0.8, 5)) / 2
    assert found.interval is not None
    assert tuple(found.interval) == pytest.approx(np.quantile(rhos, [tail, 1 - tail]), abs=1e-9)


def test_what_is_not_defined() -> None:
    """No correlation with what never changes in a stratum; no interval of few units."""
    few = LEAST_UNITS - 1
    found = within_spearman(
        [1.0, 2.0] * few, [2.0, 1.0] * few, [0] * (2 * few), list(range(few)) * 2
    )
    assert found.rho == pytest.approx(-1)
    assert found.interval is None
    level = within_spearman(
        [1.0] * 6 + [2.0] * 6, list(map(float, range(12))), [0] * 6 + [1] * 6, list(range(12))
    )
    assert level.rho is level.interval is None
    assert within_spearman([], [], [], []).rho is None


def test_coverage() -> None:
    """95 % intervals over 10 methods on 4 languages with 3 seeds cover the ρ of all methods about as often."""
    draw = np.random.default_rng(0)

    def made(
        methods: int, languages: int, seeds: int
    ) -> tuple[list[float], list[float], list[int], list[int]]:
        x, y, strata, units = [], [], [], []
        for method in range(methods):
            a = draw.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]])
            for language in range(languages):
                b = a + 0.5 * draw.normal(size=2)
                for _ in range(seeds):
                    c = b + 0.25 * draw.normal(size=2)
                    x.append(float(c[0]))
                    y.append(float(c[1]))
                    strata.append(language)
                    units.append(method)
        return x, y, strata, units

    truth = within_spearman(*made(3000, 1, 1), resamples=1).rho
    assert truth is not None
    intervals = [
        within_spearman(*made(10, 4, 3), resamples=300, seed=i).interval for i in range(150)
    ]
    covered = np.mean([one.low <= truth <= one.high for one in intervals if one])
    assert 0.92 <= covered <= 1
