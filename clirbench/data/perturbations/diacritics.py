"""Topics without diacritics."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import ClassVar

from clirbench.data.perturbations.base import Draw, Known, Perturbation
from clirbench.settings import settings

__all__ = ["Diacritics", "bare"]

_MARKS = range(10, 255)
"""Combining classes of marks that are left out when people write in a hurry: Hebrew's and Arabic's points,
tones, accents, dots below. Not below 10: nuktas, voicing marks and viramas, without which a word is another;
vowel signs of Indic scripts have class 0."""
_HOOKED = str.maketrans("đĐøØłŁħĦŧŦɓƁɗƊƙƘƴƳı", "dDoOlLhHtTbBdDkKyYi")
"""Letters with a stroke or hook, which Unicode does not take apart, as they are typed without it."""


def bare(word: str) -> str:
    """A word without marks: á is a, ẹ̀ is e, ɗ is d, and Hebrew and Arabic have no points."""
    apart = unicodedata.normalize("NFD", word)
    kept = "".join(c for c in apart if unicodedata.combining(c) not in _MARKS)
    return unicodedata.normalize("NFC", kept).translate(_HOOKED)


@settings
class Diacritics(Perturbation):
    """Words lose their accents, tone marks, dots and points, as on a keyboard without them."""

    name: ClassVar[str] = "diacritics"
    reference: ClassVar[str] = "a usual test of robustness; chosen here"

    def suits(self, piece: str, known: Known) -> bool:  # noqa: ARG002
        """A word that has a mark to lose."""
        return bare(piece) != unicodedata.normalize("NFC", piece)

    def edit(self, found: list[str], places: Sequence[int], known: Known, draw: Draw) -> str:  # noqa: ARG002
        """Without marks."""
        for place in places:
            found[place] = bare(found[place])
        return "".join(found)
