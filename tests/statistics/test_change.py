"""One method before and after."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clirbench.errors import StatisticsError
from clirbench.statistics import SeedSD, adjust, change_between, paired_t, seed_sd_of
from clirbench.statistics.streams import Array

TOPIC_SD, NOISE = 0.25, 0.058
"""Of scores over topics, and of a topic's score from run to run, as on NTREX (.0067 = 2 NOISE^2)."""


def runs(
    random: np.random.Generator, ease: Array, seeds: int, *, seed_sd: float, mean: float = 0.4
) -> Array:
    """Runs of one method on topics of given ease: (seeds, topics)."""
    by_seed = random.normal(0, seed_sd, (seeds, 1))
    values: Array = mean + ease + by_seed + random.normal(0, NOISE, (seeds, len(ease)))
    return values


def test_equals_the_variances_by_hand() -> None:
    """With seeds that differ: V_T + V_S - V_E from the two tables' mean squares, and Satterthwaite's df."""
    random = np.random.default_rng(0)
    ease = random.normal(0, TOPIC_SD, 30)
    old, new = (runs(random, ease, n, seed_sd=0.02) for n in (3, 4))
    found = change_between(old, new)
    d = new.mean(axis=0) - old.mean(axis=0)
    share = 1 / 3 + 1 / 4
    s2 = (2 * old.mean(axis=1).var(ddof=1) + 3 * new.mean(axis=1).var(ddof=1)) / 5
    rest = [x - x.mean(axis=1, keepdims=True) - x.mean(axis=0) + x.mean() for x in (old, new)]
    e2 = sum((one**2).sum() for one in rest) / (5 * 29)
    parts = d.var(ddof=1) / 30, s2 * share, e2 / 30 * share
    variance = parts[0] + parts[1] - parts[2]
    df = variance**2 / (parts[0] ** 2 / 29 + parts[1] ** 2 / 5 + parts[2] ** 2 / (5 * 29))
    assert found.difference == pytest.approx(d.mean())
    df = max(df, 5)  # no fewer than the part with the fewest
    assert found.df == pytest.approx(df)
    assert found.p == pytest.approx(2 * stats.t.sf(abs(d.mean()) / variance**0.5, df))
    margin = stats.t.ppf(0.975, df) * variance**0.5
    assert found.interval == pytest.approx((d.mean() - margin, d.mean() + margin))
    assert found.seed_sd == (pytest.approx(s2**0.5), 5)
    assert found.p_topics == pytest.approx(paired_t(d).p)
    assert (found.topics, found.clusters, found.seeds, found.why) == (30, 30, (3, 4), "")


