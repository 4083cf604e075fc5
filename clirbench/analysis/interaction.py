"""Whether one step pays more here than there: a difference of two differences between methods."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from clirbench.analysis.design import design_of, scores_by
from clirbench.data.base import TopicScores
from clirbench.results.clusters import Clusters
from clirbench.spec.cell import Cell
from clirbench.spec.model import Suite

if TYPE_CHECKING:
    from clirbench.statistics import Comparisons

__all__ = ["interaction_of"]

_FLIPS = 10_000
"""Sign flips at most: the crossed test needs none."""


def interaction_of(
    suite: Suite, scores: Mapping[Cell, TopicScores], clusters: Clusters, measure: str
) -> Comparisons | None:
    """Compare two differences between methods, topic by topic and seed by seed.

    `statistics.interaction = [["a", "b"], ["c", "d"]]` asks for (a - b) - (c - d). Each difference stands as
    a method of its own, called "a - b" and "c - d", so that test and interval are those of any two methods.

    Args:
        suite: the suite.
        scores: of the cells that are done.
        clusters: which topics belong together.
        measure: one that the scores have.

    Returns:
        The comparison on each pair and macro mean; None: the suite asks for none, or cells are missing.
    """
    from clirbench.statistics import MethodRole, compare
    from clirbench.statistics.families import Member, PlannedFamily

    if suite.statistics.interaction is None:
        return None
    names = [f"{one} - {other}" for one, other in suite.statistics.interaction]
    found: dict[Cell, TopicScores] = {}
    trained = []
    for name, steps in zip(names, suite.statistics.interaction, strict=True):
        own = _difference(scores, steps, measure, name)
        trained.append(any(cell.seed is not None for cell in own))
        found |= own
    if {cell.method for cell in found} != set(names):
        return None
    design = design_of(suite, list(scores))
    design = replace(
        design,
        methods=tuple(MethodRole(name=n, trained=t) for n, t in zip(names, trained, strict=True)),
        hypothesis=None,
        zero_shot=None,
        oracle=None,
        flips=min(design.flips, _FLIPS),
    )
    members = tuple(Member(names[0], names[1], scope.name) for scope in design.scopes)
    family = PlannedFamily("interaction", f"{names[0]} against {names[1]}", members)
    label = f"difference of {measure}"
    return compare(scores_by(found, label, design, clusters), design=design, families=(family,))


def _difference(
    scores: Mapping[Cell, TopicScores], steps: Collection[str], measure: str, name: str
) -> dict[Cell, TopicScores]:
    """The first method less the second on each topic; an untrained one has the same run for every seed."""
    first, second = steps
    label = f"difference of {measure}"
    drawn = {cell.seed for cell in scores if cell.method in steps and cell.seed is not None}
    seeds: set[int | None] = {*drawn} or {None}
    found = {}
    for pair in dict.fromkeys(cell.pair for cell in scores if not cell.varied):
        for seed in seeds:
            one, other = (_run(scores, pair, method, seed) for method in (first, second))
            if one is not None and other is not None and one.keys() == other.keys():
                found[Cell(pair, name, seed)] = {
                    topic: {label: one[topic][measure] - other[topic][measure]} for topic in one
                }
    return found


def _run(
    scores: Mapping[Cell, TopicScores], pair: str, method: str, seed: int | None
) -> TopicScores | None:
    return scores.get(Cell(pair, method, seed), scores.get(Cell(pair, method, None)))
