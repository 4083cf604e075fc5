"""Scores against the size of the bitext, where a suite has a method with several sizes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clirbench.results.folder import Folder
from clirbench.spec.identity import identity
from clirbench.spec.model import SuiteMethod

if TYPE_CHECKING:
    from clirbench.statistics import Comparisons, MethodMean

__all__ = ["SizeCurve", "size_curves"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeCurve:
    """A method that differs in nothing but the number of sentence pairs that it learns from."""

    pair: str
    method: str
    points: tuple[tuple[int, MethodMean], ...]
    """Sentence pairs used, and the mean; two or more, by size."""


def size_curves(results: Folder, comparisons: Comparisons) -> tuple[SizeCurve, ...]:
    """Find the methods that the suite has under several sizes; none in most suites."""
    groups: defaultdict[str, list[SuiteMethod]] = defaultdict(list)
    known = {role.name for role in comparisons.design.methods if role.trained}
    for entry in results.suite.methods:
        if entry.label in known:
            shared = replace(entry.training, pairs=None)
            groups[identity([entry.method, shared])].append(entry)
    found = []
    for group in groups.values():
        if len({entry.training.pairs for entry in group}) > 1:
            name = _name([entry.label for entry in group])
            for role in comparisons.design.pairs:
                used = _used(results, role.name)
                points = {
                    size: mean
                    for entry in group
                    if (size := used.get(str(entry.training.pairs), entry.training.pairs))
                    and (mean := comparisons.mean(entry.label, role.name)).mean is not None
                }
                if len(points) > 1:
                    found.append(
                        SizeCurve(pair=role.name, method=name, points=tuple(sorted(points.items())))
                    )
    return tuple(found)


def _used(results: Folder, pair: str) -> Mapping[str, int]:
    """Sentence pairs used, by the cap on them."""
    caps = results.bitext.get(pair, {})
    return {cap: sum(one.get("used", 0) for one in own) for cap, own in caps.items()}


def _name(labels: list[str]) -> str:
    """What the labels begin with, such as `optical` of `optical-1000` and `optical-5000`."""
    shortest = min(labels, key=len)
    common = next(
        shortest[:end]
        for end in range(len(shortest), -1, -1)
        if all(label.startswith(shortest[:end]) for label in labels)
    )
    return common.rstrip("-_.+0123456789") or labels[0]
