"""What holds for any scores, tried on many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clirbench.statistics import (
    Comparison,
    Comparisons,
    Design,
    MethodRole,
    PairRole,
    Scores,
    adjust,
    bootstrap_interval,
    compare,
    paired_randomisation,
    paired_t,
    wilcoxon,
)
from clirbench.statistics.records import Record

SHAPES = {
    "pairs": st.integers(1, 3),
    "methods": st.integers(2, 4),
    "seeds": st.integers(1, 3),
    "topics": st.integers(2, 9),  # few enough for every sign pattern to be tried
    "translated": st.booleans(),
    "seed": st.integers(0, 999),
}


def draw(*, pairs: int, methods: int, seeds: int, topics: int, seed: int) -> list[Record]:
    """Records of hundredths, with ties; method m0 is untrained."""
    random = np.random.default_rng(seed)
    return [
        (f"m{m}", f"p{p}", s if m else None, f"t{t}", int(random.integers(0, 21)) / 20)
        for m, p, s, t in np.ndindex(methods, pairs, seeds, topics)
        if m or not s
    ]


def run(records: list[Record], *, translated: bool, correction: str = "holm") -> Comparisons:
    """Compare everything in the records, in the order in which it stands there."""
    methods = list(dict.fromkeys(one[0] for one in records))
    names = list(dict.fromkeys(one[1] for one in records))
    classes = {name: ("low", "medium", "high")[int(name[1:]) % 3] for name in names}
    design = Design(
        pairs=tuple(PairRole(name=name, resource=classes[name]) for name in names),
        methods=tuple(MethodRole(name=name, trained=name != "m0") for name in methods),
        seeds=tuple(dict.fromkeys(one[2] for one in records if one[2] is not None)),
        translated=translated,
        correction=correction,
        flips=200,
        resamples=50,
    )
    return compare(Scores.from_records(records, measure="utility"), design=design)


def numbers(one: Comparison) -> list[float]:
    """Everything of a comparison that does not depend on random draws."""
    p = [one.p, one.p_t, one.p_crossed, one.p_adjusted]
    if one.exact:
        p.append(one.p_randomisation)
    ends = one.seed_interval or (0.0, 0.0)
    found = [one.difference, *ends, *one.tally, *(-1.0 if x is None else x for x in p)]
    return found if one.exact or one.test != "randomisation" else found[:6]


def same(first: Comparisons, second: Comparisons) -> None:
    """Every comparison is the same in both, whichever way it is told."""
    for one in first.comparisons:
        other = second.between(one.first, one.second, one.on)
        assert isinstance(other, Comparison)
        assert numbers(other) == pytest.approx(numbers(one), abs=1e-9)


@settings(max_examples=25)
@given(**SHAPES)
def test_order_does_not_matter(*, translated: bool, seed: int, **shape: int) -> None:
    """Topics, seeds, methods and pairs in any other order give the same, with opposite signs."""
    records = draw(**shape, seed=seed)
    random = np.random.default_rng(seed)
    renamed = dict(zip(range(9), random.permutation(9), strict=True))
    shuffled = [
        (m, p, s if s is None else int(renamed[s]), f"t{renamed[int(t[1:])]}", x)
        for m, p, s, t, x in records
    ]
    random.shuffle(shuffled)
    same(run(records, translated=translated), run(shuffled, translated=translated))


@example(  # a mean of seeds that is 0 but for the order of a sum
    pairs=1, methods=2, seeds=3, topics=7, translated=False, seed=0, constant=-1, factor=0.25
)  # fmt: skip
@example(  # p of seeds' common effect that is .25 but for the order of a sum
    pairs=2, methods=3, seeds=3, topics=3, translated=False, seed=93, constant=-1, factor=0.25
)  # fmt: skip
@settings(max_examples=25)
@given(**SHAPES, constant=st.integers(-40, 40), factor=st.sampled_from([0.25, 0.5, 1.0]))
def test_a_constant_changes_nothing(
    *, translated: bool, seed: int, constant: int, factor: float, **shape: int
) -> None:
    """Scores that are all higher by a constant, on a scale of their own, have the same p-values."""
    records = draw(**shape, seed=seed)
    moved = [(*one[:4], factor * one[4] + constant / 8) for one in records]
    first, second = run(records, translated=translated), run(moved, translated=translated)
    for one in first.comparisons:
        other = second.between(one.first, one.second, one.on)
        assert isinstance(other, Comparison)
        assert numbers(other)[3:] == pytest.approx(numbers(one)[3:], abs=1e-9)
        assert other.difference == pytest.approx(factor * one.difference, abs=1e-9)


@settings(max_examples=25)
@given(**SHAPES, correction=st.sampled_from(["holm", "bonferroni", "bh", "maxt"]))
def test_p_values(*, translated: bool, seed: int, correction: str, **shape: int) -> None:
    """Every p is in (0, 1], adjusting lowers none, and keeps their order within a family."""
    found = run(draw(**shape, seed=seed), translated=translated, correction=correction)
    assert len(found.comparisons) == sum(family.size for family in found.families)
    for one in found.comparisons:
        for p in (one.p, one.p_randomisation, one.p_t, one.p_crossed):
            assert p is None or 0 < p <= 1
        assert one.p <= one.p_adjusted <= 1
        assert one.p_adjusted <= min(1, one.p * one.family_size) or correction == "maxt"
    if correction != "maxt":
        for family in found.families:
            members = [one for one in found.comparisons if one.family == family.name]
            order = [one.p_adjusted for one in sorted(members, key=lambda one: one.p)]
            assert order == sorted(order)


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=30))
def test_reversed_differences(tenths: list[int]) -> None:
    """Every test has the same p for the opposite differences, every interval the opposite ends."""
    values = np.array(tenths) / 10
    assert paired_randomisation(values, flips=200).p == paired_randomisation(-values, flips=200).p
    assert wilcoxon(values).p == wilcoxon(-values).p
    assert paired_t(values).p == paired_t(-values).p
    low, high = bootstrap_interval(values, resamples=50)
    assert bootstrap_interval(-values, resamples=50) == pytest.approx((-high, -low))


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=12))
def test_holm_is_between(p: list[float]) -> None:
    """Benjamini-Hochberg <= Holm <= Bonferroni, each in the order of p."""
    bh, holm, bonferroni = (adjust(p, method) for method in ("bh", "holm", "bonferroni"))
    for one, least, middle, most in zip(p, bh, holm, bonferroni, strict=True):
        assert one <= least + 1e-12
        assert least <= middle + 1e-12
        assert middle <= most + 1e-12
    for adjusted in (bh, holm, bonferroni):
        order = [x for _, x in sorted(zip(p, adjusted, strict=True))]
        assert order == sorted(order)
