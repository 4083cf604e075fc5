"""Topics and seeds as crossed samples."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clirbench.errors import StatisticsError
from clirbench.statistics import components, crossed_interval, crossed_t, paired_t
from clirbench.statistics.streams import Array


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
