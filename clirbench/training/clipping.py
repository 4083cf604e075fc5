"""Clipping of gradients: at a fixed norm, or at one that follows from the training itself."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterable
from typing import Literal

__all__ = ["Clipping"]

_PERCENTILE = 90.0


class Clipping:
    """Gives the largest norm of the gradient that a step may have.

    A fixed norm treats methods unequally, for losses differ in scale: a norm of 1 clips every step of
    a contrastive loss or a squared error, and hardly any of a transport cost. The adaptive limit is
    the 90th percentile of the norms so far, that of the step itself included, so that it is in units
    of the method's own gradients, and outliers alone are clipped: AutoClip (Seetharaman et al. 2020,
    arXiv 2007.14469), who take the 10th percentile, and so clip most steps.

    It has no state beside the norms. These are in the log of steps, which a training that is resumed
    starts from.

    Args:
        how: the largest norm; or "adaptive"; or "off".
        before: the norms of the steps that are done.
    """

    def __init__(
        self, how: float | Literal["adaptive", "off"], before: Iterable[float] = ()
    ) -> None:
        self._how = how
        self._norms = sorted(before)

    def limit(self, norm: float) -> float:
        """The largest norm of the step whose gradient has this one, which is heeded from here on."""
        if self._how == "adaptive":
            insort(self._norms, norm)
            return _percentile(self._norms, _PERCENTILE)
        return math.inf if self._how == "off" else float(self._how)


def _percentile(ordered: list[float], percent: float) -> float:
    """Between the two nearest in proportion, as NumPy has it."""
    place = percent / 100 * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
