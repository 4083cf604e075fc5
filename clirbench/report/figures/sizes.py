"""Scores against the size of the bitext, where a suite has a method with several sizes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clirbench.data.base import JSON
from clirbench.report.contents import Contents, read_json
from clirbench.suite.identity import canonical_json

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


def size_curves(contents: Contents, comparisons: Comparisons) -> tuple[SizeCurve, ...]:
    """Find the methods that the suite has under several sizes; none in most suites."""
    labels: defaultdict[str, list[tuple[str, JSON]]] = defaultdict(list)
    entries = contents.settings.get("methods")
    known = {role.name for role in comparisons.design.methods if role.trained}
    for entry in entries if isinstance(entries, list) else []:
        match entry:
            case {"label": str(label), "method": dict(method), "training": dict(training)}:
                if label in known:
                    shared = {key: value for key, value in training.items() if key != "pairs"}
                    key = canonical_json({"method": method, "training": shared})
                    labels[key].append((label, training.get("pairs")))
    found = []
    for group in labels.values():
        if len({canonical_json(limit) for _, limit in group}) > 1:
            name = _name([label for label, _ in group])
            for role in comparisons.design.pairs:
                used = _used(contents, role.name)
                points = {
                    size: mean
                    for label, limit in group
                    if (size := used.get(str(limit), limit if isinstance(limit, int) else None))
                    and (mean := comparisons.mean(label, role.name)).mean is not None
                }
                if len(points) > 1:
                    found.append(
                        SizeCurve(pair=role.name, method=name, points=tuple(sorted(points.items())))
                    )
    return tuple(found)


def _used(contents: Contents, pair: str) -> Mapping[str, int]:
    """Sentence pairs used, by the cap on them."""
    counts = read_json(contents.folder / "bitext" / f"{pair}.json")
    return {
        limit: sum(one.get("used", 0) for one in sources)
        for limit, sources in (counts.items() if isinstance(counts, dict) else ())
    }


def _name(labels: list[str]) -> str:
    """What the labels begin with, such as `optical` of `optical-1000` and `optical-5000`."""
    shortest = min(labels, key=len)
    common = next(
        shortest[:end]
        for end in range(len(shortest), -1, -1)
        if all(label.startswith(shortest[:end]) for label in labels)
    )
    return common.rstrip("-_.+0123456789") or labels[0]
