"""Randomisation tests of all comparisons at once, from one set of sign patterns.

The signed sum of a difference is the difference of two signed sums, so that one product of signs
and scores serves all pairs of methods, and a weighted sum of languages all macro means.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clirbench.statistics.clusters import cluster_sums
from clirbench.statistics.corrections import MaxT
from clirbench.statistics.design import Design
from clirbench.statistics.families import Member, PlannedFamily
from clirbench.statistics.randomisation import (
    ENUMERATED,
    TOLERANCE,
    Randomisation,
    enumerated_sums,
    exceedances,
    randomised_sums,
)
from clirbench.statistics.sample import Sample, Units, over_scopes, scope_pairs
from clirbench.statistics.streams import Array

__all__ = ["Flipped", "flip"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flipped:
    """Outcomes of the randomisation tests."""

    counts: NDArray[np.int64]
    """(S, M, M): patterns at least as extreme as the scores; of no meaning where runs are missing."""
    exact: tuple[bool, ...]
    """(S,)"""
    patterns: tuple[int, ...]
    """(S,): patterns tried; where exact, one of each pattern and its negative is in `counts`."""
    adjusted: Mapping[str, list[float]]
    """Family to the p-values of its members that are not missing, if the correction is maxT."""

    def test(self, scope: int, first: int, second: int) -> Randomisation:
        """Give the outcome for two methods on a scope."""
        count, patterns = int(self.counts[scope, first, second]), self.patterns[scope]
        exact = self.exact[scope]
        p = 2 * count / patterns if exact else (count + 1) / (patterns + 1)
        return Randomisation(p, patterns, exact)


class _Observed(NamedTuple):
    """A scope's scores: parts (u, M) of its means, and K differences of methods."""

    parts: Array
    differences: Array
    slack: Array
    root: Array
    """(K,) square roots of summed squares: the scale of the difference under sign flips."""


def flip(
    sample: Sample,
    design: Design,
    units: Sequence[tuple[Units, ...]],
    families: Sequence[PlannedFamily],
    missing: Collection[Member],
    *,
    statistics: Mapping[Member, float],
) -> Flipped:
    """Test every pair of methods on every scope.

    Args:
        sample: the scores.
        design: gives scopes, flips, seed and correction.
        units: those of each scope.
        families: what maxT adjusts.
        missing: members that maxT leaves out.
        statistics: what stands for the p-values that maxT adjusts, on the scale of differences over
            the root of their summed squares; a member without one has its own.
    """
    methods = len(design.methods)
    first, second = np.triu_indices(methods, 1)
    scopes = [_observe(own, methods, first, second) for own in units]
    exact = tuple(len(scope.parts) <= ENUMERATED for scope in scopes)
    joint = {}
    if design.correction == "maxt":
        joint = {
            f.name: _Joint(f, design, missing, scopes, statistics)
            for f in families
            if f.name != "primary"
        }
    found = np.zeros((len(scopes), len(first)), dtype=np.int64)
    if joint or not all(exact):
        for sums in _scope_sums(sample, design, width=2 * len(first)):
            for s, scope in enumerate(scopes):
                if not exact[s]:
                    found[s] += exceedances(sums[s], scope.differences, scope.slack, first, second)
            for family in joint.values():
                family.add(sums)
    for s, scope in enumerate(scopes):
        if exact[s] and len(scope.parts):
            for enumerated in enumerated_sums(scope.parts):
                found[s] += exceedances(enumerated, scope.differences, scope.slack, first, second)
    counts = np.zeros((len(scopes), methods, methods), dtype=np.int64)
    counts[:, first, second] = counts[:, second, first] = found
    return Flipped(
        counts=counts,
        exact=exact,
        patterns=tuple(
            2 ** len(scope.parts) if whole else design.flips
            for scope, whole in zip(scopes, exact, strict=True)
        ),
        adjusted={name: family.maxt.adjusted() for name, family in joint.items()},
    )


class _Joint:
    """maxT within a family: differences over the root of their summed squares, K of them.

    On this scale, which is one to one with paired t, every comparison has unit variance under sign
    flips, and their dependence is that of the scores. A p of another test enters as the statistic
    that has it in a paired t-test (Westfall & Young's minP).
    """

    def __init__(
        self,
        family: PlannedFamily,
        design: Design,
        missing: Collection[Member],
        scopes: Sequence[_Observed],
        statistics: Mapping[Member, float],
    ) -> None:
        names = [method.name for method in design.methods]
        places = [scope.name for scope in design.scopes]
        members = [member for member in family.members if member not in missing]
        self.scope = np.array([places.index(member.on) for member in members], dtype=np.int64)
        self.first = np.array([names.index(member.first) for member in members], dtype=np.int64)
        self.second = np.array([names.index(member.second) for member in members], dtype=np.int64)
        pair = {
            (i, j): k for k, (i, j) in enumerate(zip(*np.triu_indices(len(names), 1), strict=True))
        }
        at = [pair[min(i, j), max(i, j)] for i, j in zip(self.first, self.second, strict=True)]
        chosen = [(scopes[s], k) for s, k in zip(self.scope, at, strict=True)]
        root = np.array([scope.root[k] for scope, k in chosen])
        self.scale = np.divide(1, root, out=np.zeros_like(root), where=root > 0)
        own = np.array([scope.differences[k] for scope, k in chosen]) * self.scale
        observed = [statistics.get(member, z) for member, z in zip(members, own, strict=True)]
        self.maxt = MaxT(
            np.array(observed),
            slack=np.array([scope.slack[k] for scope, k in chosen]) * self.scale,
        )

    def add(self, sums: Array) -> None:
        """Count more patterns, (S, M, B)."""
        null = sums[self.scope, self.first] - sums[self.scope, self.second]
        self.maxt.add(null * self.scale[:, None])


def _observe(
    units: Sequence[Units], methods: int, first: NDArray[np.int64], second: NDArray[np.int64]
) -> _Observed:
    parts = np.concatenate([np.zeros((0, methods)), *(stratum.parts for stratum in units)])
    differences = parts[:, first] - parts[:, second]
    sizes = np.abs(parts).sum(axis=0)
    return _Observed(
        parts,
        differences.sum(axis=0),
        TOLERANCE * (sizes[first] + sizes[second]),
        np.sqrt((differences**2).sum(axis=0)),
    )


def _scope_sums(sample: Sample, design: Design, *, width: int) -> Iterator[Array]:
    """Give the signed means of every scope and method, in chunks of patterns: (S, M, B)."""
    columns = []
    for stratum in sample.strata:
        parts = sample.average(stratum.runs, axis=2) * stratum.share[..., None]
        parts = cluster_sums(parts.reshape(len(parts), -1), stratum.cluster)
        columns.append((stratum.name, parts))
    order = [pair for stratum in sample.strata for pair in stratum.pairs]
    scopes = scope_pairs(design)
    shape = (len(order), len(design.methods), -1)
    for sums in randomised_sums(columns, flips=design.flips, seed=design.seed, width=width):
        by_pair = np.zeros((len(design.pairs), len(design.methods), sums.shape[1]))
        by_pair[order] = sums.reshape(shape)
        yield over_scopes(by_pair, scopes)
