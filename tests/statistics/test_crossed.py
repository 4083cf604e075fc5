"""Topics and seeds as crossed samples."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clirbench.errors import StatisticsError
from clirbench.statistics import components, crossed_interval, crossed_t, paired_t
from clirbench.statistics.crossed import crossed_error
from clirbench.statistics.seeds import seed_variance
from clirbench.statistics.streams import Array
from clirbench.statistics.ttest import standard_error, t_test


def draw(
    random: np.random.Generator,
    *,
    seeds: int,
    topics: int,
    sd: tuple[float, float, float],
    mean: float = 0.0,
) -> Array:
    """Draw differences, (seeds, topics), with standard deviations of seeds, topics and residual."""
    return (
        mean
        + random.normal(0, sd[0], (seeds, 1))
        + random.normal(0, sd[1], (1, topics))
        + random.normal(0, sd[2], (seeds, topics))
    )


def test_components_and_error_equal_statsmodels() -> None:
    """On a whole table the closed form is what REML finds: MixedLM with crossed variance components."""
    import pandas as pd
    from statsmodels.regression.mixed_linear_model import MixedLM

    values = draw(np.random.default_rng(4), seeds=5, topics=30, sd=(0.3, 1.0, 0.6), mean=0.4)
    seed, topic = (index.ravel() for index in np.indices(values.shape))
    table = pd.DataFrame({"d": values.ravel(), "seed": seed, "topic": topic, "one": 1})
    model = MixedLM.from_formula(
        "d ~ 1", groups="one", re_formula="0", vc_formula={"s": "0 + C(seed)", "t": "0 + C(topic)"},
        data=table,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a single group, and of its optimiser's first steps
        fitted = model.fit(reml=True)
    found = components(values)
    assert found.seeds == pytest.approx(fitted.vcomp[0], rel=1e-3)
    assert found.topics == pytest.approx(fitted.vcomp[1], rel=1e-3)
    assert found.residual == pytest.approx(fitted.scale, rel=1e-3)
    tested = crossed_t(values)
    assert tested.t == pytest.approx(fitted.params.iloc[0] / fitted.bse.iloc[0], rel=1e-3)


def test_equals_the_mean_squares_by_hand() -> None:
    """Error and df follow from the two-way table's mean squares, as Satterthwaite has them."""
    values = draw(np.random.default_rng(1), seeds=4, topics=12, sd=(0.5, 1.0, 0.4), mean=1.0)
    s, t = values.shape
    grand, rows, columns = values.mean(), values.mean(axis=1), values.mean(axis=0)
    ms_seeds = t * ((rows - grand) ** 2).sum() / (s - 1)
    ms_topics = s * ((columns - grand) ** 2).sum() / (t - 1)
    rest = values - rows[:, None] - columns + grand
    ms_rest = (rest**2).sum() / ((s - 1) * (t - 1))
    assert ms_seeds > ms_rest
    variance = (ms_seeds + ms_topics - ms_rest) / (s * t)
    df = (ms_seeds + ms_topics - ms_rest) ** 2 / (
        ms_seeds**2 / (s - 1) + ms_topics**2 / (t - 1) + ms_rest**2 / ((s - 1) * (t - 1))
    )
    tested = crossed_t(values)
    assert tested.t == pytest.approx(grand / variance**0.5)
    assert tested.df == pytest.approx(df)
    low, high = crossed_interval(values)
    assert (low + high) / 2 == pytest.approx(grand)
    assert components(values) == pytest.approx(
        ((ms_topics - ms_rest) / s, (ms_seeds - ms_rest) / t, ms_rest)
    )


def test_seeds_that_do_not_differ_leave_the_paired_t() -> None:
    """Where seed means vary no more than the residual explains, t, df and p are those over topics."""
    own = np.random.default_rng(2).normal(0.1, 1, 20)
    noise = np.random.default_rng(3).normal(0, 0.5, (3, 20))
    values = own + noise - noise.mean(axis=1, keepdims=True)
    assert crossed_t(values) == pytest.approx(paired_t(values.mean(axis=0)))


@pytest.mark.parametrize("sd", [(0.0, 0.16, 0.08), (0.004, 0.16, 0.08), (0.05, 0.05, 0.05)])
def test_rates_are_nominal_with_five_seeds(sd: tuple[float, float, float]) -> None:
    """Of 4,000 null tables about 5 % are rejected, and as many intervals miss 0; topics alone reject more."""
    random = np.random.default_rng(7)
    tables = [draw(random, seeds=5, topics=40, sd=sd) for _ in range(4000)]
    rejected = np.mean([crossed_t(table).p <= 0.05 for table in tables])
    assert 0.035 < rejected < 0.065
    alone = np.mean([paired_t(table.mean(axis=0)).p <= 0.05 for table in tables])
    assert alone > rejected - 0.01
    if sd[0] == sd[1]:
        assert alone > 0.4
    intervals = [crossed_interval(table) for table in tables[:500]]
    assert 0.92 < np.mean([one.low <= 0 <= one.high for one in intervals]) < 0.98


@given(st.integers(0, 999), st.integers(2, 5), st.integers(2, 30))
def test_properties(seed: int, seeds: int, topics: int) -> None:
    """The order of seeds and of topics, and who comes first, change nothing but the sign of t."""
    random = np.random.default_rng(seed)
    values = draw(random, seeds=seeds, topics=topics, sd=(0.2, 0.3, 0.1), mean=0.1)
    one = crossed_t(values)
    assert 0 < one.p <= 1
    shuffled = values[random.permutation(seeds)][:, random.permutation(topics)]
    assert crossed_t(shuffled) == pytest.approx(one)
    other = crossed_t(-values)
    assert (other.t, other.p) == (pytest.approx(-one.t), pytest.approx(one.p))
    low, high = crossed_interval(values)
    assert crossed_interval(3 - 2 * values) == pytest.approx((3 - 2 * high, 3 - 2 * low))
    assert 0 < one.df <= topics + seeds - 2 + 1e-9


