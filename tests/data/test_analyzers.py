from __future__ import annotations

import pytest
from pydantic import ValidationError

from clirbench.data.analyzers import STEMMERS, analyzer
from clirbench.data.base import Document
from clirbench.data.languages import fault
from clirbench.data.words import words
from clirbench.methods.bm25 import BM25
from clirbench.methods.psq import PSQ
from clirbench.methods.searcher import Given


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (None, "The ponies were running", ["the", "ponies", "were", "running"]),
        ("en", "The ponies were running", ["poni", "were", "run"]),
        ("en-GB", "cats", ["cat"]),
        ("fi", "taloissa", ["talo"]),
        ("fr", "l'eau des rivières", ["eau", "rivi"]),
        ("ru", "в библиотеках и книги", ["библиотек", "книг"]),
    ],
)
def test_stems(language: str | None, text: str, expected: list[str]) -> None:
    """Without a language, the words; with one, their stems without its commonest words."""
    assert analyzer(language)(text) == expected


@pytest.mark.parametrize("language", STEMMERS)
def test_every_language_has_its_stemmer(language: str) -> None:
    """Each code is right, and its stemmer works on the language's own text."""
    assert fault(language) is None
    assert analyzer(language)("Nairobi 1984 Ναυπλιο") != []


def test_a_knob_of_bm25() -> None:
    """Off by default; on, documents match by their stems."""
    documents = [Document("a", "running ponies"), Document("b", "a runner")]
    given = Given({"t": "the pony runs"}, 10, documents=lambda: iter(documents))
    assert BM25().search(given)["t"].documents == []
    found = BM25(analyzer="en").search(given)
    assert found["t"].documents == ["a"]
    assert BM25().words is words


def test_a_knob_of_psq() -> None:
    """Translations of one stem are one, with their probabilities together."""
    translations = [("river", 0.4), ("runs", 0.3), ("running", 0.2), ("the", 0.1)]
    assert PSQ().analyzed(translations) is translations
    assert PSQ(analyzer="en").analyzed(translations) == [
        ("run", pytest.approx(0.5)),
        ("river", 0.4),
    ]


def test_a_language_without_a_stemmer() -> None:
    """It is told which there are."""
    with pytest.raises(ValidationError, match='no stemmer for "sw"; known: ar, ca'):
        BM25(analyzer="sw")
