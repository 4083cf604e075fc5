from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clirbench.data.base import SentencePair
from clirbench.data.filters import FILTERS, Context, duplicate, key

GOOD = SentencePair("Ninasoma kitabu kizuri.", "I am reading a good book.")


def reasons(pair: SentencePair, context: Context) -> list[str]:
    """Every reason that applies."""
    return [why for why, test in FILTERS.items() if test(pair, context)]


@pytest.mark.parametrize(
    ("foreign", "english", "language", "expected"),
    [
        (*GOOD[:2], "sw", []),
        ("...", "Good.", "sw", ["empty"]),
        ("12", "34", "sw", ["empty"]),
        ("Nzuri", "", "sw", ["empty"]),
        ("neno " * 401, "word " * 401, "sw", ["too long"]),
        ("привет, мир", "hello, world", "sw", ["wrong script"]),
        ("Habari ya dunia", "привет, мир", "sw", ["wrong script"]),
        ("hello to you", "hello, world", "ru", ["wrong script"]),
        ("SARS-CoV-2 कुठून आला?", "Where did SARS-CoV-2 come from?", "mr", []),
        ("привет, мир", "hello, world", "qsw", []),
        ("привет, мир", "привет всем", "qru", []),
        ("C'est la vie !", "c\N{RIGHT SINGLE QUOTATION MARK}est la vie", "fr", ["equal sides"]),
        ("Ndiyo", "Yes, and then we went on for a long, long time, until it was over.", "sw", []),
        ("Ndiyo", "Yes, and then we went on for a long, long time; " * 3, "sw", ["length ratio"]),
        ("私は学生です", "I am a student of literature", "ja", []),
    ],
)
def test_filters(foreign: str, english: str, language: str, expected: list[str]) -> None:
    """Each pair is rejected for the reason it should be, and for no other."""
    context = Context(language=language)
    assert reasons(SentencePair(foreign, english), context) == expected


def test_duplicates() -> None:
    """The second of two pairs with the same letters is one; one equal side alone is not enough."""
    context = Context(language="sw")
    pairs = [
        GOOD,
        SentencePair(GOOD.foreign, "I read a book."),
        SentencePair(GOOD.foreign.upper(), GOOD.english.replace(" ", "  ")),
    ]
    assert [duplicate(pair, context) for pair in pairs] == [False, False, True]


def slow_key(text: str) -> str:
    """The key by its definition, without the short cut for ASCII."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(
        c
        for c in folded
        if unicodedata.category(c) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd"}
    )


@given(st.text(max_size=40) | st.text(st.characters(max_codepoint=127), max_size=40))
def test_key(text: str) -> None:
    """It is its definition; white space and punctuation around do not change it."""
    assert key(text) == slow_key(text)
    assert key(f" {text}!") == key(text)


def test_key_keeps_marks() -> None:
    """Vowel signs tell words apart."""
    assert key("कि") != key("का")
    assert key("ﬁn, Straße №1") == "finstrasseno1"
