"""The training bitext of one language: sources joined, filtered, counted, and cut to size."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, compress, islice
from typing import Any, TypeAlias

from clirbench.data.base import SentencePair
from clirbench.data.filters import FILTERS, Context, duplicate
from clirbench.data.leaks import KINDS, find_leaks
from clirbench.data.mispaired import mispaired as mispair
from clirbench.data.sides import READ, examine
from clirbench.errors import DataError

__all__ = ["REASONS", "Bitext", "Cutter", "SourceCounts", "assemble", "drawn", "told_cut"]

_DUPLICATE, _CUT = "duplicate", "cut"
REASONS = (*FILTERS, *KINDS, _DUPLICATE, _CUT)
"""Why pairs are left out, in the order of the checks. A pair is counted under the first that
applies."""
Cutter: TypeAlias = Callable[[Sequence[SentencePair]], tuple[Sequence[bool], Sequence[bool]]]
"""For each pair, whether its foreign and whether its English side is longer than the models
read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCounts:
    """What happened to one source's pairs: read = kept + the sum of those left out."""

    source: str
    read: int
    left_out: Mapping[str, int]
    """Reason (`REASONS`) to number of pairs."""
    kept: int
    """Pairs that passed every filter."""
    used: int
    """Pairs of these in the sample."""
    cut_foreign: int = 0
    """Pairs whose foreign side is longer than the models read, and that passed every other
    filter."""
    cut_english: int = 0
    """The same for the English side."""
    mispaired: int = 0
    """Pairs of the sample that were given the English side of another."""
    doubts: tuple[str, ...] = ()
    """Possible problems of its sides: a wrong language, or lines out of order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bitext:
    """Sentence pairs for training, in the order of their sources, and how they were chosen."""

    pairs: tuple[SentencePair, ...]
    counts: tuple[SourceCounts, ...]


def assemble(
    sources: Sequence[tuple[str, Iterable[SentencePair]]],
    *,
    test_texts: Iterable[str],
    language: str,
    limit: int | None,
    seed: int,
    weights: Sequence[float] | None = None,
    cut: Cutter | None = None,
    drop: bool = True,
    mispaired: float = 0.0,
) -> Bitext:
    """Join the sources' pairs, leave out what a filter rejects, and draw `limit` of the rest.

    The draw is a simple random sample without replacement over all sources together, so that each
    has its share in proportion to what it has. Each pair's rank is a hash of (seed, language,
    "bitext", the pair), and the lowest ranks are taken: with the same seed, a smaller sample is a
    part of a larger one, and a pair's rank does not hang on the other pairs or their order. The
    sample keeps the order of the sources.

    Args:
        sources: name and pairs of each source.
        test_texts: topics and documents, and what of them may stand alone; no pair that holds any
            of it is kept.
        language: the foreign language.
        limit: the most pairs to use; None: all.
        seed: of the sample.
        weights: of the sources; none: all are alike. Pairs are drawn one after another, each with a
            probability in proportion to its source's weight among those that are left (Efraimidis &
            Spirakis 2006, Weighted random sampling with a reservoir).
        cut: says of which pairs a side is not read to the end; none: that is not asked.
        drop: whether these are left out, before any are drawn.
        mispaired: share of the pairs drawn that are given the English side of another.

    Raises:
        DataError: the sides of a source are in other languages than they should be, or its lines are
            out of place.
    """
    context = Context(language=language)
    passed: list[tuple[int, SentencePair]] = []
    read: Counter[int] = Counter()
    left_out: list[Counter[str]] = [Counter() for _ in sources]
    doubts: list[tuple[str, ...]] = []
    for number, (name, given) in enumerate(sources):
        pairs = iter(given)
        first = list(islice(pairs, READ))
        verdict = examine(first, language)
        if verdict.faults:
            raise DataError(f"{name}: {'; '.join(verdict.faults)}")
        doubts.append(verdict.doubts)
        for pair in chain(first, pairs):
            read[number] += 1
            reason = next((why for why, test in FILTERS.items() if test(pair, context)), None)
            if reason is None:
                passed.append((number, pair))
            else:
                left_out[number][reason] += 1
    kept: list[tuple[int, SentencePair]] = []
    leaks = find_leaks([pair for _, pair in passed], test_texts)
    for (number, pair), leak in zip(passed, leaks, strict=True):
        reason = leak or (_DUPLICATE if duplicate(pair, context) else None)
        if reason is None:
            kept.append((number, pair))
        else:
            left_out[number][reason] += 1

    longer = cut([pair for _, pair in kept]) if cut else ([False] * len(kept),) * 2
    foreign, english = (Counter(n for n, _ in compress(kept, side)) for side in longer)
    if drop:
        either = list(map(max, *longer))
        for number, _ in compress(kept, either):
            left_out[number][_CUT] += 1
        kept = [own for own, is_cut in zip(kept, either, strict=True) if not is_cut]

    chosen = drawn(kept, language, limit, seed, weights)
    kept_by_source = Counter(number for number, _ in kept)
    used_by_source = Counter(kept[place][0] for place in chosen)
    right = [kept[place][1] for place in chosen]
    paired = mispair(right, mispaired, language, seed)
    wrong_by_source = Counter(
        kept[place][0]
        for place, own, given in zip(chosen, right, paired, strict=True)
        if own.english != given.english
    )
    return Bitext(
        pairs=paired,
        counts=tuple(
            SourceCounts(
                source=name,
                read=read[number],
                left_out={why: left_out[number][why] for why in REASONS},
                kept=kept_by_source[number],
                used=used_by_source[number],
                cut_foreign=foreign[number],
                cut_english=english[number],
                mispaired=wrong_by_source[number],
                doubts=doubts[number],
            )
            for number, (name, _) in enumerate(sources)
        ),
    )


def told_cut(counts: Sequence[SourceCounts], lengths: tuple[int, int]) -> str:
    """Say how many pairs of some sources have a side that is longer than is read; "" where none has.

    Args:
        counts: of the sources.
        lengths: tokens that are read of the foreign side, and of the English one.
    """
    left = sum(count.left_out.get(_CUT, 0) for count in counts)
    asked = left + sum(count.kept for count in counts)
    foreign, english = (
        sum(of) for of in zip(*((c.cut_foreign, c.cut_english) for c in counts), strict=True)
    )
    if not foreign + english:
        return ""
    what = (
        f"{left:,} of {asked:,} sentence pairs are left out" if left else "sentence pairs are cut"
    )
    return (
        f"{what}: the foreign side is longer than {lengths[0]} tokens in {foreign / asked:.1%} "
        f"of them, the English side longer than {lengths[1]} in {english / asked:.1%}"
    )


def drawn(
    kept: Sequence[tuple[int, SentencePair]],
    language: str,
    limit: int | None,
    seed: int,
    weights: Sequence[float] | None,
) -> Sequence[int]:
    """The places of the pairs that are used, in order.

    Args:
        kept: pairs, each with the number of its source.
        language: as of `assemble`, as what follows.
        limit: the most to use.
        seed: of the sample.
        weights: of the sources.
    """
    if limit is None or limit >= len(kept):
        return range(len(kept))
    ranks: list[Any] = [_rank(pair, language, seed) for _, pair in kept]
    if weights is not None and len(set(weights)) > 1:
        ranks = [
            _weighted(rank, weights[number]) for rank, (number, _) in zip(ranks, kept, strict=True)
        ]
    return sorted(sorted(range(len(kept)), key=ranks.__getitem__)[:limit])


def _rank(pair: SentencePair, language: str, seed: int) -> bytes:
    # Lengths before texts, so that no two pairs give the same bytes.
    parts = [part.encode() for part in (str(seed), language, "bitext", pair.foreign, pair.english)]
    return blake2b(b"".join(b"%d:%b" % (len(part), part) for part in parts)).digest()


def _weighted(rank: bytes, weight: float) -> tuple[float, bytes]:
    """The time at which a pair comes up that comes up `weight` times in a unit of time; low is early."""
    uniform = (int.from_bytes(rank[:8]) + 0.5) / 2**64
    return -math.log(uniform) / weight, rank
