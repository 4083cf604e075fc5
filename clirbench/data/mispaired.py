"""Sentence pairs that are paired wrongly on purpose: how much noise in a bitext does a method stand?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from clirbench.data.base import SentencePair
from clirbench.data.sample import rank_of

__all__ = ["mispaired", "mispaired_of"]


def mispaired(
    pairs: Sequence[SentencePair], share: float, language: str, seed: int
) -> tuple[SentencePair, ...]:
    """Give a share of the pairs the English side of another, so that none of them keeps its own text.

    Of n pairs share · n are mis-paired, rounded, and two at least; their English sides are permuted
    among them. Which they are is drawn by a hash of the pair: with the same seed, the pairs that are
    mis-paired at a lower share are so at every higher one. The other pairs stay as they are.

    Where one English text stands in more than half of those that are drawn, some must keep it.

    Args:
        pairs: in any order, which is kept.
        share: 0 to 1; 0 changes nothing.
        language: of the foreign sides.
        seed: of the draw.
    """
    count = mispaired_of(len(pairs), share)
    ranks = [rank_of("\0".join((language, "mispaired", *pair[:2])), seed) for pair in pairs]
    chosen = sorted(range(len(pairs)), key=ranks.__getitem__)[:count]
    # In a circle in which equal texts stand together, each takes the text that stands so far on that
    # no text reaches itself.
    texts = Counter(pairs[place].english for place in chosen)
    circle = sorted(chosen, key=lambda place: _place(pairs[place].english, seed))
    step = max(texts.values(), default=0)
    found = list(pairs)
    for here, there in zip(circle, [*circle[step:], *circle[:step]], strict=True):
        found[here] = SentencePair(pairs[here].foreign, pairs[there].english)
    return tuple(found)


def mispaired_of(pairs: int, share: float) -> int:
    """How many of some pairs are mis-paired."""
    return min(max(round(share * pairs), 2), pairs) if share else 0


def _place(text: str, seed: int) -> tuple[int, str]:
    return rank_of(f"mispaired:{text}", seed), text
