"""The whole comparison, against its parts used alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from clirbench.errors import StatisticsError
from clirbench.statistics import (
    Comparison,
    Comparisons,
    Design,
    Hypothesis,
    MethodRole,
    MissingComparison,
    PairRole,
    Scores,
    adjust,
    bootstrap_interval,
    compare,
    crossed_interval,
    crossed_t,
    paired_randomisation,
    paired_t,
    sentence,
    wilcoxon,
)
from clirbench.statistics.records import Record
from clirbench.statistics.streams import Array
from clirbench.statistics.tost import shares_by_margin
from clirbench.statistics.ttest import standard_error


def topic_means(scores: Scores, method: str, pair: str) -> Array:
    """Mean over a method's runs of each topic."""
    return scores.values[method, pair].mean(axis=0)


def differences(scores: Scores, first: str, second: str, pair: str) -> Array:
    """Topic differences of two methods on a pair."""
    return topic_means(scores, first, pair) - topic_means(scores, second, pair)


@pytest.mark.parametrize("translated", [True, False])
@pytest.mark.parametrize("topics", [12, 30])
def test_a_pair_equals_the_parts(
    *,
    make_scores: Callable[..., Scores],
    make_design: Callable[..., Design],
    translated: bool,
    topics: int,
) -> None:
    """On one language every number is that of the test, interval or effect used alone."""
    scores = make_scores(topics=topics)
    design = make_design(translated=translated, smallest_effect=0.05, hypothesis=None)
    one = compare(scores, design=design).between("m3", "m1", "p2")
    own = differences(scores, "m3", "m1", "p2")
    name = "topics" if translated else "p2"
    assert one.difference == pytest.approx(own.mean())
    assert one.first_mean == pytest.approx(topic_means(scores, "m3", "p2").mean())
    second = topic_means(scores, "m1", "p2").mean()
    assert one.second_mean == pytest.approx(second)
    assert one.relative == pytest.approx(own.mean() / second)
    assert one.standardised == pytest.approx(own.mean() / own.std(ddof=1))
    test = paired_randomisation(own, flips=2000, name=name)
    assert (one.p_randomisation, one.patterns, one.exact) == test
    assert one.exact == (topics == 12)
    assert one.p_t == pytest.approx(paired_t(own).p)
    assert one.t == pytest.approx(paired_t(own).t)
    assert one.interval == pytest.approx(bootstrap_interval(own, resamples=500, name=name))
    by_seed = scores.values["m3", "p2"] - scores.values["m1", "p2"]
    assert one.seed_interval == pytest.approx(crossed_interval(by_seed))
    assert one.p_crossed == pytest.approx(crossed_t(by_seed).p)
    assert (one.p, one.test) == (one.p_crossed, "crossed")
    assert one.claimed_interval == one.seed_interval
    assert (one.topics, one.languages, one.seeds) == (topics, 1, 3)
    assert sum(one.tally) == topics
    assert one.undefined == ()


def test_translated_topics_are_clusters(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design]
) -> None:
    """A macro mean over translations is tested on each topic's mean over its languages."""
    scores, design = make_scores(), make_design()
    one = compare(scores, design=design).primary
    own = np.mean([differences(scores, "m2", "m1", pair) for pair in ("p0", "p1")], axis=0)
    assert one.difference == pytest.approx(own.mean())
    assert one.p_randomisation == paired_randomisation(own, flips=2000).p
    by_seed = np.mean(
        [scores.values["m2", pair] - scores.values["m1", pair] for pair in ("p0", "p1")], axis=0
    )
    assert one.p == pytest.approx(crossed_t(by_seed).p)
    assert one.seed_interval == pytest.approx(crossed_interval(by_seed))
    assert one.p_adjusted == one.p
    assert one.p_t == pytest.approx(paired_t(own).p)
    assert one.interval == pytest.approx(bootstrap_interval(own, resamples=500))
    assert one.standardised == pytest.approx(own.mean() / own.std(ddof=1))
    assert (one.topics, one.languages, one.family, one.family_size) == (30, 2, "primary", 1)


