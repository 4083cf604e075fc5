"""Topics that belong together: the cluster is the unit of everything."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from clirbench.errors import StatisticsError
from clirbench.statistics import (
    Comparison,
    Comparisons,
    Design,
    MethodRole,
    Scores,
    bootstrap_interval,
    compare,
    crossed_interval,
    crossed_t,
    paired_randomisation,
    paired_t,
    sentence,
    to_json,
)
from clirbench.statistics.clusters import cluster_sums, places
from clirbench.statistics.pilot import pilot_spreads
from clirbench.statistics.records import Record


def in_pairs(records: list[Record]) -> dict[str, dict[str, str]]:
    """Two topics of each pair to a story: t000 and t001, t002 and t003, ..."""
    return {r[1]: {t[3]: f"s{int(t[3][1:]) // 2}" for t in records} for r in records}


def test_sums() -> None:
    """Clusters are numbered by their first topics, whatever they are called; sums are by hand."""
    assert places(["b", "a", "b", "c", "a"]).tolist() == [0, 1, 0, 2, 1]
    values = np.arange(10.0).reshape(5, 2)
    sums = cluster_sums(values, places(["b", "a", "b", "c", "a"]))
    assert sums.tolist() == [[4, 6], [10, 12], [6, 7]]
    assert cluster_sums(values, places("vwxyz")).tolist() == values.tolist()
    assert cluster_sums(values, np.array([2, 7, 2, 7, 9])).tolist() == [[4, 6], [8, 10], [8, 9]]
    with pytest.raises(StatisticsError, match="5 topics, but 2 of them in clusters"):
        cluster_sums(values, places("ab"))


def test_error_equals_statsmodels() -> None:
    """With clusters of any size, t is that of the cluster-robust error (CR1) with as many df less one."""
    random = np.random.default_rng(5)
    labels = random.integers(0, 20, 90)
    values = random.normal(0.1, 1, 20)[labels] + random.normal(0, 1, 90)
    fitted = sm.OLS(values, np.ones(90)).fit(
        cov_type="cluster",
        cov_kwds={"groups": labels, "use_correction": True, "df_correction": True},
    )
    ours = paired_t(values, clusters=labels.tolist())
    assert ours.t == pytest.approx(float(fitted.tvalues[0]))
    assert ours.df == len(set(labels)) - 1


@pytest.mark.parametrize("topics", [24, 60])  # 12 clusters are enumerated, 30 are not
def test_of_one_size_they_are_their_means(topics: int) -> None:
    """Every test and interval of topics in twos is that of the twos' means."""
    values = np.random.default_rng(0).normal(0.02, 0.1, (3, topics))
    labels = [f"s{topic // 2}" for topic in range(topics)]
    means = values.reshape(3, -1, 2).mean(axis=2)
    own, of_means = values.mean(axis=0), means.mean(axis=0)
    assert paired_t(own, clusters=labels) == pytest.approx(paired_t(of_means))
    assert crossed_t(values, clusters=labels) == pytest.approx(crossed_t(means))
    assert crossed_interval(values, clusters=labels) == pytest.approx(crossed_interval(means))
    assert paired_randomisation(own, clusters=labels) == paired_randomisation(of_means)
    for method in ("percentile", "bca"):
        ours = bootstrap_interval(own, method=method, clusters=labels)
        assert ours == pytest.approx(bootstrap_interval(of_means, method=method))


def numbers(one: Comparison) -> list[float]:
    """What does not depend on how many topics a cluster has."""
    p = (one.p, one.p_t, one.p_crossed, one.p_randomisation, one.p_adjusted, one.p_equivalent)
    ends = (*(one.interval or ()), *(one.seed_interval or ()))
    sizes = (one.difference, one.relative, one.standardised, one.t, one.clusters, one.languages)
    return [-1.0 if x is None else x for x in (*p, *ends, *sizes)]


