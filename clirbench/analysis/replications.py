"""Two results folders as an original experiment and its replication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from clirbench.analysis.paired import ALL_PAIRS
from clirbench.errors import SuiteError
from clirbench.results.cells import Key, Means
from clirbench.spec.model import Hypothesis
from clirbench.statistics.replication import Effect, delta_relative_improvement, effect_ratio

__all__ = ["Replication", "replications"]

_Scores = Mapping[Key, Means]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication:
    """The difference of two methods in both folders."""

    pair: str
    """A pair, or `ALL_PAIRS`: the mean over those shown."""
    advanced: str
    baseline: str
    original: Effect
    replicated: Effect

    @property
    def effect_ratio(self) -> float | None:
        """The replicated mean difference over the original one."""
        return effect_ratio(self.original, self.replicated)

    @property
    def delta_relative_improvement(self) -> float | None:
        """The original relative improvement less the replicated one."""
        return delta_relative_improvement(self.original, self.replicated)


def replications(
    original: _Scores,
    replicated: _Scores,
    *,
    of: tuple[str, str] | None,
    hypothesis: Hypothesis | None,
) -> tuple[Replication, ...]:
    """Compare the effects on every pair on which both folders have both methods, and their mean.

    Args:
        original: scores of the first folder.
        replicated: scores of the second; its topics may be others.
        of: advanced method and baseline; None: those of the hypothesis, if both folders have them.
        hypothesis: of the original.

    Raises:
        SuiteError: the methods that are asked for are not on one pair in both.
    """
    if of is None and hypothesis is None:
        return ()
    advanced, baseline = of or (hypothesis.better, hypothesis.than)  # type: ignore[union-attr]
    sides = original, replicated
    pairs = [
        pair
        for pair, method in original
        if method == advanced
        and all((pair, name) in side for side in sides for name in (advanced, baseline))
    ]
    if not pairs:
        if of is None:
            return ()
        there = sorted({m for _, m in original} & {m for _, m in replicated})
        raise SuiteError(
            f"--effect {advanced} {baseline}: the folders share no language pair on which both "
            f"have both methods; methods in both: {', '.join(there) or 'none'}"
        )
    scopes = [[pair] for pair in pairs] + [pairs] * (len(pairs) > 1)
    return tuple(
        Replication(
            pair=scope[0] if len(scope) == 1 else ALL_PAIRS,
            advanced=advanced,
            baseline=baseline,
            original=_effect(original, scope, advanced, baseline),
            replicated=_effect(replicated, scope, advanced, baseline),
        )
        for scope in scopes
    )


def _effect(scores: _Scores, pairs: Sequence[str], advanced: str, baseline: str) -> Effect:
    means = [
        fsum(scores[pair, name].mean for pair in pairs) / len(pairs)
        for name in (advanced, baseline)
    ]
    return Effect(*means)