def test_other_topics_are_strata(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design]
) -> None:
    """A macro mean over languages of their own topics is tested as a mean of independent means."""
    scores = make_scores()
    one = compare(scores, design=make_design(translated=False)).primary
    first, second = (differences(scores, "m2", "m1", pair) for pair in ("p0", "p1"))
    welch = stats.ttest_ind(first, -second, equal_var=False)
    assert one.difference == pytest.approx((first.mean() + second.mean()) / 2)
    assert one.t == pytest.approx(welch.statistic)
    assert one.p_t == pytest.approx(welch.pvalue)
    assert one.topics == 60
    error = (first.var(ddof=1) / 30 + second.var(ddof=1) / 30) ** 0.5 / 2
    width = one.interval.high - one.interval.low
    assert width == pytest.approx(2 * 1.96 * error, rel=0.15)


def shared_differences(spread: float) -> list[Record]:
    """Records of two untrained methods whose topic differences are alike in all four languages."""
    draw = np.random.default_rng(3)
    gain = draw.normal(0.01, 0.05, 25)
    return [
        (
            method,
            f"p{pair}",
            None,
            f"t{topic:02}",
            0.5 + sign * gain[topic] / 2 + draw.normal(0, spread),
        )
        for method, sign in (("a", 1), ("b", -1))
        for pair in range(4)
        for topic in range(25)
    ]


def test_pooling_translations_as_independent_understates_error(
    make_design: Callable[..., Design],
) -> None:
    """With differences that a topic has in all languages, strata are twice too sure of 4 languages."""
    scores = Scores.from_records(shared_differences(0.001), measure="AP")
    methods = tuple(MethodRole(name=name, trained=False) for name in "ab")
    found = {}
    for translated in (True, False):
        design = make_design(methods=methods, seeds=(), translated=translated, hypothesis=None)
        found[translated] = compare(scores, design=design).between("a", "b", "all")
    cluster, strata = found[True], found[False]
    assert cluster.difference == pytest.approx(strata.difference)
    assert cluster.p > 2 * strata.p
    widths = [one.interval.high - one.interval.low for one in (cluster, strata)]
    assert widths[0] / widths[1] == pytest.approx(2, rel=0.15)
    assert cluster.topics == 25
    assert strata.topics == 100


@pytest.mark.parametrize("translated", [True, False])
def test_small_macro_means_are_enumerated(
    *, make_design: Callable[..., Design], translated: bool
) -> None:
    """Up to 20 units, p of a macro mean is exact: units are topics, or topics of one language."""
    tenths = np.random.default_rng(0).integers(0, 10, (2, 2, 6))
    records = [
        (f"m{m}", f"p{p}", None, f"t{t}", float(tenths[m, p, t] / 10))
        for m, p, t in np.ndindex(2, 2, 6)
    ]
    design = make_design(
        pairs=2,
        methods=tuple(MethodRole(name=f"m{m}", trained=False) for m in range(2)),
        hypothesis=None,
        translated=translated,
    )
    scores = Scores.from_records(records, measure="AP")
    one = compare(scores, design=design).between("m0", "m1", "low")
    gaps = tenths[0] - tenths[1]
    units = gaps.sum(axis=0) if translated else gaps.ravel()
    assert one.exact
    assert one.patterns == 2 ** len(units)
    assert one.p == paired_randomisation(units.astype(float)).p


def test_translations_with_gaps(make_design: Callable[..., Design]) -> None:
    """Languages that lack some topics weigh the same; p is that of the topics' shares."""
    draw = np.random.default_rng(5)
    have = {"p0": range(14), "p1": range(4, 18)}
    scores = {
        (m, p, t): float(draw.integers(0, 1000) / 1000)
        for m in ("m0", "m1")
        for p, topics in have.items()
        for t in topics
    }
    records = [(m, p, None, f"t{t:02}", value) for (m, p, t), value in scores.items()]
    design = make_design(
        pairs=2,
        methods=tuple(MethodRole(name=f"m{m}", trained=False) for m in range(2)),
        hypothesis=None,
    )
    one = compare(Scores.from_records(records, measure="AP"), design=design)
    low = one.between("m0", "m1", "low")
    shares = [
        sum(
            (scores["m0", p, t] - scores["m1", p, t]) / 14 / 2
            for p, topics in have.items()
            if t in topics
        )
        for t in range(18)
    ]
    assert low.difference == pytest.approx(sum(shares))
    assert low.topics == 18
    assert low.p == paired_randomisation(np.array(shares)).p
    assert low.interval.low < low.difference < low.interval.high
    assert one.between("m0", "m1", "p0").topics == 14


