"""Batches of texts of like length, in an order that depends on the seed alone."""

from __future__ import annotations

import random
from collections.abc import Sequence

from clirbench.spec.identity import seed_for

__all__ = ["bucketed"]

_POOL = 32


def bucketed(lengths: Sequence[int], batch_size: int, *purpose: str | int) -> list[list[int]]:
    """Divide all texts into batches, shuffled, each of texts of similar length.

    The texts are shuffled and cut into pools of 32 batches; each pool is sorted by length and cut
    into batches; the batches are shuffled. A last batch of a single text joins its neighbour, since
    a contrastive loss says nothing about one pair.

    Args:
        lengths: length of each text.
        batch_size: texts in a batch.
        purpose: seed and names that the generator is made of, such as `(3, "sw-en", "order", 0)`.
    """
    generator = random.Random(seed_for(*purpose))  # noqa: S311 - not for secrets
    order = list(range(len(lengths)))
    generator.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), pool := _POOL * batch_size):
        chunk = sorted(order[start : start + pool], key=lambda index: lengths[index])
        batches += [chunk[i : i + batch_size] for i in range(0, len(chunk), batch_size)]
    if len(batches) > 1 and len(batches[-1]) == 1 < batch_size:
        single = batches.pop()
        batches[-1] += single
    generator.shuffle(batches)
    return batches
