from __future__ import annotations

import pytest

from clirbench.retrieval.words import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The dog's bone.", ["the", "dog", "s", "bone"]),
        ("Überraschung, 2,5 Meter", ["überraschung", "2", "5", "meter"]),
        ("हिन्दी में लिखा।", ["हिन्दी", "में", "लिखा"]),
        ("cafe\u0301", ["cafe\u0301"]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    """Vowel signs and accents belong to their letters; punctuation belongs to no word."""
    assert words(text) == expected