def test_adjustment_is_holm_within_each_family(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design]
) -> None:
    """Adjusted p-values are Holm's over the family's p-values; the label gives their number."""
    found = compare(make_scores(), design=make_design())
    for family in found.families[1:]:
        members = [one for one in found.comparisons if one.family == family.name]
        assert len(members) == family.size == members[0].family_size
        assert [one.p_adjusted for one in members] == pytest.approx(adjust([o.p for o in members]))
    assert len(found.comparisons) == 24 + 11


@pytest.mark.parametrize("correction", ["bonferroni", "bh", "maxt"])
def test_other_corrections(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design], correction: str
) -> None:
    """The design's correction is used and named; no adjusted p is below its p."""
    scores = make_scores()
    found = compare(scores, design=make_design(correction=correction))
    assert all(one.p <= one.p_adjusted <= 1 for one in found.comparisons)
    if correction == "maxt":
        holm = compare(scores, design=make_design())
        assert "step-down maxT" in found.families[1].label
        pairs = zip(found.comparisons, holm.comparisons, strict=True)
        assert sum(one.p_adjusted <= other.p_adjusted for one, other in pairs) > 20
    else:
        members = [one for one in found.comparisons if one.family == "pairs"]
        expected = adjust([one.p for one in members], correction)
        assert [one.p_adjusted for one in members] == pytest.approx(expected)


def test_bca_intervals(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design]
) -> None:
    """With BCa the interval over topics is the one of the test used alone."""
    scores = make_scores()
    found = compare(scores, design=make_design(interval="bca")).between("m3", "m0", "p1")
    own = differences(scores, "m3", "m0", "p1")
    expected = bootstrap_interval(own, resamples=500, method="bca")
    assert found.interval == pytest.approx(expected)


def test_told_from_the_other_side(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design]
) -> None:
    """Every comparison can be asked for in both directions: signs turn, p-values stay."""
    found = compare(make_scores(), design=make_design())
    for on in ("p0", "medium", "low", "all"):
        one, other = found.between("m1", "m3", on), found.between("m3", "m1", on)
        assert other.difference == -one.difference
        assert other.interval == (-one.interval.high, -one.interval.low)
        assert other.t == -one.t
        assert (other.p, other.p_t, other.p_adjusted) == (one.p, one.p_t, one.p_adjusted)
        assert other.tally == one.tally[::-1]
        assert other.standardised == -one.standardised
        assert other.relative == pytest.approx(other.difference / other.second_mean)
        assert other.reversed() == one
    assert found.between("m1", "m2", "low") == found.primary.reversed()
    with pytest.raises(StatisticsError, match="no comparison of m1 and m1 on low"):
        found.between("m1", "m1", "low")
    with pytest.raises(StatisticsError, match="no mean of m9 on low"):
        found.mean("m9", "low")


def test_means_gaps_and_profiles(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design]
) -> None:
    """Means, seed deviations, the translation gap and the worst language are those of the scores."""
    scores = make_scores()
    found = compare(scores, design=make_design(zero_shot="m0", oracle="m3"))
    low = found.mean("m2", "low")
    means = {p: topic_means(scores, "m2", p).mean() for p in scores.pairs}
    assert low.mean == pytest.approx((means["p0"] + means["p1"]) / 2)
    runs = sum(scores.values["m2", pair].mean(axis=1) for pair in ("p0", "p1")) / 2
    assert low.seed_sd == pytest.approx(runs.std(ddof=1))
    floor, ceiling = (found.mean(name, "low").mean for name in ("m0", "m3"))
    assert low.gap_closed == pytest.approx((low.mean - floor) / (ceiling - floor))
    assert found.mean("m3", "all").gap_closed == 1
    assert found.mean("m1", "p3").interval == pytest.approx(
        bootstrap_interval(topic_means(scores, "m1", "p3"), resamples=500)
    )
    assert found.mean("m0", "p0").seed_sd is None
    assert ("seed_sd", "a single run") in found.mean("m0", "p0").undefined
    profile = next(one for one in found.profiles if one.method == "m2")
    worst = min(means, key=means.__getitem__)
    assert profile.worst.pair == worst
    assert profile.worst.mean == pytest.approx(means[worst])
    assert profile.high_minus_low == pytest.approx(means["p3"] - (means["p0"] + means["p1"]) / 2)
    assert profile.language_sd == pytest.approx(np.std(list(means.values()), ddof=1))
    assert {(one.first, one.second) for one in found.comparisons} == {
        ("m0", "m1"),
        ("m0", "m2"),
        ("m1", "m2"),
    }


