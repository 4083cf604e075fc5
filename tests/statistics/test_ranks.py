"""Mean ranks over languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import rankdata

from clirbench.statistics import Comparisons, Design, MethodRole, PairRole, Scores, compare
from clirbench.statistics.ranks import MeanRank
from clirbench.statistics.records import Record
from clirbench.statistics.streams import counts, stream

NAMES = ["m0", "m1", "m2", "m3"]
PAIRS = ["p0", "p1", "p2", "p3"]


def ranks_of(found: Comparisons) -> dict[str, MeanRank]:
    """Give the mean ranks that there are."""
    return {one.method: one.mean_rank for one in found.profiles if one.mean_rank is not None}


@pytest.mark.parametrize("translated", [True, False])
def test_equals_loops_over_resamples(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design], *, translated: bool
) -> None:
    """Ranks are SciPy's of each pair's means; intervals cut those of topics and seeds drawn one by one."""
    scores, resamples = make_scores(topics=12, seed=4), 60
    found = ranks_of(
        compare(scores, design=make_design(translated=translated, resamples=resamples))
    )
    values = scores.values  # (seeds, topics)
    table = np.array([[values[name, pair].mean() for name in NAMES] for pair in PAIRS])
    observed = rankdata(-table, axis=1).mean(axis=0)
    drawn_seeds = counts(stream(0, "seeds"), resamples, 3)
    drawn_topics = {
        pair: counts(stream(0, "topics", "topics" if translated else pair), resamples, 12)
        for pair in PAIRS
    }
    resampled = np.zeros((resamples, 4))
    for r in range(resamples):
        for pair in PAIRS:
            means = []
            for name in NAMES:
                runs = np.average(values[name, pair], axis=1, weights=drawn_topics[pair][r])
                seeds = drawn_seeds[r] if name != "m0" else [1]
                means.append(np.average(runs, weights=seeds))
            resampled[r] += rankdata(-np.round(means, 12)) / 4
    for m, name in enumerate(NAMES):
        assert found[name].rank == pytest.approx(observed[m])
        assert found[name].interval == pytest.approx(np.quantile(resampled[:, m], [0.025, 0.975]))


def test_who_has_a_rank(
    make_records: Callable[..., list[Record]], make_design: Callable[..., Design]
) -> None:
    """Not the oracle, no method without all runs; ranks are those among the others, and sum to theirs."""
    records = [r for r in make_records(seeds=2) if r[:3] != ("m2", "p1", 2)]
    scores = Scores.from_records(records, measure="AP")
    design = make_design(seeds=2, hypothesis=None)
    found = ranks_of(compare(scores, design=design))
    assert set(found) == {"m0", "m1", "m3"}
    assert sum(one.rank for one in found.values()) == pytest.approx(1 + 2 + 3)
    assert all(
        1 <= one.interval.low <= one.rank <= one.interval.high <= 3 for one in found.values()
    )
    without = ranks_of(compare(scores, design=replace(design, oracle="m0")))
    assert set(without) == {"m1", "m3"}


def test_nothing_to_rank(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design]
) -> None:
    """A single pair has no mean of ranks, nor has a single topic an interval."""
    for sizes in ({"pairs": 1}, {"topics": 1}, {"methods": 1}):
        shape = {key: n for key, n in sizes.items() if key != "topics"}
        found = compare(make_scores(**sizes), design=make_design(**shape, hypothesis=None))
        assert ranks_of(found) == {}


def test_equal_methods_share_their_ranks(make_design: Callable[..., Design]) -> None:
    """Methods of the same scores have the mean of their places, in every resample."""
    draw = np.random.default_rng(0)
    own = draw.random((2, 9))
    records: list[Record] = [
        (name, f"p{p}", seed, f"t{t}", float(own[p, t]) + (name == "m2") * 0.1)
        for name in ("m0", "m1", "m2")
        for p, t in np.ndindex(2, 9)
        for seed in (1, 2)
    ]
    methods = tuple(MethodRole(name=f"m{i}", trained=True) for i in range(3))
    design = make_design(pairs=2, methods=methods, seeds=2, hypothesis=None)
    found = ranks_of(compare(Scores.from_records(records, measure="utility"), design=design))
    assert [found[name] for name in ("m0", "m1", "m2")] == [
        MeanRank(2.5, (2.5, 2.5)),  # type: ignore[arg-type]
        MeanRank(2.5, (2.5, 2.5)),  # type: ignore[arg-type]
        MeanRank(1.0, (1.0, 1.0)),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize(("apart", "least"), [(0.0, 0.95), (0.015, 0.7), (0.04, 0.95)])
def test_how_often_intervals_cover(apart: float, least: float) -> None:
    """By 60 simulations with two seeds that vary: the same means and clear ones are covered, near ties less.

    Methods follow one another at a distance; the standard error of a difference on a pair is about .02.
    """
    draw, covered = np.random.default_rng(1), 0
    pairs = tuple(PairRole(name=f"p{i}", resource="low") for i in range(4))
    methods = tuple(MethodRole(name=f"m{i}", trained=True) for i in range(4))
    design = Design(
        pairs=pairs, methods=methods, seeds=(0, 1), translated=True, flips=1, resamples=300
    )
    place = np.arange(4)[:, None, None, None]
    for _ in range(60):
        ease, own = draw.normal(0, 0.2, (1, 1, 1, 60)), draw.normal(0, 0.1, (4, 4, 1, 60))
        noise = draw.normal(0, 0.08, (4, 4, 2, 60)) + draw.normal(0, 0.012, (4, 4, 2, 1))
        values = 0.4 - apart * place + ease + own + noise
        records: list[Record] = [
            (f"m{m}", f"p{p}", s, f"t{t:02}", float(values[m, p, s, t]))
            for m, p, s, t in np.ndindex(values.shape)
        ]
        found = ranks_of(compare(Scores.from_records(records, measure="utility"), design=design))
        for m in range(4):
            low, high = found[f"m{m}"].interval
            covered += low - 1e-9 <= (m + 1 if apart else 2.5) <= high + 1e-9
    assert covered / 240 >= least
