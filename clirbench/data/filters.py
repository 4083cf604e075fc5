"""What is not let into training bitext: one function a reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from types import MappingProxyType
from typing import TypeAlias

from clirbench.data.base import SentencePair
from clirbench.data.languages import scripts
from clirbench.data.scripts import LEAST_SHARE, share

__all__ = ["FILTERS", "MOST_READ", "Context", "Filter", "duplicate", "key", "mark", "sound"]

MOST_CHARACTERS = 2000
"""No encoder here reads on after 512 word pieces."""
MOST_RATIO = 4.0
"""Between the sides' lengths in characters, each with `RATIO_OFFSET` added."""
RATIO_OFFSET = 20
"""Lets short sentences differ more; Japanese needs half of English's characters."""
_NEITHER_LETTER_NOR_DIGIT = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a pair is judged by beside itself."""

    language: str
    seen: set[tuple[str, str]] = field(default_factory=set)
    """Keys of the pairs kept so far; `duplicate` adds to it."""


Filter: TypeAlias = Callable[[SentencePair, Context], bool]
"""Whether a pair is left out."""


@lru_cache(maxsize=16)  # filters ask for the same pair's keys in turn
def key(text: str) -> str:
    """`text` for comparison: NFKC, case folded, nothing but letters, marks and digits."""
    if text.isascii():
        return _NEITHER_LETTER_NOR_DIGIT.sub("", text.lower())
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c for c in folded if unicodedata.category(c)[0] in "LM" or c.isdecimal())


def mark(text: str) -> int:
    """64 bits of a hash of a text's key: the keys of millions of documents would fill the memory."""
    return int.from_bytes(blake2b(key(text).encode(), digest_size=8).digest())


def empty(pair: SentencePair, context: Context) -> bool:  # noqa: ARG001 - as all filters
    """A side has no letter."""
    return not all(any(map(str.isalpha, side)) for side in (pair.foreign, pair.english))


def too_long(pair: SentencePair, context: Context) -> bool:  # noqa: ARG001
    """A side has more than 2,000 characters."""
    return max(len(pair.foreign), len(pair.english)) > MOST_CHARACTERS


def wrong_script(pair: SentencePair, context: Context) -> bool:
    """Less than a quarter of a side's letters are in its language's script.

    A language whose scripts are not known is not checked, and neither is English beside it.
    """
    expected, english = scripts(context.language), scripts("en")
    if expected is None or english is None:
        return False
    return min(share(pair.foreign, expected), share(pair.english, english)) < LEAST_SHARE


def equal_sides(pair: SentencePair, context: Context) -> bool:  # noqa: ARG001
    """Both sides have the same letters, marks and digits: it was not translated."""
    return key(pair.foreign) == key(pair.english)


def length_ratio(pair: SentencePair, context: Context) -> bool:  # noqa: ARG001
    """One side is more than four times as long as the other, after 20 characters for each."""
    lengths = sorted((len(pair.foreign), len(pair.english)))
    return lengths[1] + RATIO_OFFSET > MOST_RATIO * (lengths[0] + RATIO_OFFSET)


def duplicate(pair: SentencePair, context: Context) -> bool:
    """Both sides have been seen together, in this source or one before it."""
    both = key(pair.foreign), key(pair.english)
    if both in context.seen:
        return True
    context.seen.add(both)
    return False


FILTERS: Mapping[str, Filter] = MappingProxyType(
    {
        "empty": empty,
        "too long": too_long,
        "wrong script": wrong_script,
        "equal sides": equal_sides,
        "length ratio": length_ratio,
    }
)
"""Reason to filter, in the order in which they are asked; a pair is counted under the first. After
them it is asked what pairs share with test text (`clirbench.data.leaks`), and then `duplicate`."""
MOST_READ = 100_000
"""Pairs of a source that are enough to see how long its texts are."""


def sound(pairs: Iterable[SentencePair], language: str, most: int) -> Iterator[SentencePair]:
    """The first pairs that none of `FILTERS` leaves out."""
    context = Context(language=language)
    passed = (pair for pair in pairs if not any(test(pair, context) for test in FILTERS.values()))
    return islice(passed, most)
