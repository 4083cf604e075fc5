from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clirbench.data import leaks
from clirbench.data.base import SentencePair
from clirbench.data.leaks import SHARED, find_leaks
from clirbench.data.words import words

TEXTS = [
    "Kichwa cha habari",
    "A headline, of news",
    "One came home. Two went out to sea in the small green boat of an uncle! Three?",
    "新しい高速鉄道は東京と大阪を結び、朝から晩まで走る。",
    "...",
    "",
]


def why(foreign: str, english: str, texts: Sequence[str] = TEXTS) -> str | None:
    """The reason of one pair."""
    (found,) = find_leaks([SentencePair(foreign, english)], texts)
    return found


@pytest.mark.parametrize(
    ("foreign", "english", "expected"),
    [
        ("KICHWA cha   habari", "Head", "in test text"),
        ("Kichwa", "A headline of news!", "in test text"),
        ("Mmoja alirudi", "one came home", "sentence of test text"),
        ("Tatu?", "Three", "sentence of test text"),
        ("Wawili", "then, went out to sea in the SMALL green—they", "8 words of test text"),
        ("went out to sea in the small green", "Wawili", "8 words of test text"),
        ("Wawili", "went out to sea in the small red boat", None),
        ("Wawili", "home. Two went out to sea, they say, in", None),
        ("この高速鉄道は東京と大阪を結び、速い", "A train", "8 words of test text"),
        ("habari", "news", None),
        ("", "", None),
    ],
)
def test_kinds(foreign: str, english: str, expected: str | None) -> None:
    """The whole, a sentence, and eight words, on either side, whatever the case and the signs."""
    assert why(foreign, english) == expected


def slow(pairs: Sequence[SentencePair], texts: Sequence[str]) -> list[bool]:
    """Whether pairs share words in a row with texts, by comparing all with all."""

    def grams(text: str) -> set[tuple[str, ...]]:
        own = words(text)
        return {tuple(own[i : i + SHARED]) for i in range(len(own) - SHARED + 1)}

    known = set().union(*map(grams, texts))
    return [not known.isdisjoint(grams(pair.foreign) | grams(pair.english)) for pair in pairs]


LETTERS = st.lists(st.sampled_from("ab"), min_size=1, max_size=24).map(" ".join)


@given(st.lists(st.tuples(LETTERS, LETTERS), max_size=6), st.lists(LETTERS, max_size=6))
def test_shared_words_are_those_of_the_definition(
    sides: list[tuple[str, str]], texts: list[str]
) -> None:
    """All runs of eight words of all texts are looked for, however many."""
    pairs = [SentencePair(*both) for both in sides]
    expected = slow(pairs, texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leaks, "_BATCH", 2)
        found = find_leaks(pairs, texts)
    assert [reason is not None for reason in found] == [
        shared or any(side in texts for side in pair[:2])
        for pair, shared in zip(pairs, expected, strict=True)
    ]


def test_nothing() -> None:
    """No pairs, or no test text."""
    assert find_leaks([], TEXTS) == []
    assert find_leaks([SentencePair("a", "b")], []) == [None]
