"""Labels side by side: places that are too close are moved apart."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["set_apart"]


def set_apart(places: Sequence[float], *, apart: float, high: float) -> list[float]:
    """Move places up until each is `apart` from the next, and all down again that end above `high`.

    Args:
        places: sorted.
        apart: the least distance.
        high: the last place there is; with too many places the first ones go below the lowest.
    """
    moved = list(places)
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + apart)
    for i in reversed(range(len(moved))):
        moved[i] = min(moved[i], high if i + 1 == len(moved) else moved[i + 1] - apart)
    return moved
