"""Bitext that is paired wrongly on purpose."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clirbench.data.base import SentencePair
from clirbench.data.bitext import assemble
from clirbench.data.mispaired import mispaired

PAIRS = [SentencePair(f"neno la {i}", f"the word {i}", ((0, 0),)) for i in range(97)]


@given(st.floats(0, 1), st.integers(0, 2**32))
def test_a_share_is_permuted_without_a_fixed_point(share: float, seed: int) -> None:
    """Just that share has another's English side; nothing is lost, and the others stay as they are."""
    found = mispaired(PAIRS, share, "sw", seed)
    wrong = [i for i, pair in enumerate(found) if pair.english != PAIRS[i].english]
    assert len(wrong) == (max(round(share * 97), 2) if share else 0)
    assert [pair.foreign for pair in found] == [pair.foreign for pair in PAIRS]
    assert Counter(pair.english for pair in found) == Counter(pair.english for pair in PAIRS)
    right = set(range(97)) - set(wrong)
    assert all(found[i] is PAIRS[i] for i in right)
    assert all(found[i].links == () for i in wrong)


def test_more_noise_keeps_what_was_wrong() -> None:
    """The pairs that are mis-paired at a share are so at every higher one."""
    wrong = [
        {i for i, pair in enumerate(mispaired(PAIRS, share / 20, "sw", 0)) if not pair.links}
        for share in range(21)
    ]
    assert all(less < more for less, more in pairwise(wrong))
    assert wrong[-1] == set(range(97))


@given(st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=40), st.integers(0, 99))
def test_equal_texts_do_not_take_each_others_place(texts: list[str], seed: int) -> None:
    """No pair gets its own text by way of another pair, unless there are too many of one text."""
    pairs = [SentencePair(f"neno {i}", text) for i, text in enumerate(texts)]
    found = mispaired(pairs, 1.0, "sw", seed)
    most = max(Counter(texts).values())
    kept = sum(own.english == given.english for own, given in zip(pairs, found, strict=True))
    assert kept == max(0, 2 * most - len(texts))


@pytest.mark.parametrize(("language", "seed"), [("sw", 1), ("so", 0)])
def test_draws_differ(language: str, seed: int) -> None:
    """Seed and language each give another draw."""
    assert mispaired(PAIRS, 0.3, "sw", 0) != mispaired(PAIRS, 0.3, language, seed)


def test_it_is_counted_by_source() -> None:
    """After the draw, which it does not change."""
    sources = [("one", PAIRS[:50]), ("two", PAIRS[50:])]

    def made(share: float):  # noqa: ANN202
        return assemble(sources, test_texts=(), language="qsw", limit=60, seed=0, mispaired=share)

    clean, noisy = made(0.0), made(0.3)
    assert [count.mispaired for count in clean.counts] == [0, 0]
    assert [pair.foreign for pair in noisy.pairs] == [pair.foreign for pair in clean.pairs]
    assert [count.used for count in noisy.counts] == [count.used for count in clean.counts]
    wrong = [
        own.foreign
        for own, given in zip(clean.pairs, noisy.pairs, strict=True)
        if own.english != given.english
    ]
    first = {pair.foreign for pair in PAIRS[:50]}
    assert [count.mispaired for count in noisy.counts] == [
        sum(one in first for one in wrong),
        sum(one not in first for one in wrong),
    ]
    assert len(wrong) == 18


def test_golden_draw() -> None:
    """The same on every platform and in every version."""
    found = mispaired(PAIRS[:10], 0.4, "sw", 0)
    assert [int(pair.english.split()[2]) for pair in found] == [3, 5, 2, 1, 4, 0, 6, 7, 8, 9]