@pytest.mark.parametrize("translated", [True, False])
@pytest.mark.parametrize("changes", [{}, {"correction": "maxt"}, {"test": "wilcoxon"}])
@pytest.mark.parametrize("topics", [16, 60])
def test_a_comparison_is_that_of_the_means_of_clusters(
    make_records: Callable[..., list[Record]],
    make_design: Callable[..., Design],
    *,
    translated: bool,
    changes: dict[str, str],
    topics: int,
) -> None:
    """Twos of topics: all numbers, macro means and maxT too, are those of one topic with their mean."""
    records = make_records(topics=topics)
    design = make_design(translated=translated, smallest_effect=0.05, zero_shot="m0", **changes)
    whole = Scores.from_records(records, measure="AP", clusters=in_pairs(records))
    means: dict[tuple[str, str, int | None, str], list[float]] = {}
    for method, pair, seed, topic, value in records:
        key = method, pair, seed, f"t{int(topic[1:]) // 2:03}"
        means.setdefault(key, []).append(float(value or 0))
    halved = [(*key, sum(two) / 2) for key, two in means.items()]
    ours = compare(whole, design=design)
    theirs = compare(Scores.from_records(halved, measure="AP"), design=design)
    assert len(ours.comparisons) == len(theirs.comparisons) > 0
    for one, other in zip(
        (*ours.comparisons, ours.primary), (*theirs.comparisons, theirs.primary), strict=True
    ):
        assert isinstance(one, Comparison)
        assert isinstance(other, Comparison)
        assert one.topics == 2 * other.topics == 2 * one.clusters
        assert sum(one.tally) == one.topics
        assert numbers(one) == pytest.approx(numbers(other), rel=1e-9, abs=1e-11)
    for mean, alone in zip(ours.means, theirs.means, strict=True):
        assert (mean.topics, mean.clusters) == (2 * alone.topics, alone.topics)
        assert mean.mean == pytest.approx(alone.mean)
        assert mean.interval == pytest.approx(alone.interval)
        assert mean.gap_interval == pytest.approx(alone.gap_interval)
    spreads, alone = (
        pilot_spreads(s, design, [("m2", "m1")])["low"]
        for s in (whole.on_axes(**axes(design)), Scores.from_records(halved, measure="AP"))
    )
    for layer, other in zip(spreads.layers, alone.layers, strict=True):
        assert layer[:3] == pytest.approx(other[:3])
        assert (layer.size, other.size) == (2, 1)
    assert spreads.error(3) == pytest.approx(alone.error(3))


def axes(design: Design) -> dict[str, object]:
    """The axes that a design asks scores for."""
    return {
        "methods": [m.name for m in design.methods],
        "pairs": [p.name for p in design.pairs],
        "seeds": design.seeds,
        "untrained": [m.name for m in design.methods if not m.trained],
    }


@pytest.mark.parametrize("translated", [True, False])
def test_topics_that_are_clusters_of_their_own_change_nothing(
    make_records: Callable[..., list[Record]],
    make_design: Callable[..., Design],
    *,
    translated: bool,
) -> None:
    """Not a bit, whatever the clusters are called and in whatever order that would put them."""
    records, design = make_records(topics=30), make_design(translated=translated)
    own = {r[1]: {t[3]: f"s{99 - int(t[3][1:])}" for t in records} for r in records}
    named = Scores.from_records(records, measure="AP", clusters=own)
    plain = Scores.from_records(records, measure="AP")
    assert to_json([compare(named, design=design)]) == to_json([compare(plain, design=design)])


def answered(make_design: Callable[..., Design], labels: dict[str, str]) -> Comparisons:
    """Compare two methods on 40 topics, with these clusters."""
    random = np.random.default_rng(1)
    records = [
        (f"m{m}", "p0", s, f"t{t:02}", float(random.random())) for m, s, t in np.ndindex(2, 3, 40)
    ]
    methods = tuple(MethodRole(name=f"m{i}", trained=True) for i in range(2))
    design = make_design(pairs=1, methods=methods, seeds=(0, 1, 2), hypothesis=None)
    scores = Scores.from_records(records, measure="AP", clusters={"p0": labels}, cluster="story")
    return compare(scores, design=design)


