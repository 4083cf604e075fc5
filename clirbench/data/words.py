"""Words of a text in any language and script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from clirbench.data.languages import scripts
from clirbench.data.scripts import script

__all__ = ["spans", "uncut", "words"]

_WITHOUT_SPACES = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f]"
_BREAK = re.compile(rf"(?<={_WITHOUT_SPACES})\u200b")
"""The zero-width space shows where a word ends in Thai, Lao, Khmer and Myanmar, and nothing elsewhere."""
_UNSEEN = re.compile(
    r"[\u00ad\u0640\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
"""Soft hyphens, joiners, marks of direction, variation selectors, and Arabic's stroke that fills a line."""
_APOSTROPHES = re.compile("['`\u02bb\u02bc\u02bd\u02c8\u2018\u2019\u201b\u2032\ua78c]")
_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "BOPOMOFO"})
"""Scripts that a word may mix, and that the dictionary cuts."""
_UNCUT = frozenset({"BALINESE", "JAVANESE", "NEW", "TAI"})
"""Scripts without spaces that ICU has no dictionary for: Tai Le, Tai Lue, Tai Tham, Tai Viet and others."""


def words(text: str) -> list[str]:
    """The words, folded, so that one word has one form however it is encoded and written.

    Boundaries are those of Unicode (UAX #29) by ICU, whose dictionaries cut Chinese, Japanese, Thai,
    Lao, Khmer and Burmese. Marks belong to their letters. A word is cut at apostrophes, too: whole,
    "Kenya's" and "l'eau" cost French .023 and Hausa .013 of AP with psq on NTREX. And it is cut where
    one script follows another, as in "LG전자".

    Folding: NFKC, case, no characters that show nothing, and one i for Turkish's two, as capitals are
    of either. So é is é, composed or not, and digits of full width are digits.
    """
    from icu4py.breakers import WordBreaker

    found: list[str] = []
    for piece in WordBreaker(_folded(text), "en"):
        if piece.isascii() and piece.isalnum():
            found.append(piece)
        elif any(map(str.isalnum, piece)):
            for part in _APOSTROPHES.split(piece):
                found += [part] if part.isascii() else _by_script(part)
    return [word for word in found if any(map(str.isalnum, word))]


def spans(text: str) -> list[tuple[int, int]]:
    """Where the words of a text stand in it as it is, from and to, in their order; cut as by `words`."""
    from icu4py.breakers import WordBreaker

    found, at = [], 0
    for piece in WordBreaker(text, "en"):
        start = at
        for part in _APOSTROPHES.split(piece):
            for own in _by_script(part):
                if any(map(str.isalnum, own)):
                    found.append((start, start + len(own)))
                start += len(own)
            start += 1  # the apostrophe
        at += len(piece)
    return found


def uncut(language: str) -> str | None:
    """Say that a language's words cannot be told apart, which search by words then suffers from.

    None: they can, or its script is not known.
    """
    if _UNCUT.isdisjoint(scripts(language) or ()):
        return None
    return (
        f"{language} is written without spaces, in a script without a dictionary here: text "
        "between two punctuation marks counts as one word"
    )


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = _UNSEEN.sub("", _BREAK.sub(" ", unicodedata.normalize("NFKC", text)))
    text = unicodedata.normalize("NFKC", text.casefold())
    return text.replace("i\u0307", "i").replace("\u0131", "i")


def _by_script(word: str) -> Iterator[str]:
    """The parts of a word that are each in one script; what is of none goes with what is before it."""
    group = ""
    labels = []
    for character in word:
        group = _group(character) or group
        labels.append(group)
    if labels and not labels[0]:  # digits and marks before the first letter
        first = next((label for label in labels if label), "")
        labels = [label or first for label in labels]
    for _, part in groupby(zip(labels, word, strict=True), key=lambda pair: pair[0]):
        yield "".join(character for _, character in part)


@lru_cache(maxsize=65536)
def _group(character: str) -> str:
    """The script of a letter that has one of its own; scripts that are written mixed count as one."""
    if unicodedata.category(character) not in {"Lu", "Ll", "Lt", "Lo"}:
        return ""
    name = script(character)
    return "CJK" if name in _EAST_ASIAN else name
