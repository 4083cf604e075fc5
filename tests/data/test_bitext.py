from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clirbench.data.base import SentencePair
from clirbench.data.bitext import REASONS, assemble


def made(start: int, stop: int) -> list[SentencePair]:
    """Numbered pairs that no filter minds."""
    return [
        SentencePair(f"sentensi ya {n} hapa", f"the sentence {n} is here")
        for n in range(start, stop)
    ]


BAD = [
    SentencePair("", "nothing"),
    SentencePair("привет", "hello"),
    SentencePair("Same", "same"),
    SentencePair("sentensi ya 3 hapa", "the sentence 3 is here"),
    SentencePair("Kichwa", "head"),
]


def test_counts() -> None:
    """Each pair is counted once, under its source and the first reason; kept ones keep their order."""
    bitext = assemble(
        [("one", made(0, 10)), ("two", [*BAD, *made(20, 25)])],
        test_texts=["kichwa!", "..."],
        language="sw",
        limit=None,
        seed=1,
    )
    assert bitext.pairs == tuple(made(0, 10) + made(20, 25))
    one, two = bitext.counts
    assert (one.source, one.read, one.kept, one.used) == ("one", 10, 10, 10)
    assert (two.source, two.read, two.kept, two.used) == ("two", 10, 5, 5)
    assert set(one.left_out.values()) == {0}
    assert {why: n for why, n in two.left_out.items() if n} == {
        "empty": 1,
        "wrong script": 1,
        "equal sides": 1,
        "duplicate": 1,
        "in test text": 1,
    }
    assert list(two.left_out) == list(REASONS)


@given(st.integers(0, 120), st.integers(0, 2**70))
def test_sample(limit: int, seed: int) -> None:
    """As many as asked for, or all; in order; counted by source."""
    sources = [("one", made(0, 60)), ("two", made(100, 140))]
    bitext = assemble(sources, test_texts=(), language="sw", limit=limit, seed=seed)
    everything = made(0, 60) + made(100, 140)
    assert len(bitext.pairs) == min(limit, 100) == sum(count.used for count in bitext.counts)
    assert sorted(bitext.pairs, key=everything.index) == list(bitext.pairs)
    assert bitext.counts[0].used == len(set(bitext.pairs) & set(made(0, 60)))
    assert [count.kept for count in bitext.counts] == [60, 40]


def test_samples_are_nested() -> None:
    """With the same seed, each smaller sample is part of the larger ones."""
    samples = [
        set(assemble([("one", made(0, 50))], test_texts=(), language="sw", limit=n, seed=3).pairs)
        for n in range(51)
    ]
    assert all(small < large for small, large in pairwise(samples))


def test_samples_do_not_hang_on_order() -> None:
    """A pair is chosen by what it is, not by where it stands."""
    one = assemble([("a", made(0, 50))], test_texts=(), language="sw", limit=20, seed=3)
    other = assemble([("a", made(0, 50)[::-1])], test_texts=(), language="sw", limit=20, seed=3)
    assert set(one.pairs) == set(other.pairs)


@pytest.mark.parametrize(("language", "seed"), [("sw", 2), ("so", 1)])
def test_samples_differ(language: str, seed: int) -> None:
    """Seed and language each give another sample."""
    first = assemble([("a", made(0, 50))], test_texts=(), language="sw", limit=20, seed=1)
    other = assemble([("a", made(0, 50))], test_texts=(), language=language, limit=20, seed=seed)
    assert first.pairs != other.pairs


def test_sampling_is_fair() -> None:
    """Over many seeds, each pair is drawn about as often as its share."""
    drawn = [0] * 20
    pairs = made(0, 20)
    for seed in range(400):
        for pair in assemble(
            [("a", pairs)], test_texts=(), language="sw", limit=5, seed=seed
        ).pairs:
            drawn[pairs.index(pair)] += 1
    # mean 100, standard deviation 8.7; 4.5 of them for the most extreme of twenty
    assert sum(drawn) == 2000
    assert all(61 < count < 139 for count in drawn)


def test_golden_sample() -> None:
    """The same seed gives the same sample on every platform and in every version."""
    bitext = assemble([("a", made(0, 50))], test_texts=(), language="sw", limit=5, seed=1)
    assert [int(pair.english.split()[2]) for pair in bitext.pairs] == [19, 22, 36, 38, 45]


def test_links_are_kept() -> None:
    """Gold alignments come through."""
    pair = SentencePair("qa qe", "a e", ((0, 0), (1, 1)))
    bitext = assemble([("s", [pair])], test_texts=(), language="qsw", limit=9, seed=1)
    assert bitext.pairs == (pair,)
    assert bitext.pairs[0].links == pair.links


def test_weights() -> None:
    """A source of weight 9 gives about nine of ten; without a cap, weights change nothing."""
    sources = [
        (name, [SentencePair(f"neno {name} {n}", f"word {name} {n}") for n in range(1000)])
        for name in ("ab", "cd")
    ]

    def used(limit: int | None, weights: list[float] | None) -> list[int]:
        bitext = assemble(
            sources, test_texts=(), language="qsw", limit=limit, seed=0, weights=weights
        )
        return [counts.used for counts in bitext.counts]

    assert used(None, [9.0, 1.0]) == [1000, 1000]
    heavy = used(200, [9.0, 1.0])
    assert sum(heavy) == 200
    assert 160 <= heavy[0] <= 195
    assert used(200, [1.0, 9.0])[1] > 160
    assert abs(used(200, None)[0] - 100) < 30
    assert used(200, [2.0, 2.0]) == used(200, None)
    assert used(1500, [1e9, 1.0]) == [1000, 500]
