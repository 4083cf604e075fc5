"""Whether the two sides of a bitext are what they should be: each in its language, line by line."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from clirbench.data.base import SentencePair
from clirbench.data.languages import family, standard
from clirbench.data.sentence_alignment import cost, features

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

__all__ = ["READ", "Verdict", "examine"]

READ = 5000
"""Pairs of a source that are looked at, the first."""
_PIECE = 200
"""Characters that are identified at once; of single short sentences, one in ten is mistaken."""
_PIECES = 100
_LEAST = 60
"""Characters of a side below which nothing is said of its language."""
_SURE, _OWN = 0.8, 0.1
"""A side is in another language if so large a share of its pieces is, and no more in its own."""
_HALF = 0.5
_ENOUGH = 5
"""Pieces that make an error of what is else a doubt; swapped sides are one in any number."""
_LINES = 30
"""Below so many pairs, nothing is said of their order."""
_MANY = 200
_STRETCH = 200
_OFF = 4.0
"""Standard errors by which lines have to fit those beside their partners better."""
_SHIFTS = (-3, -2, -1, 1, 2, 3)
_WORD = 3.0
"""Nats for each long word that both sides have, such as a name."""

_ALIKE = MappingProxyType(
    {
        language: frozenset(group.split())
        for group in (
            "ar ary arz ajp apc",
            "bs hr sr",
            "da nb nn no",
            "en pcm",
            "fa prs tg",
            "id ms",
            "ku kmr sdh ckb",
            "om gaz",
            "st nso tn",
            "ff fuv fuc",
            "xh zu ss nr nd",
            "yue zh wuu cmn",
            "hi ur",
            "gl pt",
            "ca oc es",
            "cs sk",
            "be ru uk",
            "bg mk",
        )
        for language in group.split()
    }
)
"""Languages that are taken for each other."""


class Verdict(NamedTuple):
    """Problems of a source, sure or likely."""

    faults: tuple[str, ...] = ()
    """Sure problems, a sentence each; do not train on this source."""
    doubts: tuple[str, ...] = ()
    """Likely problems, a sentence each, for the user to check."""


def examine(pairs: Sequence[SentencePair], language: str) -> Verdict:
    """Look at the first pairs of a source, in its order.

    Languages are told by py3langid, which has its model in its package; it knows 139. Lines are out of
    place if their lengths, numbers and names fit the lines beside their partners better than these.

    Args:
        pairs: as they come from the source, before any filter.
        language: that the foreign side should be in; of a code that is anyone's own nothing is said.
    """
    if language.startswith("q") and len(family(language)) == 3:  # noqa: PLR2004
        return Verdict()
    whole = [pair for pair in islice(pairs, READ) if pair.foreign.strip() and pair.english.strip()]
    languages = _languages(whole, language)
    if languages.faults:  # the order of the wrong lines does not matter
        return languages
    order = _order(whole)
    return Verdict(order.faults, (*languages.doubts, *order.doubts))


def _languages(pairs: Sequence[SentencePair], language: str) -> Verdict:
    """Compare what the sides read as with what they should."""
    foreign = _Reading.of((pair.foreign for pair in pairs), language)
    english = _Reading.of((pair.english for pair in pairs), "en")
    if foreign is None or english is None:
        return Verdict()
    if foreign.other == "en" and foreign.wrong and english.own < _HALF:
        swapped = not english.other or english.other in _like(language) or not _known(language)
        why = (
            f"its two sides are swapped: the first reads as English, the second as {english.other}"
            if swapped
            else (
                f"its first side reads as English, not as {language}, and its second as "
                f"{english.other}"
            )
        )
        return Verdict((f"{why}; put the text in {language} first",))
    if foreign.other == "en" and foreign.wrong:
        why = f"both sides read as English: the side in {language} was not translated"
        return _graded(why, foreign.pieces if _known(language) else 0)
    found = [
        f"its side in {name} reads as {side.other} ({side.most:.0%} of {side.pieces} pieces)"
        for name, side in ((language, foreign), ("en", english))
        if side.wrong and (_known(name) or side.other == "en")
    ]
    if found:
        return _graded("; ".join(found), min(foreign.pieces, english.pieces))
    doubts = [
        f"its side in {name} reads as {name} in {side.own:.0%} of {side.pieces} pieces, and as "
        f"{side.other} in {side.most:.0%}"
        for name, side in ((language, foreign), ("en", english))
        if side.pieces >= _ENOUGH and _known(name) and side.own < _HALF
    ]
    return Verdict(doubts=tuple(doubts))


def _graded(text: str, pieces: int) -> Verdict:
    return Verdict((text,)) if pieces >= _ENOUGH else Verdict(doubts=(text,))


class _Reading(NamedTuple):
    """What a side reads as."""

    pieces: int
    own: float
    """Share of the pieces that read as its language."""
    other: str
    """The language that most of the others read as; empty where there are none."""
    most: float
    """Their share."""

    @property
    def wrong(self) -> bool:
        """Whether it is in another language."""
        return self.most >= _SURE and self.own <= _OWN

    @classmethod
    def of(cls, texts: Iterator[str], language: str) -> _Reading | None:
        """Read a side; none if there is too little of it."""
        pieces = list(islice(_pieces(texts), _PIECES))
        if not pieces or len(pieces[0]) < _LEAST:
            return None
        identifier = _identifier()
        found = Counter(standard(identifier.classify(piece)[0]) for piece in pieces)
        own = sum(found[name] for name in _like(language))
        others = [(name, n) for name, n in found.most_common() if name not in _like(language)]
        other, most = next(iter(others), ("", 0))
        return cls(len(pieces), own / len(pieces), other, most / len(pieces))


def _pieces(texts: Iterator[str]) -> Iterator[str]:
    """The texts joined to pieces of some length; one that is all there is may be shorter."""
    piece, given = "", False
    for text in texts:
        piece = f"{piece} {text}".strip()
        if len(piece) >= _PIECE:
            yield piece
            piece, given = "", True
    if piece and not given:
        yield piece


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)


@lru_cache(maxsize=1)
def _labels() -> frozenset[str]:
    return frozenset(standard(label) for label, _ in _identifier().rank("text"))


def _known(language: str) -> bool:
    return not _labels().isdisjoint(_like(language))


def _like(language: str) -> frozenset[str]:
    own = family(language)
    return _ALIKE.get(own, frozenset()) | {own}


def _order(pairs: Sequence[SentencePair]) -> Verdict:
    """Compare how well lines fit their partners with how well they fit the lines beside these."""
    if len(pairs) < _LINES:
        return Verdict()
    fit = _Fit(pairs)
    count = len(pairs)
    partners = [fit.cost(i, i) for i in range(count)]
    leads = {
        shift: [
            partners[i] - fit.cost(i, i + shift) if 0 <= i + shift < count else 0.0
            for i in range(count)
        ]
        for shift in _SHIFTS
    }
    if shift := _shifted(leads, 0, count):
        where = f"{abs(shift)} {'below' if shift > 0 else 'above'}"
        why = (
            f"lines of the first side fit the ones {where} their partners better than their "
            "partners"
        )
        return Verdict((f"its lines are shifted: {why}",))
    starts = [at for at in range(0, count, _STRETCH) if _shifted(leads, at, at + _STRETCH)]
    if starts:
        where = f"{len(starts)} stretches of {_STRETCH} fit other lines than their partners"
        why = f"among the first {count:,} pairs, {where}, the first from pair {starts[0] + 1} on"
        return Verdict(doubts=(f"its lines slip: {why}",))
    far = count // 2
    lead = _lead([fit.cost(i, (i + far) % count) - partners[i] for i in range(count)])
    if count >= _MANY and lead < _OFF:
        why = "fit their partners no better than other lines do, by lengths, numbers and names"
        return Verdict(doubts=(f"its lines {why}; are they translations of each other?",))
    return Verdict()


def _shifted(leads: Mapping[int, Sequence[float]], start: int, stop: int) -> int:
    """The shift by which the lines fit best, if far better than without; else 0."""
    best = {shift: _lead(own[start:stop]) for shift, own in leads.items()}
    shift = max(best, key=best.__getitem__)
    return shift if best[shift] > _OFF else 0


class _Fit:
    """How well lines go together."""

    def __init__(self, pairs: Sequence[SentencePair]) -> None:
        foreign, english = [pair.foreign for pair in pairs], [pair.english for pair in pairs]
        self.ratio = max(sum(map(len, foreign)), 1) / max(sum(map(len, english)), 1)
        self.foreign = [features(foreign, i) for i in range(len(foreign))]
        self.english = [features(english, i) for i in range(len(english))]
        self.words = [[_names(text) for text in side] for side in (foreign, english)]

    def cost(self, i: int, j: int) -> float:
        """Of taking English line j for the translation of foreign line i, in nats."""
        shared = len(self.words[0][i] & self.words[1][j])
        return cost(self.foreign[i], self.english[j], self.ratio) - _WORD * min(shared, 3)


def _names(text: str) -> frozenset[str]:
    words = (word.strip(".,;:!?()\"'“”‘’«»").casefold() for word in text.split())
    return frozenset(word for word in words if len(word) > 3 and word.isalpha())  # noqa: PLR2004


def _lead(differences: Sequence[float]) -> float:
    """The mean of differences in standard errors."""
    n = len(differences)
    if n < 2:  # noqa: PLR2004 - of which there is no variance
        return 0.0
    mean = math.fsum(differences) / n
    variance = math.fsum((d - mean) ** 2 for d in differences) / (n - 1)
    return mean / math.sqrt(variance / n) if variance else 0.0