def told(one: Comparison) -> tuple[float, ...]:
    """Give the numbers of a comparison."""
    intervals = (*one.interval, *one.seed_interval)
    return (one.p, one.p_t, one.p_adjusted, one.difference, *intervals, *one.tally)


def numbers(found: Comparisons) -> dict[tuple[str, str, str], tuple[float, ...]]:
    """Give the numbers of all comparisons by their names."""
    return {(one.first, one.second, one.on): told(one) for one in found.comparisons}


@pytest.mark.parametrize("translated", [True, False])
def test_order_does_not_matter(
    *,
    make_records: Callable[..., list[Record]],
    make_design: Callable[..., Design],
    translated: bool,
) -> None:
    """Records, methods, pairs and seeds in another order give the same numbers."""
    records = make_records()
    design = make_design(translated=translated, hypothesis=None)
    ahead = numbers(compare(Scores.from_records(records, measure="AP"), design=design))
    mixed = make_design(
        translated=translated,
        hypothesis=None,
        pairs=design.pairs[::-1],
        methods=(*design.methods[2:], *design.methods[:2]),
        seeds=design.seeds[::-1],
    )
    found = compare(Scores.from_records(records[::-1], measure="AP"), design=mixed)
    for first, second, on in ahead:
        one = found.between(first, second, on)
        assert ahead[first, second, on] == pytest.approx(told(one), abs=1e-9)


def test_a_constant_added_to_all_scores_changes_no_difference(
    make_records: Callable[..., list[Record]], make_design: Callable[..., Design]
) -> None:
    """Scores that are all higher by .5 give the same differences, intervals, p-values and wins."""
    records = make_records()
    higher = [(*record[:4], record[4] + 0.5) for record in records]
    claim = Hypothesis(better="m2", than="m1", on="low", measure="utility")
    design = make_design(hypothesis=claim)
    first, second = (
        numbers(compare(Scores.from_records(one, measure="utility"), design=design))
        for one in (records, higher)
    )
    for key, expected in first.items():
        assert second[key] == pytest.approx(expected, abs=1e-9)


def test_a_missing_seed_is_reported_and_its_method_not_compared(
    make_records: Callable[..., list[Record]], make_design: Callable[..., Design]
) -> None:
    """Comparisons with an incomplete cell are missing with the reason, and count in the family."""
    records = [r for r in make_records() if r[:3] != ("m2", "p1", 3)]
    found = compare(Scores.from_records(records, measure="AP"), design=make_design())
    why = "m2 on p1, seed 3: no scores"
    assert [str(cell) for cell in found.missing_cells] == [why]
    assert isinstance(found.primary, MissingComparison)
    assert found.primary.why == why
    assert {(one.first, one.second, one.on) for one in found.missing} == {
        ("m0", "m2", "p1"),
        ("m1", "m2", "p1"),
        ("m2", "m3", "p1"),
        *((*pair, on) for pair in (("m0", "m2"), ("m2", "m3")) for on in ("low", "all")),
        ("m1", "m2", "all"),
    }
    assert {one.why for one in found.missing} == {why}
    pairs = next(one for one in found.families if one.name == "pairs")
    assert (pairs.size, pairs.missing) == (24, 3)
    members = [one for one in found.comparisons if one.family == "pairs"]
    expected = adjust([one.p for one in members], size=24)
    assert [one.p_adjusted for one in members] == pytest.approx(expected)
    mean = found.mean("m2", "low")
    assert (mean.mean, mean.interval) == (None, None)
    assert ("mean", why) in mean.undefined
    assert found.mean("m2", "p0").mean is not None
    profile = next(one for one in found.profiles if one.method == "m2")
    assert (profile.worst, profile.high_minus_low, profile.language_sd) == (None, None, None)
    assert isinstance(found.between("m1", "m3", "low"), Comparison)