def test_clusters_are_their_means() -> None:
    """Topics in twos give what their means give."""
    random = np.random.default_rng(1)
    old, new = (runs(random, random.normal(0, TOPIC_SD, 40), 3, seed_sd=0.05) for _ in range(2))
    found = change_between(old, new, clusters=[t // 2 for t in range(40)])
    means = change_between(*(x.reshape(3, 20, 2).mean(axis=2) for x in (old, new)))
    assert (found.topics, found.clusters) == (40, 20)
    assert (found.p, found.df) == (pytest.approx(means.p), pytest.approx(means.df))
    assert found.interval == pytest.approx(means.interval)


def test_one_run_each_says_nothing_of_seeds() -> None:
    """No p and no interval without a stated deviation; with one, the normal sum of both variances."""
    random = np.random.default_rng(2)
    ease = random.normal(0, TOPIC_SD, 50)
    old, new = (runs(random, ease, 1, seed_sd=0.02) for _ in range(2))
    found = change_between(old, new)
    assert (found.p, found.interval, found.seed_sd) == (None, None, None)
    assert found.why.startswith("seed noise is not known: one run before, one after")
    assert found.p_topics == pytest.approx(paired_t((new - old)[0]).p)
    known = change_between(old, new, seed_sd=SeedSD(0.02))
    topics, seeds = (new - old).var(ddof=1) / 50, 2 * 0.02**2
    assert known.df == pytest.approx((topics + seeds) ** 2 / (topics**2 / 49))
    t = known.difference / (topics + seeds) ** 0.5
    assert known.p == pytest.approx(2 * stats.t.sf(abs(t), known.df))
    assert known.why == ""
    other = change_between(old, new, seed_sd=SeedSD(0.02, 4))
    assert other.df < known.df
    assert other.p > known.p


def test_the_same_runs_have_not_changed() -> None:
    """Not a bit: p is 1, with one seed too."""
    old = runs(np.random.default_rng(3), np.zeros(20), 1, seed_sd=0.02)
    found = change_between(old, old.copy())
    assert (found.difference, found.p, found.interval, found.why) == (0, 1, (0, 0), "")
    both = np.repeat(old, 2, axis=0)
    assert change_between(both, both).p == 1


def test_the_larger_deviation_counts() -> None:
    """That of the runs, or what is given; an estimate from other runs is that of sets, pooled."""
    sets = [[0.1, 0.2, 0.3], [0.5], [], [0.7, 0.9]]
    own = seed_sd_of(sets)
    assert own == (pytest.approx(((0.02 + 0.02) / 3) ** 0.5), 3)
    assert seed_sd_of([[0.1], [0.2]]) is None
    random = np.random.default_rng(4)
    old, new = (runs(random, np.zeros(20), 2, seed_sd=0.02) for _ in range(2))
    alone = change_between(old, new).seed_sd
    assert alone is not None
    assert alone.df == 2
    for known in (SeedSD(1.1 * alone.sd, 6), SeedSD(1.1 * alone.sd)):
        assert change_between(old, new, seed_sd=known).seed_sd == known
    assert change_between(old, new, seed_sd=SeedSD(0.9 * alone.sd)).seed_sd == alone


@given(st.integers(0, 999), st.integers(1, 4), st.integers(1, 4))
def test_told_from_the_other_side(seed: int, before: int, after: int) -> None:
    """After and before exchanged, or seeds in another order: the same p, the opposite difference."""
    random = np.random.default_rng(seed)
    ease = random.normal(0, TOPIC_SD, 12)
    old, new = (runs(random, ease, n, seed_sd=0.02) for n in (before, after))
    found = change_between(old, new, seed_sd=SeedSD(0.02, 3))
    back = change_between(new[::-1], old[::-1], seed_sd=SeedSD(0.02, 3))
    assert back.difference == pytest.approx(-found.difference)
    assert back.p == pytest.approx(found.p)
    assert 0 < found.p <= 1


def build(
    random: np.random.Generator,
    seeds: int,
    *,
    seed_sd: float,
    topics: int = 246,
    loss: float = 0.0,
    unlike: bool = False,
) -> list[bool]:
    """Which of four methods' cells on seven pairs fell by more than .01, with Holm's p <= .05.

    Pairs may be unlike: one has twice the deviation, the others half. With one seed it is stated.
    """
    cells = []
    for cell in range(28):
        own = seed_sd * ((0.5, 2.0)[cell % 7 == 0] if unlike else 1)
        ease = random.normal(0, TOPIC_SD, topics)
        old = runs(random, ease, seeds, seed_sd=own)
        cells.append((old, runs(random, ease, seeds, seed_sd=own, mean=0.4 - loss * (cell == 0))))
    means = [[side.mean(axis=1).tolist() for side in sides] for sides in cells]
    found = []
    for cell, sides in enumerate(cells):
        method = range(cell - cell % 7, cell - cell % 7 + 7)
        others = seed_sd_of(side for i in method if i != cell for side in means[i])
        found.append(change_between(*sides, seed_sd=others or SeedSD(seed_sd)))
    p = adjust([one.p for one in found])
    return [one <= 0.05 and change.difference < -0.01 for one, change in zip(p, found, strict=True)]


@pytest.mark.parametrize(
    ("seeds", "seed_sd", "options"),
    [
        (1, 0.003, {}),
        (1, 0.0084, {"topics": 1000}),
        (2, 0.0084, {}),
        (3, 0.003, {}),
        (3, 0.012, {"unlike": True}),
        (5, 0.0084, {"topics": 1000}),
    ],
)
def test_a_build_that_only_reseeds_is_no_regression(
    seeds: int, seed_sd: float, options: dict[str, int]
) -> None:
    """Of 200 builds in which nothing but seeds changed, at most 5 % have a cell that fell."""
    random = np.random.default_rng(seeds)
    red = sum(any(build(random, seeds, seed_sd=seed_sd, **options)) for _ in range(200))
    assert red <= 10


def test_a_true_loss_is_found() -> None:
    """A loss of .02 in one cell of 28, with 5 seeds, 246 topics and a deviation of .003: in 4 of 5 builds."""
    random = np.random.default_rng(0)
    found = sum(build(random, 5, seed_sd=0.003, loss=0.02)[0] for _ in range(60))
    assert found >= 48


@pytest.mark.parametrize(
    ("old", "new", "options", "text"),
    [
        (np.zeros((2, 3)), np.zeros((2, 4)), {}, "on the same topics"),
        (np.zeros(3), np.zeros(3), {}, r"scores \(runs, topics\)"),
        (np.zeros((0, 3)), np.zeros((1, 3)), {}, r"got \(0, 3\)"),
        (np.zeros((1, 3)), np.full((1, 3), np.nan), {}, "finite"),
        (np.zeros((1, 3)), np.zeros((1, 3)), {"seed_sd": SeedSD(-1)}, "must be >= 0"),
        (np.zeros((1, 3)), np.zeros((1, 3)), {"clusters": "ab"}, "3 topics, but 2"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    old: Array, new: Array, options: dict[str, object], text: str
) -> None:
    """Other topics, no runs, scores that are not finite, a deviation below 0."""
    with pytest.raises(StatisticsError, match=text):
        change_between(old, new, **options)
