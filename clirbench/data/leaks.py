"""Sentence pairs that hold text of the test set: as a whole, as a sentence, or eight words of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING

from clirbench.data.base import SentencePair
from clirbench.data.filters import key, mark
from clirbench.data.words import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["KINDS", "SHARED", "find_leaks"]

WHOLE, SENTENCE = "in test text", "sentence of test text"
SHARED = 8
"""Words in a row that no pair may share with test text. Of natural sentences that are not copies of each
other few share so many; machine translation and language modelling look for 8 to 13 (Brown et al. 2020,
appendix C)."""
GRAM = f"{SHARED} words of test text"
KINDS = (WHOLE, SENTENCE, GRAM)
"""Reasons in the order in which they are asked: a side is a test text or a part of one that stands alone,
such as a title; is one of its sentences; shares words with it."""
_BATCH = 1000
_STEP = 0x9E3779B97F4A7C15


def find_leaks(pairs: Sequence[SentencePair], test_texts: Iterable[str]) -> list[str | None]:
    """For each pair, why it may not be trained on; none: it may.

    The test texts are read once, and nothing of them is kept: what is in memory are hashes of the
    pairs. Texts are compared by their letters, marks and digits, words as `words` finds them.

    Args:
        pairs: to be trained on.
        test_texts: topics, documents, and what of them may stand alone, such as titles.
    """
    import numpy as np

    marks = [(mark(pair.foreign), mark(pair.english)) for pair in pairs]
    own = {each for both in marks for each in both}
    grams = [_grams(side) for pair in pairs for side in (pair.foreign, pair.english)]
    owners = np.repeat(np.arange(len(grams)) // 2, [len(each) for each in grams])
    known, which = np.unique(np.concatenate([*grams, np.empty(0, np.uint64)]), return_inverse=True)
    del grams
    whole: set[int] = set()
    sentences: set[int] = set()
    shared = np.zeros(len(known), dtype=bool)
    for texts in _batches(filter(key, test_texts)):
        whole |= own.intersection(map(mark, texts))
        sentences |= own.intersection(mark(each) for text in texts for each in _sentences(text))
        if len(known):
            found = np.concatenate([_grams(text) for text in texts])
            places = np.minimum(np.searchsorted(known, found), len(known) - 1)
            shared[places[known[places] == found]] = True
    sharing = set(owners[shared[which]].tolist())

    def why(number: int) -> str | None:
        if not whole.isdisjoint(marks[number]):
            return WHOLE
        if not sentences.isdisjoint(marks[number]):
            return SENTENCE
        return GRAM if number in sharing else None

    return [why(number) for number in range(len(pairs))]


def _batches(texts: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(texts, _BATCH)):
        yield batch


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a text, but for those without letters or digits."""
    from icu4py.breakers import SentenceBreaker

    for line in text.split("\n"):
        yield from filter(key, SentenceBreaker(line, "en"))


def _grams(text: str) -> NDArray[np.uint64]:
    """Hashes of all words in a row of a text, as many as may not be shared."""
    import numpy as np

    hashes = np.array([_hashed(word) for word in words(text)], dtype=np.uint64)
    count = len(hashes) - SHARED + 1
    if count <= 0:
        return np.empty(0, np.uint64)
    total = np.zeros(count, dtype=np.uint64)
    for place in range(SHARED):  # overflow is meant: it is arithmetic modulo 2^64
        total = total * np.uint64(_STEP) + hashes[place : place + count]
    return total


@lru_cache(maxsize=1 << 18)
def _hashed(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest())
