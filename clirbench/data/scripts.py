"""Which script a text is written in."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from clirbench.data.languages import scripts
from clirbench.errors import DataError

__all__ = ["LEAST_SHARE", "check_script", "script", "share"]

LEAST_SHARE = 0.25
"""Of a text's letters that must be in the language's script; names and terms may be in another."""
_ENOUGH = 12
"""Letters that tell: "UNESCO" is a good title in any script."""


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


def check_script(text: str, language: str, at: str) -> None:
    """Check that a text is in its language's script; a short one may be a name in another.

    Raises:
        DataError: less than a quarter of its letters are, and it has `_ENOUGH` of them.
    """
    expected = scripts(language)
    if expected is None or sum(map(str.isalpha, text)) < _ENOUGH:
        return
    if (found := share(text, expected)) < LEAST_SHARE:
        raise DataError(
            f"{at}: only {found:.0%} of its letters are in the script of {language}; is it in "
            f"another language, or was its encoding misread? (got {text[:40]!r})"
        )