@pytest.mark.parametrize("correction", ["holm", "maxt"])
def test_what_is_there_does_not_change_by_what_is_missing(
    make_records: Callable[..., list[Record]], make_design: Callable[..., Design], correction: str
) -> None:
    """p-values and intervals of complete cells are the same with and without a lost method."""
    records = make_records()
    whole, part = (
        compare(
            Scores.from_records(one, measure="AP"),
            design=make_design(correction=correction),
        )
        for one in (records, [r for r in records if r[:2] != ("m3", "p1")])
    )
    for one in part.comparisons:
        other = whole.between(one.first, one.second, one.on)
        assert (one.p, one.p_t, one.difference) == (other.p, other.p_t, other.difference)
        assert one.interval == pytest.approx(other.interval)


def test_a_seed_or_pair_that_never_ran_is_missing(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design]
) -> None:
    """What the design asks for and no score mentions is missing, not left out."""
    found = compare(make_scores(seeds=2, pairs=3), design=make_design())
    assert len(found.comparisons) == 0
    assert "m1 on p0, seed 3: no scores" in found.primary.why
    assert found.mean("m0", "p3").undefined[0].why == "m0 on p3: no scores"
    assert found.mean("m0", "p2").mean is not None
    several = found.between("m1", "m3", "all")
    assert several.why.endswith("and 9 more")


@pytest.mark.parametrize(
    ("sizes", "changes", "text"),
    [
        ({"methods": 5}, {}, "unknown method m4"),
        ({"pairs": 4}, {"pairs": 3}, "unknown pair p3"),
        ({"seeds": 4}, {}, "unknown seed 4"),
        (
            {},
            {"methods": tuple(MethodRole(name=f"m{i}", trained=True) for i in range(4))},
            "m0: an untrained method",
        ),
    ],
)
def test_scores_beyond_the_design_are_refused(
    make_scores: Callable[..., Scores],
    make_design: Callable[..., Design],
    sizes: dict[str, int],
    changes: dict[str, object],
    text: str,
) -> None:
    """Scores that the design has no place for are an error, not left out."""
    with pytest.raises(StatisticsError, match=text):
        compare(make_scores(**sizes), design=make_design(**changes))


def test_translations_without_common_topics_are_refused(
    make_records: Callable[..., list[Record]], make_design: Callable[..., Design]
) -> None:
    """Calling different topics translations is noticed."""
    records = [(m, p, s, f"{p}-{t}", v) for m, p, s, t, v in make_records()]
    scores = Scores.from_records(records, measure="AP")
    with pytest.raises(StatisticsError, match="p0 shares no topic id"):
        compare(scores, design=make_design(translated=True))
    assert compare(scores, design=make_design(translated=False)).primary.topics == 60


def test_equal_methods(
    make_records: Callable[..., list[Record]], make_design: Callable[..., Design]
) -> None:
    """Methods with the same scores: difference 0, interval [0, 0], p = 1, all ties."""
    records = [r for r in make_records() if r[0] != "m2"]
    records += [("m2", *r[1:]) for r in records if r[0] == "m1"]
    found = compare(
        Scores.from_records(records, measure="AP"), design=make_design(smallest_effect=0.01)
    ).primary
    assert (found.difference, found.interval, found.seed_interval) == (0, (0, 0), (0, 0))
    assert (found.p, found.p_t, found.t, found.standardised) == (1, 1, 0, 0)
    assert found.tally == (0, 30, 0)
    why = "the differences do not vary"
    assert found.undefined == (("p_equivalent", why), ("shares", why))


def test_scores_of_zero(
    make_records: Callable[..., list[Record]], make_design: Callable[..., Design]
) -> None:
    """Nothing found by anyone: p = 1, no relative change, and no gap to close."""
    records = [(*record[:4], 0.0) for record in make_records()]
    found = compare(
        Scores.from_records(records, measure="AP"),
        design=make_design(zero_shot="m0", oracle="m3"),
    )
    assert (found.primary.p, found.primary.p_t, found.primary.relative) == (1, 1, None)
    assert ("relative", "the second mean is 0") in found.primary.undefined
    mean = found.mean("m1", "all")
    assert (mean.mean, mean.interval, mean.seed_sd, mean.gap_closed) == (0, (0, 0), 0, None)
    assert mean.undefined == (("gap_closed", "zero-shot and the oracle score the same"),)


