"""Methods by their mean ranks, and who is not told apart."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from clirbench.analysis.ranking import ranking
from clirbench.statistics import (
    Comparison,
    Comparisons,
    Design,
    Hypothesis,
    MethodRole,
    PairRole,
    Scores,
    compare,
)

NAMES = ("a", "b", "c", "d", "e")


@pytest.fixture
def found() -> Comparisons:
    """Five methods on three pairs, each a little worse than the one before; the hypothesis is on all."""
    draw = np.random.default_rng(0)
    levels = 0.5 - 0.02 * np.arange(5)[:, None, None, None] + draw.normal(0, 0.06, (5, 3, 2, 40))
    records = [
        (NAMES[m], f"p{p}", s, f"t{t:02}", float(levels[m, p, s, t]))
        for m, p, s, t in np.ndindex(levels.shape)
    ]
    design = Design(
        pairs=tuple(PairRole(name=f"p{i}", resource="low") for i in range(3)),
        methods=tuple(MethodRole(name=name, trained=True) for name in NAMES),
        seeds=(0, 1),
        translated=True,
        hypothesis=Hypothesis(better="b", than="a", on="all", measure="utility"),
        flips=100,
        resamples=200,
    )
    return compare(Scores.from_records(records, measure="utility"), design=design)


def decided(found: Comparisons, apart: set[str]) -> Comparisons:
    """The same with other p: those named, such as "ab", are told apart."""

    def p(one: Comparison) -> Comparison:
        p = 0.01 if "".join(sorted((one.first, one.second))) in apart else 0.5
        return replace(one, p=p, p_adjusted=p)

    assert isinstance(found.primary, Comparison)
    return replace(found, primary=p(found.primary), comparisons=tuple(map(p, found.comparisons)))


@pytest.mark.parametrize(
    ("apart", "groups"),
    [
        (set(), [(0, 1, 2, 3, 4)]),
        ({"ae"}, [(0, 1, 2, 3), (1, 2, 3, 4)]),
        ({"ab", "ac", "ad", "ae"}, [(1, 2, 3, 4)]),
        ({"bc"}, [(0, 1, 3, 4), (0, 2, 3, 4)]),
        ({"".join(two) for two in combinations("abcde", 2)}, []),
    ],
)
def test_who_is_joined(found: Comparisons, apart: set[str], groups: list[tuple[int, ...]]) -> None:
    """No two of a group are told apart, and every two that are not stand in one, neighbours or not."""
    made = ranking(decided(found, apart))
    assert made is not None
    assert [name for name, _ in made.methods] == list(NAMES)
    assert list(made.groups) == groups
    joined = {"".join(NAMES[i] for i in two) for g in made.groups for two in combinations(g, 2)}
    assert joined == {"".join(two) for two in combinations("abcde", 2)} - apart


def test_what_joins_are_the_corrected_tests_of_the_mean_over_all_pairs(found: Comparisons) -> None:
    """Not those of a pair; the hypothesis, which is tested alone, counts by its own p."""
    made = ranking(found)
    assert made is not None
    for i, j in combinations(range(5), 2):
        one = found.between(NAMES[i], NAMES[j], "all")
        assert isinstance(one, Comparison)
        p = one.p if {NAMES[i], NAMES[j]} == {"a", "b"} else one.p_adjusted
        assert any({i, j} <= {*group} for group in made.groups) == (p > 0.05)
    assert made.groups not in {(), ((0, 1, 2, 3, 4),)}


def test_nothing_to_rank(found: Comparisons) -> None:
    """Comparisons without mean ranks, as of a single pair or of an earlier version, have no ranking."""
    assert ranking(replace(found, profiles=())) is None
