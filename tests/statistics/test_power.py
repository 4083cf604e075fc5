"""Power, against statsmodels and simulation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import TTestPower

from clirbench.errors import StatisticsError
from clirbench.statistics import Design, Scores, crossed_t
from clirbench.statistics.crossed import crossed_error
from clirbench.statistics.pilot import pilot_remarks, pilot_spreads
from clirbench.statistics.power import (
    Layer,
    Spread,
    detectable,
    power,
    seeds_needed,
    topics_needed,
)
from clirbench.statistics.records import Record
from clirbench.statistics.seeds import seed_variance
from clirbench.statistics.ttest import standard_error, t_test


def spread(n: int, topics: float, residual: float = 0.0, seeds: float = 0.0) -> Spread:
    """One layer, by standard deviations."""
    return Spread(layers=(Layer(n, topics**2, residual**2),), seeds=seeds**2)


@pytest.mark.parametrize("n", [5, 50, 1000])
@pytest.mark.parametrize("size", [0.0, 0.1, 0.3, 1.0])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 105])
def test_one_seed_equals_statsmodels(n: int, size: float, alpha: float) -> None:
    """With one run it is the power of the paired t-test."""
    expected = TTestPower().power(size, n, alpha)
    if np.isnan(expected):  # SciPy's distribution, in the far tail
        expected = 1.0
    assert power(size * 0.2, spread(n, 0.2), 1, alpha=alpha) == pytest.approx(expected, abs=2e-4)


def test_published_sizes() -> None:
    """The smallest detectable difference is about 2.80 SD / sqrt(n), under Bonferroni for 35 about 4.03."""
    own = spread(151, 0.2)
    assert detectable(own, 1) == pytest.approx(0.046, abs=0.0005)
    assert detectable(own, 1, alpha=0.05 / 35) == pytest.approx(4.03 * 0.2 / 151**0.5, rel=0.02)
    assert detectable(spread(1928, 0.447), 1) == pytest.approx(0.029, abs=0.0005)
    assert topics_needed(spread(9, 0.2), 1, 0.2 / 2) == 34  # Cohen's table for d = .5


@pytest.mark.parametrize("seeds", [2, 3, 5])
@pytest.mark.parametrize("seed_sd", [0.0, 0.01, 0.04])
def test_power_is_what_simulation_finds(seeds: int, seed_sd: float) -> None:
    """Of 3,000 simulated tables with a true difference, as many are found as foretold."""
    topics, own = 40, spread(40, 0.15, 0.08, seed_sd)
    effect = 2.5 * own.error(seeds)
    draw = np.random.default_rng(5)
    found = np.mean(
        [
            crossed_t(
                effect
                + draw.normal(0, seed_sd, (seeds, 1))
                + draw.normal(0, 0.15, (1, topics))
                + draw.normal(0, 0.08, (seeds, topics))
            ).p
            <= 0.05
            for _ in range(3000)
        ]
    )
    assert found == pytest.approx(power(effect, own, seeds), abs=0.03)


@pytest.mark.parametrize(("seeds", "seed_sd"), [(2, 0.04), (3, 0.08), (5, 0.01)])
def test_power_of_a_mean_over_languages(seeds: int, seed_sd: float) -> None:
    """Of 2,000 simulated means over four languages, each trained apart, as many are found as foretold."""
    topics, own = 40, spread(40, 0.15, 0.08, seed_sd)
    effect = 2.5 * own.error(seeds)
    draw = np.random.default_rng(6)
    found = []
    for _ in range(2000):
        values = effect + draw.normal(0, 2 * seed_sd, (4, seeds, 1))
        values = values + draw.normal(0, 0.15, (1, 1, topics))
        values = values + draw.normal(0, 0.16, (4, seeds, topics))
        mean = values.mean(axis=0)
        influence = (mean - mean.mean(axis=1, keepdims=True)).T / topics
        over_topics = standard_error([influence.mean(axis=1)])
        assert over_topics is not None
        error = crossed_error(over_topics, seed_variance(values.mean(axis=2) / 4), [influence])
        found.append(t_test(float(mean.mean()), error, size=1.0).p <= 0.05)
    assert np.mean(found) == pytest.approx(power(effect, own, seeds), abs=0.04)


@given(
    st.floats(0.05, 0.5),
    st.floats(0, 0.2),
    st.floats(0, 0.1),
    st.integers(1, 8),
    st.integers(2, 99),
)
def test_detectable_has_its_power(
    topics: float, residual: float, seed_sd: float, seeds: int, n: int
) -> None:
    """The smallest detectable difference is found at 80 %, and grows as alpha falls."""
    own = spread(n, topics, residual, seed_sd)
    found = detectable(own, seeds)
    assert power(found, own, seeds) == pytest.approx(0.8, abs=1e-4)
    assert power(-found, own, seeds) == pytest.approx(0.8, abs=1e-4)
    assert detectable(own, seeds, alpha=0.01) > found


@given(st.floats(0.01, 0.2), st.floats(0, 0.1), st.integers(2, 6))
@settings(max_examples=25)
def test_needs_are_the_least(effect: float, residual: float, seeds: int) -> None:
    """The topics needed have 80 %, one fewer have not."""
    own = spread(2, 0.2, residual)
    n = topics_needed(own, seeds, effect)
    assert n is not None
    assert power(effect, own.with_topics(n), seeds) >= 0.8
    assert n == 2 or power(effect, own.with_topics(n - 1), seeds) < 0.8


def test_what_no_number_reaches() -> None:
    """Topics cannot make up for seeds that differ, nor seeds for topics that do."""
    assert topics_needed(spread(10, 0.1, seeds=0.05), 3, 0.01) is None
    assert seeds_needed(spread(10, 0.1, seeds=0.05), 0.01) is None
    needed = seeds_needed(spread(1000, 0.1, seeds=0.05), 0.05)
    assert needed is not None
    assert 8 < needed < 12  # (2.8 x .05 / .05)^2, and some for the degrees of freedom


def test_bad_designs_are_refused() -> None:
    """One topic, no seed, or nothing that varies is an error."""
    for own, seeds in ((spread(1, 0.1), 1), (spread(5, 0.1), 0), (spread(5, 0.0), 1)):
        with pytest.raises(StatisticsError, match="power"):
            power(0.1, own, seeds)


@pytest.mark.parametrize("translated", [True, False])
def test_pilot_finds_what_was_drawn(
    make_design: Callable[..., Design], *, translated: bool
) -> None:
    """Components come back; a mean of independent languages has their share, of clusters its own."""
    draw = np.random.default_rng(3)
    topics, seeds = 800, 12
    values = {}
    shared = draw.normal(0, 0.1, topics)
    for pair in range(2):
        own = draw.normal(0, 0.1, topics) if not translated or pair == 0 else shared
        shared = own
        for method in range(3):
            gain = own if method == 2 else 0
            runs = 1 if method == 0 else seeds
            scores = 0.5 + gain + np.zeros((runs, topics))
            if method == 2:
                scores += draw.normal(0, 0.02, (runs, 1)) + draw.normal(0, 0.05, (runs, topics))
            values[f"m{method}", f"p{pair}"] = scores
    scores = Scores(
        measure="AP",
        methods=("m0", "m1", "m2"),
        pairs=("p0", "p1"),
        seeds=tuple(range(1, seeds + 1)),
        untrained=frozenset({"m0"}),
        topics={pair: tuple(f"t{i:03}" for i in range(topics)) for pair in ("p0", "p1")},
        values=values,
    )
    design = make_design(pairs=2, methods=3, seeds=seeds, translated=translated, hypothesis=None)
    found = pilot_spreads(scores, design, [("m2", "m1")])
    assert set(found) == {"p0", "p1", "low"}
    layer = found["p0"].layers[0]
    assert layer.n == topics
    assert layer.topics**0.5 == pytest.approx(0.1, rel=0.1)
    assert layer.residual**0.5 == pytest.approx(0.05, rel=0.05)
    assert found["p0"].seeds ** 0.5 == pytest.approx(0.02, rel=0.5)
    macro = found["low"]
    assert len(macro.layers) == (1 if translated else 2)
    weight = 1 if translated else 1 / 4
    assert macro.layers[0].topics ** 0.5 == pytest.approx(0.1 * weight**0.5, rel=0.1)
    # By the same components the error is the one that the test itself finds.
    differences = values["m2", "p0"] - values["m1", "p0"]
    error = found["p0"].error(seeds)
    assert crossed_t(differences).t == pytest.approx(differences.mean() / error)


def test_what_a_pilot_lacks_is_told(
    make_records: Callable[..., list[Record]], make_design: Callable[..., Design]
) -> None:
    """Scopes without a spread, method pairs without their runs, and few seeds each have a remark."""
    whole = make_records()
    design = make_design()
    pairs = [("m2", "m1"), ("m3", "m1")]

    def told(
        records: list[Record], two: list[tuple[str, str]], design: Design = design
    ) -> list[str]:
        scores = Scores.from_records(records, measure="AP").on_axes(
            methods=[m.name for m in design.methods],
            pairs=[p.name for p in design.pairs],
            seeds=design.seeds,
            untrained=["m0"],
        )
        remarks, spreads = pilot_remarks(scores, design, two), pilot_spreads(scores, design, two)
        without = {one.partition(":")[0] for one in remarks if ": no spread" in one}
        assert without == {scope.name for scope in design.scopes} - set(spreads)
        return list(remarks)

    assert told(whole, pairs) == []
    lost = [r for r in whole if r[:3] != ("m2", "p1", 2)]
    why = "for the pilot lacks m2 on p1, seed 2: no scores"
    assert told(lost, pairs[:1]) == [f"{on}: no spread, {why}" for on in ("p1", "low", "all")]
    assert told(lost, pairs) == [
        f"{on}: the spread leaves out m2 and m1, {why}" for on in ("p1", "low", "all")
    ]
    assert told(lost, pairs[1:]) == []
    two = [r for r in whole if r[2] != 3]
    (remark,) = told(two, pairs, make_design(seeds=2))
    assert remark.startswith("two seeds: their variance has one degree of freedom")
    (remark,) = told([r for r in whole if r[2] in {None, 1}], pairs, make_design(seeds=1))
    assert remark.startswith("one seed: the variation between seeds is not known")
    single = [r for r in whole if r[3] == "t000"]
    assert told(single, pairs)[0] == "p0: no spread, for it has a single topic or cluster"


def test_a_pilot_of_one_seed(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design]
) -> None:
    """With one seed all variation counts as topics', and a lost method has no spread."""
    scores = make_scores(seeds=1)
    found = pilot_spreads(scores, make_design(seeds=1), [("m2", "m1")])
    own = (scores.values["m2", "p0"] - scores.values["m1", "p0"]).mean(axis=0)
    assert found["p0"].layers[0].topics == pytest.approx(own.var(ddof=1))
    assert (found["p0"].layers[0].residual, found["p0"].seeds) == (0, 0)
    assert found["p0"].seeds_df == 0
    three = pilot_spreads(make_scores(), make_design(), [("m2", "m1")])
    assert three["p0"].seeds_df == 2
    assert pilot_spreads(make_scores(topics=1), make_design(), [("m2", "m1")]) == {}