def test_degrees_of_freedom_are_never_below_those_of_seeds() -> None:
    """Where topics say the same and seeds differ, t has the seeds' degrees of freedom."""
    values = np.array([[0.1], [0.2], [0.4]]) + np.zeros((3, 20)) + 1e-6 * np.eye(3, 20)
    assert crossed_t(values).df == pytest.approx(2)
    low, high = crossed_interval(values)
    assert high - low == pytest.approx(
        2 * 4.303 * np.std([0.1, 0.2, 0.4], ddof=1) / 3**0.5, rel=1e-3
    )


def test_degenerate_samples() -> None:
    """No difference gives p = 1; a constant one has no t, and the reason; too few are an error."""
    assert crossed_t(np.zeros((2, 3))).p == 1
    constant = crossed_t(np.full((2, 3), 0.2))
    assert (constant.t, constant.p, constant.why) == (None, None, "the differences do not vary")
    assert crossed_interval(np.full((2, 3), 0.25)) == (0.25, 0.25)
    for bad in (np.zeros((1, 5)), np.zeros((5, 1)), np.zeros(5), np.full((2, 2), np.nan)):
        for function in (crossed_t, crossed_interval, components):
            with pytest.raises(StatisticsError, match=r"finite differences, at least \(2, 2\)"):
                function(bad)


def test_one_language_has_the_variance_of_its_runs() -> None:
    """With S - 1 degrees of freedom."""
    runs = np.random.default_rng(0).normal(0, 1, (1, 4))
    assert seed_variance(runs) == (pytest.approx(runs.var(ddof=1)), 3, False)


@pytest.mark.parametrize("seeds", [2, 5])
def test_languages_are_pooled_unless_seeds_move_them_together(seeds: int) -> None:
    """By the F test of seeds in the two-way table without replication, at .25."""
    random = np.random.default_rng(seeds)
    kinds = set()
    for _ in range(40):
        common = random.choice([0, 2]) * random.standard_normal((1, seeds))
        parts = (common + random.standard_normal((4, seeds))) / 4
        grand, rows, columns = parts.mean(), parts.mean(axis=1), parts.mean(axis=0)
        rest = parts - rows[:, None] - columns + grand
        f = 4 * ((columns - grand) ** 2).sum() / (seeds - 1)
        f /= (rest**2).sum() / (3 * (seeds - 1))
        found = seed_variance(parts)
        kinds.add(found.pooled)
        assert found.pooled == (stats.f.sf(f, seeds - 1, 3 * (seeds - 1)) >= 0.25)
        own = parts.var(axis=1, ddof=1)
        if found.pooled:
            assert found.variance == pytest.approx(own.sum())
            df = (seeds + 1) * own.sum() ** 2 / (own**2).sum() - 2
            assert found.df == pytest.approx(min(df, 4 * (seeds - 1)))
            assert seeds - 1 <= found.df
        else:
            assert found.variance == pytest.approx(parts.sum(axis=0).var(ddof=1))
            assert found.df == seeds - 1
    assert kinds == {True, False}


def test_seeds_that_move_languages_as_one_are_not_pooled() -> None:
    """Equal parts are one draw a seed; seeds without an effect have no variance to pool."""
    runs = np.array([0.1, 0.2, 0.4])
    found = seed_variance(np.tile(runs / 4, (4, 1)))
    assert found == (pytest.approx(runs.var(ddof=1)), 2, False)
    assert seed_variance(np.ones((4, 3))) == (0, 2, False)


def test_the_degrees_of_freedom_of_a_sum_are_right_on_average() -> None:
    """Of four like variances four times S - 1, of one that stands out not much above S - 1."""
    random = np.random.default_rng(3)
    like, unlike = ([], [])
    for _ in range(4000):
        runs = random.standard_normal((4, 2))
        for found, scale in (
            (like, np.ones((4, 1))),
            (unlike, np.array([[5], [0.1], [0.1], [0.1]])),
        ):
            variance = seed_variance(scale * runs)
            if variance.pooled:
                found.append(variance.df)
    assert 2.5 < np.mean(like) < 4
    assert 1 <= np.mean(unlike) < 1.2


@pytest.mark.parametrize("common", [False, True])
def test_two_seeds_of_four_languages(*, common: bool) -> None:
    """Seeds that differ more than topics: .10 false claims by the means of seeds, near .05 by trainings.

    Where a seed moves all languages alike, pooling is refused often enough to make it no worse.
    """
    random = np.random.default_rng(0)
    pooled, alone = [], []
    for _ in range(3000):
        runs = random.standard_normal((1 if common else 4, 2, 1)) * (0.25 if common else 0.5)
        topics = random.standard_normal((4, 1, 40))
        values = runs + topics + 0.05 * random.standard_normal((4, 2, 40))
        parts = values.mean(axis=2) / 4
        influence = (values - values.mean(axis=2, keepdims=True)) / 160
        strata = [one.T for one in influence]
        over_topics = standard_error([one.mean(axis=1) for one in strata])
        assert over_topics is not None
        for found, variance in (
            (pooled, seed_variance(parts)),
            (alone, seed_variance(parts.sum(axis=0)[None])),
        ):
            error = crossed_error(over_topics, variance, strata)
            found.append(t_test(float(parts.sum() / 2), error, size=1.0).p <= 0.05)
    assert np.mean(alone) > 0.08
    assert np.mean(pooled) < (np.mean(alone) + 0.01 if common else 0.06)
