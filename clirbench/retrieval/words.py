"""Words of a text in any language that parts its words."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["words"]

_ASCII = re.compile(r"[a-z0-9]+")


def words(text: str) -> list[str]:
    r"""The words, lower-cased: runs of letters, digits, and the marks that belong to letters.

    Python's `\w` leaves vowel signs and accents out, so that it cuts words of Indic scripts.
    """
    text = text.lower()
    if text.isascii():
        return _ASCII.findall(text)
    return "".join(
        c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in text
    ).split()