@pytest.mark.parametrize("translated", [True, False])
def test_one_topic(
    *, make_scores: Callable[..., Scores], make_design: Callable[..., Design], translated: bool
) -> None:
    """A single topic has p = 1 and neither interval nor t, and the reason is given."""
    found = compare(make_scores(topics=1), design=make_design(translated=translated))
    one = found.between("m1", "m3", "p0")
    assert (one.p, one.exact, one.p_t, one.interval, one.seed_interval) == (
        1,
        True,
        None,
        None,
        None,
    )
    assert one.standardised is None
    assert {why for field, why in one.undefined if field not in {"p_equivalent", "shares"}} == {
        "a single topic has no variance"
    }
    assert found.mean("m1", "p0").interval is None


def test_one_seed(make_scores: Callable[..., Scores], make_design: Callable[..., Design]) -> None:
    """A single seed has an interval over topics, and none over seeds."""
    found = compare(make_scores(seeds=1), design=make_design(seeds=1)).primary
    assert found.interval is not None
    assert found.seed_interval is None
    assert ("seed_interval", "a single run") in found.undefined
    assert found.seeds == 1


def test_a_constant_gain(make_design: Callable[..., Design]) -> None:
    """A gain that is the same on every topic is certain by flips, and has no t."""
    records = [
        (f"m{m}", f"p{p}", None, f"t{t:02}", 0.01 * t + 0.1 * m) for m, p, t in np.ndindex(2, 2, 25)
    ]
    design = make_design(
        pairs=2,
        methods=tuple(MethodRole(name=f"m{m}", trained=False) for m in range(2)),
        hypothesis=Hypothesis(better="m1", than="m0", on="low", measure="AP"),
    )
    one = compare(Scores.from_records(records, measure="AP"), design=design).primary
    assert one.p == 1 / 2001
    assert one.interval == pytest.approx((0.1, 0.1))
    assert (one.t, one.p_t, one.standardised) == (None, None, None)
    assert ("p_t", "the differences do not vary") in one.undefined
    assert one.seeds == 1


@settings(max_examples=20)
@given(
    pairs=st.integers(1, 4),
    methods=st.integers(2, 4),
    seeds=st.integers(1, 3),
    topics=st.integers(1, 25),
    translated=st.booleans(),
    seed=st.integers(0, 99),
)
def test_any_size(
    *, pairs: int, methods: int, seeds: int, topics: int, translated: bool, seed: int
) -> None:
    """Every p is in (0, 1], every interval in order, for suites of any shape."""
    draw = np.random.default_rng(seed)
    records = [
        (f"m{m}", f"p{p}", s, f"t{t}", float(draw.integers(0, 4) / 4))
        for m, p, s, t in np.ndindex(methods, pairs, seeds, topics)
    ]
    design = Design(
        pairs=tuple(
            PairRole(name=f"p{i}", resource=("low", "medium", "high")[i % 3]) for i in range(pairs)
        ),
        methods=tuple(MethodRole(name=f"m{i}", trained=True) for i in range(methods)),
        seeds=tuple(range(seeds)),
        translated=translated,
        flips=50,
        resamples=20,
    )
    found = compare(Scores.from_records(records, measure="AP"), design=design)
    assert not found.missing
    assert len(found.comparisons) == sum(family.size for family in found.families)
    for one in found.comparisons:
        assert 0 < one.p <= one.p_adjusted <= 1
        assert one.p_t is None or 0 < one.p_t <= 1
        for interval in filter(None, (one.interval, one.seed_interval)):
            assert interval.low <= interval.high
        assert (one.interval is None) == (topics == 1)


