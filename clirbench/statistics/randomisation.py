"""The paired two-sided randomisation test.

If two methods do not differ, each topic's difference could as well have the other sign. p is the
share of sign patterns whose total is at least as far from 0 as the observed one (Fisher, The Design
of Experiments, 1935; Smucker, Allan & Carterette, CIKM 2007). Up to 20 topics all patterns are
enumerated; beyond, B random ones are drawn and p = (b + 1) / (B + 1), which is never 0 and a valid
p-value for any B (Phipson & Smyth, 2010).

Totals that are equal must count as equal. Scores such as .1 and .3 have no exact binary form, so
the comparison has a tolerance of 1e-12 of the summed absolute scores; on a textbook sample a bare
`>=` moves p from .30 to .27.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clirbench.errors import StatisticsError
from clirbench.statistics.clusters import cluster_sums, places
from clirbench.statistics.streams import Array, coins, stream

__all__ = [
    "ENUMERATED",
    "FLIPS",
    "TOLERANCE",
    "Randomisation",
    "enumerated_sums",
    "exceedances",
    "paired_randomisation",
    "randomised_sums",
]

ENUMERATED = 20
"""Most topics whose 2^n sign patterns are all tried."""
FLIPS = 100_000
TOLERANCE = 1e-12
"""Of the summed absolute scores: totals closer than this are equal."""
_CHUNK = 2**19
"""Numbers held at a time in one array (4 MiB)."""


class Randomisation(NamedTuple):
    """Outcome of a randomisation test."""

    p: float
    patterns: int
    """Sign patterns that were tried."""
    exact: bool
    """Whether those are all that there are."""


def paired_randomisation(
    differences: Array,
    *,
    flips: int = FLIPS,
    seed: int = 0,
    name: str = "topics",
    clusters: Sequence[Hashable] | None = None,
) -> Randomisation:
    """Test whether paired `differences`, (n,), are centred on 0; two-sided.

    The random signs depend on `seed`, `name` and the number of topics alone: give topics in an
    order of their own, such as sorted by id. Topics of one of the `clusters`, which has that of each
    topic, change signs together.

    Raises:
        StatisticsError: no differences, or one that is not finite.
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise StatisticsError("a randomisation test needs finite differences, (n,), n >= 1")
    if clusters is not None:
        values = cluster_sums(values, places(clusters))
    parts = np.stack([values, np.zeros_like(values)], axis=1)
    observed, slack = np.array([values.sum()]), np.array([TOLERANCE * np.abs(values).sum()])
    first, second = np.array([0]), np.array([1])
    exact = len(values) <= ENUMERATED
    if exact:
        sums = enumerated_sums(parts)
    else:
        sums = randomised_sums([(name, parts)], flips=flips, seed=seed)
    count = sum(int(exceedances(s, observed, slack, first, second)[0]) for s in sums)
    if exact:
        return Randomisation(2 * count / 2 ** len(values), 2 ** len(values), exact=True)
    return Randomisation((count + 1) / (flips + 1), flips, exact=False)


def exceedances(
    sums: Array, observed: Array, slack: Array, first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Count the patterns that are at least as extreme as what was observed.

    Args:
        sums: (..., M, B) signed sums of M methods under B patterns.
        observed: (..., K) observed differences of K method pairs.
        slack: (..., K) how much closer to 0 a sum may be and still count.
        first: (K,) index of each pair's first method.
        second: (K,) index of its second method.

    Returns:
        (..., K) counts.
    """
    null = np.abs(sums[..., first, :] - sums[..., second, :])
    far: NDArray[np.int64] = np.count_nonzero(
        null >= (np.abs(observed) - slack)[..., None], axis=-1
    )
    return far


def enumerated_sums(parts: Array) -> Iterator[Array]:
    """Give the signed column sums of `parts`, (n, M), for half of all sign patterns: (M, B) chunks.

    The other half are the negatives, with the same absolute values.
    """
    patterns = 2 ** (len(parts) - 1)
    for start in range(0, patterns, _CHUNK):
        numbers = np.arange(start, min(start + _CHUNK, patterns)).astype("<u4")
        yield _signed(parts, numbers.view(np.uint8).reshape(-1, 4))


def randomised_sums(
    strata: Sequence[tuple[str, Array]], *, flips: int, seed: int, width: int = 1
) -> Iterator[Array]:
    """Give signed column sums for `flips` random patterns, in chunks.

    Args:
        strata: names and parts, (n, M), of sets of topics; the signs of two strata are independent,
            those of the columns of one are shared.
        flips: B.
        seed: names the streams, with the strata's names.
        width: numbers that the caller makes from one pattern; chunks are the smaller for it.

    Yields:
        (M total, b): the strata's columns one after the other.
    """
    streams = [stream(seed, "signs", name) for name, _ in strata]
    columns = sum(parts.shape[1] for _, parts in strata)
    step = max(_CHUNK // max(width, columns, *(len(parts) // 8 for _, parts in strata)), 1)
    for start in range(0, flips, step):
        rows = min(step, flips - start)
        yield np.concatenate(
            [
                _signed(parts, coins(bits, rows, len(parts)))
                for bits, (_, parts) in zip(streams, strata, strict=True)
            ]
        )


def _signed(parts: Array, signs: NDArray[np.uint8]) -> Array:
    """Sum `parts`, (n, M), with sign + where a bit of `signs`, (B, n / 8 or more bytes), is 1: (M, B).

    A byte of coins looks up the sum of its eight topics. This takes the time of a product of signs
    and parts, and neither depends on the linear algebra library nor, as its threads do, suffers
    from a busy machine.
    """
    n, columns = parts.shape
    topics = np.zeros((-(-n // 8) * 8, columns))
    topics[:n] = parts
    topics = topics.reshape(-1, 8, columns)
    sums = np.zeros((len(signs), columns))
    found = np.empty_like(sums)
    bytewise = np.ascontiguousarray(signs.T)
    held = max(_CHUNK // (256 * columns), 1)
    for start in range(0, len(topics), held):
        for at, table in enumerate(_tables(topics[start : start + held]), start):
            sums += np.take(table, bytewise[at], axis=0, out=found, mode="clip")
    return np.ascontiguousarray(sums.T)


def _tables(topics: Array) -> Array:
    """Sum each eight topics, (G, 8, M), under all 256 sign patterns: (G, 256, M)."""
    tables = np.zeros((len(topics), 1, topics.shape[2]))
    for place in range(8):
        own = topics[:, place, None]
        tables = np.concatenate([tables - own, tables + own], axis=1)
    return tables
