"""Topics with typing errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from random import Random
from typing import ClassVar

from clirbench.data.perturbations.base import Draw, Known, Perturbation
from clirbench.data.perturbations.diacritics import bare
from clirbench.data.scripts import script
from clirbench.settings import settings

__all__ = ["Typos", "neighbours"]

_KEYBOARDS: Mapping[str, tuple[str, ...]] = {
    "LATIN": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    "CYRILLIC": ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"),
    "GREEK": (" ςερτυθιοπ", "ασδφγηξκλ", "ζχψωβνμ"),
    "ARABIC": ("ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤرىةوزظ"),
    "HEBREW": ("  קראטוןםפ", "שדגכעיחלךף", "זסבהנמצתץ"),
    "DEVANAGARI": ("ौैाीूबहगदजड", "ोे्िुपरकतचट", "ॆंमनवलसय"),
    "BENGALI": ("ৌৈাীূবহগদজড", "োে্িুপরকতচট", "ংমনলসয"),
    "TELUGU": ("ౌైాీూబహగదజడ", "ోే్ిుపరకతచట", "ెంమనవలసయ"),
    "TAMIL": ("ௌைாீூஹ ஜ", "ோே்ிுபரகதசட", "ெமநவலளஸய"),
    "THAI": ("ๆไำพะัีรนยบล", "ฟหกดเ้่าสวง", "ผปแอิืทมใฝ"),
}
"""Rows of keys of the usual layout of a script: QWERTY, ЙЦУКЕН, the Greek, Arabic (101) and Hebrew ones,
InScript, Kedmanee. Blanks keep the places of keys that are no letters."""
_LEAST = 2
"""Letters of a word that can be mistyped."""


@settings
class Typos(Perturbation):
    """Words get one typing error each: a dropped letter, two swapped letters, or a wrong key.

    The four kinds of errors are equally likely. Letters are what readers see as such (grapheme
    clusters), so no vowel sign or accent is torn off. If the script's keyboard is not known, or a
    letter has no key, another letter of the topic replaces the neighbouring key.
    """

    name: ClassVar[str] = "typos"
    reference: ClassVar[str] = (
        "Penha, Câmara & Hauff, ECIR 2022 (the kinds of errors); on grapheme clusters and by script: here"
    )

    def suits(self, piece: str, known: Known) -> bool:  # noqa: ARG002
        """A word of two letters at least, and of nothing else: numbers keep their digits."""
        letters = _letters(piece)
        return len(letters) >= _LEAST and all(letter[0].isalpha() for letter in letters)

    def edit(self, found: list[str], places: Sequence[int], known: Known, draw: Draw) -> str:  # noqa: ARG002
        """One error in each word."""
        others = [letter for piece in found for letter in _letters(piece) if letter[0].isalpha()]
        for place in places:
            found[place] = _mistyped(_letters(found[place]), others, draw(place))
        return "".join(found)


def neighbours(letter: str) -> str:
    """The keys beside that of a letter, in its script's usual layout; empty where it has none."""
    small = letter.lower()
    return _keys().get(small) or _keys().get(bare(small), "")


def _mistyped(letters: list[str], others: Sequence[str], draw: Random) -> str:
    kind, at = int(draw.random() * 4), int(draw.random() * len(letters))
    if kind == 0:
        return "".join(letters[:at] + letters[at + 1 :])
    if kind == 1:
        different = [i for i in range(len(letters) - 1) if letters[i] != letters[i + 1]]
        if different:
            i = different[int(draw.random() * len(different))]
            return "".join([*letters[:i], letters[i + 1], letters[i], *letters[i + 2 :]])
    hit = _hit(letters[at], others, draw)
    return "".join([*letters[:at], hit, *letters[at + (kind != 3) :]])  # noqa: PLR2004


def _hit(letter: str, others: Sequence[str], draw: Random) -> str:
    """The key that is hit instead of a letter's, or beside it."""
    keys: Sequence[str] = neighbours(letter)
    if not keys:
        own = script(letter[0])
        keys = [o for o in others if o != letter and script(o[0]) == own] or [letter]
    key = keys[int(draw.random() * len(keys))]
    return key.upper() if letter != letter.lower() else key


def _letters(piece: str) -> list[str]:
    from icu4py.breakers import CharacterBreaker

    return list(CharacterBreaker(piece, "en"))


@cache
def _keys() -> Mapping[str, str]:
    """Key → the keys beside it: left and right in its row, and those that it touches above and below."""
    found: dict[str, str] = {}
    for rows in _KEYBOARDS.values():
        at = {(y, x): key for y, row in enumerate(rows) for x, key in enumerate(row)}
        for (y, x), key in at.items():
            # Each row stands half a key to the right of the one above.
            beside = (
                (y, x - 1),
                (y, x + 1),
                (y - 1, x),
                (y - 1, x + 1),
                (y + 1, x - 1),
                (y + 1, x),
            )
            found[key] = "".join(at.get(place, "") for place in beside).replace(" ", "")
    found.pop(" ", None)
    return found
