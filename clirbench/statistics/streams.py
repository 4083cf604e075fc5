"""Random streams that are the same on every machine: named, seeded, independent of each other.

Everything is made from the raw 64-bit words of PCG64, whose values NumPy keeps stable, and not from
`Generator` methods, whose streams may change between NumPy releases.
"""

from __future__ import annotations

import hashlib
import json
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "coins", "counts", "indices", "stream"]

Array: TypeAlias = NDArray[np.float64]


def stream(seed: int, *words: str) -> np.random.PCG64:
    """Give the bit generator that `seed` and `words` name; other words give an unrelated one."""
    digest = hashlib.sha256(json.dumps([seed, *words]).encode()).digest()
    return np.random.PCG64(int.from_bytes(digest[:16], "little"))


def coins(bits: np.random.PCG64, rows: int, n: int) -> NDArray[np.uint8]:
    """Toss `n` fair coins `rows` times: (rows, n / 8 rounded up) bytes of eight coins each.

    A row takes whole words, so that drawing in chunks gives the same coins as drawing at once.
    """
    words = bits.random_raw(rows * -(-n // 64)).astype("<u8", copy=False)
    return words.view(np.uint8).reshape(rows, -1)[:, : -(-n // 8)]


def indices(bits: np.random.PCG64, rows: int, draws: int, n: int) -> NDArray[np.int64]:
    """Draw `draws` whole numbers below `n` with replacement, `rows` times: (rows, draws).

    A 32-bit draw u becomes floor(u n / 2^32): the bias is under n / 2^32, far below what any
    number of resamples could show.
    """
    words = bits.random_raw(rows * -(-draws // 2)).astype("<u8", copy=False)
    halves = words.view("<u4").reshape(rows, -1)[:, :draws].astype(np.uint64)
    halves *= np.uint64(n)
    halves >>= np.uint64(32)
    return halves.view(np.int64)


def counts(bits: np.random.PCG64, rows: int, n: int) -> Array:
    """Draw `n` of `n` with replacement, `rows` times: how often each was drawn, (rows, n)."""
    drawn = indices(bits, rows, n, n)
    drawn += np.arange(rows)[:, None] * n
    return np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)