def test_the_number_is_told(
    make_records: Callable[..., list[Record]], make_design: Callable[..., Design]
) -> None:
    """The answer's sentence counts clusters by the collection's word, where topics belong together."""
    records = make_records()
    scores = Scores.from_records(records, measure="AP", clusters=in_pairs(records), cluster="story")
    found = compare(scores, design=make_design())
    assert "; 30 topics of 15 stories, 2 languages, 3 seeds)" in sentence(found)
    strata = compare(scores, design=make_design(translated=False))
    assert "; 60 topics of 30 stories in all, 2 languages, 3 seeds)" in sentence(strata)
    plain = compare(Scores.from_records(records, measure="AP"), design=make_design())
    assert "; 30 topics, 2 languages, 3 seeds)" in sentence(plain)


def test_one_cluster_has_no_error(make_design: Callable[..., Design]) -> None:
    """Topics that all belong together are a single unit: no interval, and the reason."""
    found = answered(make_design, {f"t{t:02}": "a" for t in range(40)})
    one = found.between("m0", "m1", "p0")
    assert (one.topics, one.clusters) == (40, 1)
    assert (one.interval, one.seed_interval, one.p_t, one.p) == (None, None, None, 1.0)
    for test in (paired_t, crossed_t):
        values = np.random.default_rng(0).random((2, 3))
        if test is crossed_t:
            with pytest.raises(StatisticsError, match="two clusters of topics"):
                test(values, clusters="aaa")
        else:
            assert test(values[0], clusters="aaa").p is None
    with pytest.raises(StatisticsError, match="two clusters of topics"):
        bootstrap_interval(np.array([0.1, 0.2]), clusters="aa")


def test_clusters_of_some_topics(make_design: Callable[..., Design]) -> None:
    """A topic that no cluster is named for is one of its own; more may be named than there are."""
    found = answered(make_design, {"t00": "a", "t01": "a", "t02": "a", "x9": "b"})
    assert found.between("m0", "m1", "p0").clusters == 38


def test_a_topic_of_two_clusters_is_refused(
    make_records: Callable[..., list[Record]], make_design: Callable[..., Design]
) -> None:
    """Translations of a topic belong to one cluster; topics of languages of their own need not."""
    records = make_records()
    clusters = in_pairs(records)
    clusters["p1"]["t003"] = "elsewhere"
    scores = Scores.from_records(records, measure="AP", clusters=clusters)
    with pytest.raises(
        StatisticsError, match="topic t003 is in cluster s1, but on p1 in elsewhere"
    ):
        compare(scores, design=make_design())
    compare(scores, design=make_design(translated=False))


@settings(max_examples=25)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=12), st.integers(0, 99))
def test_the_order_of_topics_does_not_matter(sizes: list[int], seed: int) -> None:
    """Topics in any order, with their clusters, give the same t, error and exact p."""
    random = np.random.default_rng(seed)
    labels = list(chain.from_iterable([name] * size for name, size in enumerate(sizes)))
    values = random.normal(0.1, 1, (2, len(labels)))
    order = random.permutation(len(labels))
    shuffled = [labels[i] for i in order]
    own = values.mean(axis=0)
    assert paired_t(own[order], clusters=shuffled) == pytest.approx(paired_t(own, clusters=labels))
    assert crossed_t(values[:, order], clusters=shuffled) == pytest.approx(
        crossed_t(values, clusters=labels)
    )
    assert paired_randomisation(own[order], clusters=shuffled).p == pytest.approx(
        paired_randomisation(own, clusters=labels).p
    )


@pytest.mark.parametrize("size", [2, 5])
def test_rates_of_rejection(size: int) -> None:
    """Where topics of a cluster are alike (ICC .36), tests by cluster keep 5 %, by topic they do not."""
    random = np.random.default_rng(size)
    labels = np.repeat(np.arange(60), size).tolist()
    rejected = {"clusters": 0, "flips": 0, "topics": 0}
    for _ in range(1500):
        values = 0.6 * np.repeat(random.standard_normal(60), size)
        values += 0.8 * random.standard_normal(60 * size)
        rejected["clusters"] += paired_t(values, clusters=labels).p <= 0.05
        rejected["topics"] += paired_t(values).p <= 0.05
        flipped = paired_randomisation(values, flips=199, clusters=labels)
        rejected["flips"] += flipped.p <= 0.05
    rates = {name: count / 1500 for name, count in rejected.items()}
    assert 0.035 < rates["clusters"] < 0.065
    assert 0.035 < rates["flips"] < 0.065
    assert rates["topics"] > {2: 0.075, 5: 0.16}[size]
