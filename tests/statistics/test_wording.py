"""Results in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from clirbench.errors import StatisticsError
from clirbench.statistics import (
    Comparisons,
    Design,
    Hypothesis,
    Interval,
    MethodRole,
    Scores,
    Shares,
    compare,
    few_seeds,
    likely,
    mean_name,
    name_of_tests,
    number,
    p_value,
    percentage,
    sentence,
)
from clirbench.statistics.records import Record


@pytest.mark.parametrize(
    ("value", "options", "text"),
    [
        (0.0234, {}, ".023"),
        (0.0234, {"sign": True}, "+.023"),
        (-0.5, {"sign": True}, "-.500"),
        (-0.5, {}, "-.500"),
        (1.0, {}, "1.000"),
        (-1.25, {"digits": 1}, "-1.2"),
        (0.9999, {}, "1.000"),
        (-0.0001, {"sign": True}, ".000"),
        (0.0, {"sign": True}, ".000"),
    ],
)
def test_numbers(value: float, options: dict[str, bool], text: str) -> None:
    """Scores lose the zero before the point, and zero has no sign."""
    assert number(value, **options) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1e-5, "< .0001"),
        (0.0004, "= .0004"),
        (0.03, "= .030"),
        (0.301, "= .301"),
        (0.9999, "> .999"),
        (1.0, "= 1"),
    ],
)
def test_p_values(p: float, text: str) -> None:
    """The p is never written as 0, and as 1 only if it is."""
    assert p_value(p) == text


def test_measures_are_named_by_their_means() -> None:
    """AP averages to MAP and RR@10 to MRR@10; others keep their names."""
    names = [mean_name(name) for name in ("AP", "AP@100", "RR@10", "nDCG@10", "R@100")]
    assert names == ["MAP", "MAP@100", "MRR@10", "nDCG@10", "R@100"]


@pytest.fixture
def found(make_scores: Callable[..., Scores], make_design: Callable[..., Design]) -> Comparisons:
    """A comparison whose hypothesis is about two languages."""
    return compare(make_scores(), design=make_design())


def answered(found: Comparisons, **changes: object) -> str:
    """Give the sentence for another outcome of the hypothesis."""
    return sentence(replace(found, primary=replace(found.primary, **changes)))


def test_three_verdicts(found: Comparisons) -> None:
    """Better, worse and not shown follow from p and the sign; all numbers stand in the sentence."""
    better = answered(
        found,
        difference=0.0234,
        seed_interval=Interval(0.0101, 0.0363),
        p=0.0004,
        topics=1246,
        clusters=1246,
    )
    assert better == (
        "m2 is better than m1 on the low-resource pairs: +.023 MAP, 95 % CI over topics and seeds "
        "[.010, .036], p = .0004 (two-sided t-test over topics and seeds; "
        "1,246 topics, 2 languages, 3 seeds)"
    )
    flipped = {"test": "randomisation", "interval": Interval(0.01, 0.04)}
    over_topics = answered(found, difference=0.0234, p=0.0004, **flipped)
    assert "95 % CI over topics [.010, .040]" in over_topics
    assert "(two-sided paired randomisation test over topics, 2,000 sign flips; " in over_topics
    assert "m2 is worse than m1" in answered(found, difference=-0.02, p=0.05)
    assert "m2 is not shown to be better than m1" in answered(found, difference=0.02, p=0.051)
    assert "no interval, p" in answered(found, seed_interval=None)
    assert "all sign flips" in answered(found, **flipped, exact=True)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "two-sided t-test over topics and seeds"),
        (
            {"methods": [("a", False), ("b", False), ("m1", True), ("m2", True)]},
            "two-sided t-test over topics and seeds; methods with a single run: two-sided paired randomisation test over topics, 2,000 sign flips",
        ),
        ({"seeds": 1}, "two-sided paired randomisation test over topics, 2,000 sign flips"),
        (
            {"test": "randomisation"},
            "two-sided paired randomisation test over topics, 2,000 sign flips",
        ),
        ({"test": "t"}, "two-sided paired t-test over topics"),
        ({"test": "wilcoxon"}, "two-sided Wilcoxon signed-rank test over topics"),
    ],
)
def test_tests_are_named(
    make_design: Callable[..., Design], changes: dict[str, object], text: str
) -> None:
    """The name tells each test that a claim of the design may be by."""
    if "methods" in changes:
        roles = tuple(MethodRole(name=n, trained=t) for n, t in changes["methods"])
        changes = {**changes, "methods": roles}
    assert name_of_tests(make_design(**changes)) == text


def test_languages_with_their_own_topics(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design]
) -> None:
    """Where topics are not translations, the number is that of all languages together."""
    text = sentence(compare(make_scores(), design=make_design(translated=False)))
    assert text.endswith("60 topics in all, 2 languages, 3 seeds)")


def test_on_a_pair_and_on_all(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design]
) -> None:
    """The hypothesis may be about one pair, named itself or by its class, or about all."""
    texts = {
        on: sentence(
            compare(
                make_scores(),
                design=make_design(
                    hypothesis=Hypothesis(better="m3", than="m0", on=on, measure="AP")
                ),
            )
        )
        for on in ("p1", "high", "all")
    }
    assert " on p1: " in texts["p1"]
    assert " on the high-resource pairs: " in texts["high"]
    assert "30 topics, 1 language, 3 seeds)" in texts["high"]
    assert " on all pairs: " in texts["all"]


def test_another_measure_is_one_of_a_family(
    make_records: Callable[..., list[Record]], make_design: Callable[..., Design]
) -> None:
    """By a measure that the hypothesis does not name, p is adjusted and the family is told."""
    scores = Scores.from_records(make_records(), measure="RR")
    found = compare(scores, design=make_design())
    text = sentence(found)
    one = found.between("m2", "m1", "low")
    assert f"p {p_value(one.p_adjusted)}" in text
    assert " MRR, " in text
    assert "adjusted in the family of all 6 pairs of 4 methods x the macro means over low" in text


def test_what_cannot_be_said(
    make_records: Callable[..., list[Record]], make_design: Callable[..., Design]
) -> None:
    """A missing run is given as the reason; without a hypothesis there is no sentence."""
    records = [r for r in make_records() if r[:3] != ("m2", "p1", 2)]
    found = compare(Scores.from_records(records, measure="AP"), design=make_design())
    assert sentence(found) == (
        "Whether m2 is better than m1 on the low-resource pairs cannot be tested: "
        "m2 on p1, seed 2: no scores"
    )
    none = compare(Scores.from_records(records, measure="AP"), design=make_design(hypothesis=None))
    with pytest.raises(StatisticsError, match="no hypothesis"):
        sentence(none)


def test_few_seeds_are_told(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design]
) -> None:
    """The answer says when it rests on one seed or two, and what degrees of freedom these have."""
    two, one, three = (
        compare(make_scores(seeds=n), design=make_design(seeds=n)) for n in (2, 1, 3)
    )
    assert few_seeds(three.primary, three.design) is None
    assert "rests on" not in sentence(three)
    assert re.search(
        r"2 seeds\); it rests on 2 seeds, whose SD of \.\d{4} has [\d.]+ degrees? of freedom$",
        sentence(two),
    )
    assert sentence(one).endswith(
        "; it rests on a single seed: what another would give is not known"
    )
    untold = replace(two.primary, seed_sd=None, seed_df=None)
    assert few_seeds(untold, two.design) == "it rests on 2 seeds"
    single = replace(two.primary, seed_sd=0.0123, seed_df=1.0)
    assert few_seeds(single, two.design) == (
        "it rests on 2 seeds, whose SD of .0123 has 1 degree of freedom"
    )
    untrained = MethodRole(name="m9", trained=False)
    design = replace(two.design, methods=(*two.design.methods, untrained))
    assert few_seeds(replace(two.primary, first="m0", second="m9", seeds=1), design) is None


def test_how_likely_a_difference_that_matters_is(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design]
) -> None:
    """With a smallest effect the answer says how the difference lies to it, last; without it is as it was."""
    found = compare(make_scores(), design=make_design(smallest_effect=0.01))
    told = answered(found, shares=Shares(0.8041, 0.1957, 0.0002))
    assert told.endswith(
        "; read with a flat prior, P(worse by more than .01) = .804, P(within ±.01) = .196, "
        "P(better by more) < .001"
    )
    assert "P(better by more) > .999" in answered(found, shares=Shares(0.0, 0.0001, 0.9999))
    plain = compare(make_scores(), design=make_design())
    assert (plain.primary.shares, likely(plain.primary, plain.design)) == (None, None)
    assert sentence(found).startswith(sentence(plain))
    assert likely(replace(found.primary, shares=None), found.design) is None


def test_the_deviation_by_seed(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design]
) -> None:
    """Of a language it is that of its runs' differences; a single run has none."""
    scores = make_scores()
    found = compare(scores, design=make_design())
    one = found.between("m2", "m1", "p2")
    runs = (scores.values["m2", "p2"] - scores.values["m1", "p2"]).mean(axis=1)
    assert (one.seed_sd, one.seed_df) == (pytest.approx(runs.std(ddof=1)), 2)
    assert one.df is not None
    alone = compare(make_scores(seeds=1), design=make_design(seeds=1)).between("m2", "m1", "p2")
    assert (alone.seed_sd, alone.seed_df, alone.df) == (None, None, None)


@pytest.mark.parametrize(
    ("share", "text"),
    [(-0.0004, "0%"), (0.0, "0%"), (0.126, "13%"), (-2.5, "-250%"), (1.0, "100%")],
)
def test_percentages_have_no_negative_zero(share: float, text: str) -> None:
    """A share that rounds to nothing has no sign."""
    assert percentage(share) == text
    signed = "" if text.startswith(("-", "0")) else "+"
    assert percentage(share, sign=True) == signed + text