@pytest.mark.parametrize("test", ["randomisation", "t", "wilcoxon"])
def test_other_tests(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design], test: str
) -> None:
    """The design's test makes p, its interval is the one claimed, and adjusted is what it gives."""
    scores = make_scores(topics=30)
    found = compare(scores, design=make_design(test=test))
    one = found.between("m3", "m1", "p2")
    own = differences(scores, "m3", "m1", "p2")
    expected = {
        "randomisation": lambda: paired_randomisation(own, flips=2000).p,
        "t": lambda: paired_t(own).p,
        "wilcoxon": lambda: wilcoxon(own).p,
    }[test]()
    assert one.p == pytest.approx(expected)
    assert (one.test, one.claimed_interval) == (test, one.interval)
    assert one.seed_interval is not None
    members = [one for one in found.comparisons if one.family == "pairs"]
    assert [one.p_adjusted for one in members] == pytest.approx(adjust([one.p for one in members]))


def test_ranks_that_contradict_the_means_claim_nothing(make_design: Callable[..., Design]) -> None:
    """Many small gains and few great losses: the ranks favour one method, the means the other."""
    gains = np.r_[np.linspace(0.01, 0.02, 45), np.linspace(-0.3, -0.4, 5)]
    assert wilcoxon(gains).p < 0.001
    assert wilcoxon(gains).balance > 0 > gains.mean()
    methods = tuple(MethodRole(name=name, trained=False) for name in "ab")
    design = make_design(
        pairs=1,
        methods=methods,
        seeds=(),
        test="wilcoxon",
        hypothesis=Hypothesis(better="a", than="b", on="p0", measure="AP"),
    )
    records = [
        (name, "p0", None, f"t{i:02}", 0.5 + (gain if name == "a" else 0))
        for i, gain in enumerate(gains)
        for name in "ab"
    ]
    found = compare(Scores.from_records(records, measure="AP"), design=design)
    assert isinstance(found.primary, Comparison)
    assert (found.primary.p, found.primary.test) == (1, "wilcoxon")
    assert "a is not shown to be better than b" in sentence(found)


def test_single_runs_are_claimed_by_randomisation(
    make_records: Callable[..., list[Record]], make_design: Callable[..., Design]
) -> None:
    """Methods without seeds have no crossed test; against a trained one, each seed meets the one run."""
    records = [(*r[:2], None, *r[3:]) if r[0] == "m1" else r for r in make_records(seeds=3)]
    records = [r for i, r in enumerate(records) if r[:4] not in {q[:4] for q in records[:i]}]
    methods = tuple(MethodRole(name=f"m{i}", trained=i > 1) for i in range(4))
    scores = Scores.from_records(records, measure="AP")
    found = compare(scores, design=make_design(methods=methods, hypothesis=None))
    single = found.between("m0", "m1", "p0")
    assert (single.test, single.p) == ("randomisation", single.p_randomisation)
    assert (single.seeds, single.p_crossed, single.seed_interval) == (1, None, None)
    assert ("p_crossed", "a single run") in single.undefined
    mixed = found.between("m2", "m0", "p0")
    by_seed = scores.values["m2", "p0"] - scores.values["m0", "p0"]
    assert (mixed.test, mixed.p) == ("crossed", pytest.approx(crossed_t(by_seed).p))


@pytest.mark.parametrize("seed_sd", [0.0, 0.1])
def test_equivalence_is_by_the_error_that_is_claimed(
    make_design: Callable[..., Design], seed_sd: float
) -> None:
    """TOST over topics and seeds; it is TOST over topics where seeds show no effect."""
    draw = np.random.default_rng(0)
    noise = draw.normal(0, 0.02, (3, 30))
    noise -= noise.mean(axis=1, keepdims=True)
    values = draw.normal(0, 0.05, 30) + noise + seed_sd * np.array([[-1], [0], [1]])
    records = [
        (name, "p0", s, f"t{t:02}", sign * float(values[s, t]))
        for name, sign in (("m0", 0.0), ("m1", 1.0))
        for s, t in np.ndindex(3, 30)
    ]
    methods = tuple(MethodRole(name=f"m{i}", trained=True) for i in range(2))
    design = make_design(
        pairs=1, methods=methods, seeds=(0, 1, 2), hypothesis=None, smallest_effect=0.05
    )
    found = compare(Scores.from_records(records, measure="utility"), design=design)
    one = found.between("m1", "m0", "p0")
    own = values.mean(axis=0)
    alone = standard_error([(own - own.mean()) / 30])
    over_topics = shares_by_margin(float(own.mean()), alone, 0.05, size=1)
    assert over_topics is not None
    if seed_sd:
        assert one.p_equivalent > 10 * over_topics.p_equivalent
        assert one.shares.within < over_topics.within
    else:
        assert one.shares == pytest.approx(over_topics)
        assert one.p_equivalent == max(one.shares.worse, one.shares.better)
    assert one.reversed().shares == one.shares[::-1]


