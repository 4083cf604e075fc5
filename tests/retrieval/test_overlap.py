"""Rank-biased overlap: by its definition, and against figures of the authors' own code."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clirbench.retrieval.overlap import rank_biased_overlap
from clirbench.retrieval.run import Ranked, rank

P = 0.9


def ranked(*groups: str) -> Ranked:
    """A ranking of one-letter documents; those of a word are tied, as a run has them."""
    ids = [letter for group in groups for letter in group]
    scores = [float(len(groups) - place) for place, group in enumerate(groups) for _ in group]
    return rank(np.array(scores, dtype=np.float32), ids, len(ids))


def share(groups: Sequence[str], document: str, depth: int) -> float:
    """The chance that a document is among the first if ties are broken by lot."""
    before = 0
    for group in groups:
        if document in group:
            return min(max((depth - before) / len(group), 0.0), 1.0)
        before += len(group)
    return 0.0


def defined(first: Sequence[str], second: Sequence[str]) -> float:
    """Corsi & Urbano's RBO^b of rankings of one length, with loops."""
    length = len("".join(first))
    every = {*"".join(first), *"".join(second)}
    agreements = []
    for depth in range(1, length + 1):
        pairs = [(share(first, e, depth), share(second, e, depth)) for e in every]
        norm = sqrt(sum(a * a for a, _ in pairs)) * sqrt(sum(b * b for _, b in pairs))
        agreements.append(sum(a * b for a, b in pairs) / norm)
    seen = (1 - P) / P * sum(a * P**d for d, a in enumerate(agreements, 1))
    return seen + agreements[-1] * P**length


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["a", "b", "c"], ["a", "b", "c"]),
        (["a", "b", "c"], ["c", "b", "a"]),
        (["a", "b", "c"], ["d", "e", "f"]),
        (["a", "bc", "d"], ["b", "a", "cd"]),
        (["abc", "de"], ["e", "d", "cba"]),
        (["ab", "xyz", "c"], ["abc", "xqr"]),
    ],
)
def test_as_defined(first: list[str], second: list[str]) -> None:
    """With ties and without, whichever way round."""
    expected = defined(first, second)
    assert rank_biased_overlap(ranked(*first), ranked(*second)) == pytest.approx(
        expected, abs=1e-12
    )
    assert rank_biased_overlap(ranked(*second), ranked(*first)) == pytest.approx(
        expected, abs=1e-12
    )


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("a bc d", "b a cd", 0.8808848316037969),
        ("abc de", "e d cba", 0.7507439260999007),
        ("ab xyz c", "abc xqr", 0.6962120325123444),
        ("a b c", "c b a", 0.855),
        ("abcd e fgh", "e f ghab cz", 0.5759460991427111),
    ],
)
def test_against_the_authors_steps(first: str, second: str, expected: float) -> None:
    """Figures worked out apart, by the steps of rbo.py in julian-urbano/sigir2024-rbo, ties = "b"."""
    found = rank_biased_overlap(ranked(*first.split()), ranked(*second.split()))
    assert found == pytest.approx(expected, abs=1e-12)


def test_of_untied_rankings_it_is_plain_rbo() -> None:
    """The mean share of common documents of the first d, weighed by p^d."""
    for order in permutations("abcd"):
        agreements = [len({*"abcd"[:d]} & {*order[:d]}) / d for d in range(1, 5)]
        expected = sum((1 - P) * P ** (d - 1) * a for d, a in enumerate(agreements, 1))
        expected += agreements[-1] * P**4
        assert rank_biased_overlap(ranked(*"abcd"), ranked(*order)) == pytest.approx(expected)


def test_the_ends() -> None:
    """The same ranking is exactly 1, also with ties or nothing in it; of other lengths the longer is cut."""
    for own in (ranked("a", "bcd", "e"), ranked("abc"), ranked()):
        assert rank_biased_overlap(own, own) == 1.0
    assert rank_biased_overlap(ranked("a", "b"), ranked()) == 0.0
    assert rank_biased_overlap(ranked("a"), ranked("b")) == 0.0
    assert rank_biased_overlap(ranked("a", "b"), ranked("a", "b", "c")) == 1.0
    assert rank_biased_overlap(ranked("b"), ranked("abcd")) == pytest.approx(0.25 / 0.5)


@given(st.permutations(list(range(140))), st.permutations(list(range(140))), st.integers(0, 139))
def test_only_the_first_hundred_count(first: list[int], second: list[int], ties: int) -> None:
    """What stands below changes less than is shown, and nothing is beyond 0 and 1."""
    scores = np.minimum(np.arange(140, 0, -1), 140 - ties).astype(np.float32)
    one, other = (rank(scores, list(map(str, ids)), 140) for ids in (first, second))
    found = rank_biased_overlap(one, other)
    assert -1e-12 <= found <= 1 + 1e-12
    cut = (
        Ranked(one.documents[:100], one.scores[:100]),
        Ranked(other.documents[:100], other.scores[:100]),
    )
    if ties < 100:
        assert rank_biased_overlap(*cut) == pytest.approx(found, abs=1e-9)
