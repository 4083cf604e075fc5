"""Which script a text is written in."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

__all__ = ["script", "share"]


@lru_cache(maxsize=65536)
def script(letter: str) -> str:
    """The script of a letter, such as LATIN; empty where Unicode has no name for it."""
    name = unicodedata.name(letter, "").removeprefix("FULLWIDTH ").removeprefix("HALFWIDTH ")
    return name.partition(" ")[0]


def share(text: str, scripts: frozenset[str]) -> float:
    """The share of `text`'s letters that are in one of `scripts`; 1 for a text without letters."""
    letters = [letter for letter in text if letter.isalpha()]
    if not letters:
        return 1.0
    return sum(script(letter) in scripts for letter in letters) / len(letters)