def test_profiles_and_gaps_have_intervals(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design]
) -> None:
    """Each holds its estimate, and the gap's is that of the resampled ratio."""
    design = make_design(zero_shot="m0", oracle="m3", translated=False)
    found = compare(make_scores(topics=60), design=design)
    for profile in found.profiles:
        for value, interval in (
            (profile.high_minus_low, profile.high_minus_low_interval),
            (profile.worst.mean, profile.worst_interval),
        ):
            assert interval.low <= value <= interval.high
            assert interval.high - interval.low < 0.2
        assert 0 <= profile.language_sd_interval.low <= profile.language_sd_interval.high
    gaps = {one.method: one for one in found.means if one.on == "all"}
    assert (gaps["m0"].gap_closed, gaps["m3"].gap_closed) == (0, 1)
    assert gaps["m0"].gap_interval == (0, 0)
    assert gaps["m3"].gap_interval == (1, 1)
    assert gaps["m1"].gap_interval.low < gaps["m1"].gap_closed < gaps["m1"].gap_interval.high
    alone = compare(make_scores(topics=1), design=design)
    assert all(one.worst_interval is None and one.worst is not None for one in alone.profiles)
    assert all(one.gap_interval is None for one in alone.means)


def test_max_t_of_the_crossed_test(make_design: Callable[..., Design]) -> None:
    """Adjusted p-values lie between p and Holm's, near the least p times what dependence leaves."""
    draw = np.random.default_rng(6)
    scores = 0.5 + draw.normal(0, 0.1, (4, 2, 3, 60)) + draw.normal(0, 0.02, (4, 2, 3, 1))
    records = [
        (f"m{m}", f"p{p}", s, f"t{t:02}", float(scores[m, p, s, t]))
        for m, p, s, t in np.ndindex(scores.shape)
    ]
    design = make_design(
        pairs=2,
        methods=tuple(MethodRole(name=f"m{i}", trained=True) for i in range(4)),
        seeds=(0, 1, 2),
        hypothesis=None,
        correction="maxt",
    )
    found = compare(Scores.from_records(records, measure="AP"), design=design)
    members = [one for one in found.comparisons if one.family == "pairs"]
    assert {one.test for one in members} == {"crossed"}
    holm = adjust([one.p for one in members])
    for one, other in zip(members, holm, strict=True):
        assert one.p <= one.p_adjusted <= other + 0.02  # 2,000 flips
    order = sorted(members, key=lambda one: one.p)
    assert [one.p_adjusted for one in order] == sorted(one.p_adjusted for one in members)


def test_type_i_error_of_the_hypothesis_is_nominal(make_design: Callable[..., Design]) -> None:
    """Of 200 null suites of translations, about 5 % claim a difference; seeds and languages differ."""
    draw = np.random.default_rng(0)
    methods = tuple(MethodRole(name=f"m{m}", trained=True) for m in range(2))
    rejected = 0
    for i in range(200):
        ease = draw.beta(1, 2, 24)[:, None, None, None]
        gain = draw.normal(0, 0.1, (24, 1, 1, 2))
        scores = ease + gain + draw.normal(0, 0.1, (24, 2, 2, 2))
        records = [
            (f"m{m}", f"p{p}", s, f"t{t:02}", float(scores[t, p, s, m]))
            for t, p, s, m in np.ndindex(scores.shape)
        ]
        design = make_design(
            pairs=2,
            methods=methods,
            seeds=(0, 1),
            hypothesis=Hypothesis(better="m1", than="m0", on="low", measure="utility"),
            flips=199,
            resamples=2,
            seed=i,
        )
        found = compare(Scores.from_records(records, measure="utility"), design=design)
        rejected += found.primary.p <= 0.05
    assert 2 <= rejected <= 20
