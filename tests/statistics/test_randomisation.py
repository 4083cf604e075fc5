"""The randomisation test."""

from __future__ import annotations

import itertools
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clirbench.errors import StatisticsError
from clirbench.statistics import paired_randomisation
from clirbench.statistics.randomisation import enumerated_sums, exceedances, randomised_sums
from clirbench.statistics.streams import Array, coins, stream

tenths = st.integers(-10, 10).map(lambda tenth: tenth / 10)


@given(st.lists(st.integers(-10, 10), min_size=1, max_size=12))
def test_enumeration_equals_brute_force(numbers: list[int]) -> None:
    """The p is the share of all sign patterns that are as extreme, counted in whole numbers."""
    extreme = sum(
        abs(sum(sign * number for sign, number in zip(signs, numbers, strict=True)))
        >= abs(sum(numbers))
        for signs in itertools.product((-1, 1), repeat=len(numbers))
    )
    outcome = paired_randomisation(np.array(numbers) / 10)
    assert outcome.p == extreme / 2 ** len(numbers)
    assert outcome.exact
    assert outcome.patterns == 2 ** len(numbers)


def test_textbook_sample_equals_the_distribution_of_sums(textbook: Array) -> None:
    """The exact p of systems 1 and 2 is that of convolving the topics' two-point distributions."""
    tenths = np.round((textbook[:, 0] - textbook[:, 1]) * 10).astype(int)
    ways = {0: 1}
    for tenth in tenths:
        ways = {
            total: ways.get(total - tenth, 0) + ways.get(total + tenth, 0)
            for total in {old + sign * tenth for old in ways for sign in (-1, 1)}
        }
    extreme = sum(n for total, n in ways.items() if abs(total) >= abs(tenths.sum()))
    assert paired_randomisation(textbook[:, 0] - textbook[:, 1]).p == extreme / 2**20


def test_monte_carlo_is_near_the_exact_p(textbook: Array) -> None:
    """With topics that do not differ added, 100,000 flips come within four errors of exact p."""
    difference = textbook[:, 0] - textbook[:, 1]
    exact = paired_randomisation(difference).p
    sampled = paired_randomisation(np.concatenate([difference, np.zeros(30)]))
    assert not sampled.exact
    assert abs(sampled.p - exact) < 4 * (exact * (1 - exact) / 100_000) ** 0.5


def test_signed_sums_equal_a_product() -> None:
    """The table of bytes gives what multiplying by the signs gives."""
    parts = np.random.default_rng(0).random((77, 3))
    (sums,) = randomised_sums([("topics", parts)], flips=50, seed=4)
    bits = np.unpackbits(coins(stream(4, "signs", "topics"), 50, 77), axis=1, bitorder="little")
    signs = 2.0 * bits[:, :77] - 1
    assert sums == pytest.approx((signs @ parts).T, abs=1e-12)


def test_chunks_do_not_change_the_signs() -> None:
    """A caller that asks for small chunks gets the same sums."""
    parts = np.random.default_rng(0).random((30, 2))
    whole = np.concatenate(list(randomised_sums([("x", parts)], flips=999, seed=0)), axis=1)
    chunks = list(randomised_sums([("x", parts)], flips=999, seed=0, width=2**13))
    assert len(chunks) > 10
    assert np.array_equal(whole, np.concatenate(chunks, axis=1))


def test_strata_have_signs_of_their_own() -> None:
    """Two strata with the same parts are flipped independently, under names of their own."""
    parts = np.random.default_rng(0).random((40, 1))
    sums = np.concatenate(
        list(randomised_sums([("a", parts), ("b", parts)], flips=4000, seed=0)), axis=1
    )
    assert abs(np.corrcoef(sums)[0, 1]) < 0.07


def test_enumerated_patterns_are_all_different() -> None:
    """Powers of two give every odd sum once: half of the patterns, the other half mirrored."""
    (sums,) = enumerated_sums(2.0 ** np.arange(10)[:, None])
    assert sorted(np.abs(sums[0])) == list(range(1, 1024, 2))


@given(st.lists(tenths, min_size=2, max_size=60), st.floats(0.1, 10))
def test_properties(differences: list[float], factor: float) -> None:
    """The p is in (0, 1], the same for the reversed pair, and for scores on another scale."""
    values = np.array(differences)
    p = paired_randomisation(values, flips=200).p
    assert 0 < p <= 1
    assert paired_randomisation(-values, flips=200).p == p
    assert paired_randomisation(values * factor, flips=200).p == p


@given(st.lists(tenths, min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_topics_does_not_change_an_exact_p(
    differences: list[float], random: Random
) -> None:
    """Shuffled topics have the same p."""
    p = paired_randomisation(np.array(differences)).p
    random.shuffle(differences)
    assert paired_randomisation(np.array(differences)).p == p


def test_degenerate_samples() -> None:
    """No difference at all gives p = 1, one topic too; n like differences give 2 / 2^n."""
    assert paired_randomisation(np.zeros(5)).p == 1
    assert paired_randomisation(np.zeros(50), flips=100).p == 1
    assert paired_randomisation(np.array([0.3])).p == 1
    assert paired_randomisation(np.full(10, 0.3)).p == 2 / 2**10
    assert paired_randomisation(np.full(50, 0.3), flips=999).p == 1 / 1000


@pytest.mark.parametrize("bad", [[], [np.nan], [0.1, np.inf], [[0.1], [0.2]]])
def test_bad_differences_are_refused(bad: list[float]) -> None:
    """What is not a finite vector is an error."""
    with pytest.raises(StatisticsError, match="randomisation test needs finite differences"):
        paired_randomisation(np.array(bad))


def test_type_i_error_is_nominal() -> None:
    """Of 2,000 comparisons without a difference, about 5 % reach p <= .05; skewed scores too."""
    draw = np.random.default_rng(7)
    first, second = draw.beta(1, 3, (2, 40, 2000))
    differences = first - second
    parts = np.concatenate([differences, np.zeros((40, 1))], axis=1)
    at, zero = np.arange(2000), np.full(2000, 2000)
    observed, slack = differences.sum(axis=0), np.full(2000, 1e-12)
    flips = 999
    count = sum(
        exceedances(sums, observed, slack, at, zero)
        for sums in randomised_sums([("topics", parts)], flips=flips, seed=1)
    )
    rejected = np.mean((count + 1) / (flips + 1) <= 0.05)
    assert 0.037 < rejected < 0.063
