"""How far a replication has the effect of the original: effect ratio and delta of relative improvement.

An original experiment has a baseline and an advanced method with per-topic scores b_j and a_j on n topics;
its replication, or reproduction on another collection, has b'_j and a'_j on n' topics. Breuer, Ferro, Fuhr,
Maistro, Sakai, Schaer & Soboroff, "How to measure the reproducibility of system-oriented IR experiments"
(SIGIR 2020), compare the effects by

    ER  = (1 / n' sum_j (a'_j - b'_j)) / (1 / n sum_j (a_j - b_j)),
    ΔRI = RI - RI',  RI = (mean a - mean b) / mean b,  RI' likewise.

ER is 1 where the effect is as large as the original's, between 0 and 1 where it is smaller, and below 0
where it points the other way. ΔRI is 0 where the relative improvement is the same, above 0 where the
replication's is smaller. Neither says how sure it is; ER is unsteady where the original effect is small.
"""

from __future__ import annotations

from typing import NamedTuple

from clirbench.statistics.effects import relative_change

__all__ = ["Effect", "delta_relative_improvement", "effect_ratio"]

_NEAR = 1e-9
"""An original effect closer to 0 than this is taken for 0: the ratio would be noise."""


class Effect(NamedTuple):
    """Means over topics of an advanced method and its baseline in one experiment."""

    advanced: float
    baseline: float

    @property
    def difference(self) -> float:
        """Advanced less baseline."""
        return self.advanced - self.baseline


def effect_ratio(original: Effect, replicated: Effect) -> float | None:
    """Give ER, the replicated mean difference over the original one; None where the latter is 0."""
    if abs(original.difference) < _NEAR:
        return None
    return replicated.difference / original.difference


def delta_relative_improvement(original: Effect, replicated: Effect) -> float | None:
    """Give ΔRI, the original relative improvement less the replicated one; None where a baseline is 0."""
    first, second = (relative_change(*one) for one in (original, replicated))
    return None if first is None or second is None else first - second
