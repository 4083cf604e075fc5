"""What perturbed topics cost each method, and whether they cost one more than another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from clirbench.analysis.conditions import Condition, Kind, Measured, Scored, Value, condition_of
from clirbench.data.base import TopicScores
from clirbench.methods.oracle import Oracle
from clirbench.results.clusters import Clusters
from clirbench.results.names import ROBUSTNESS
from clirbench.results.scores import RBO
from clirbench.spec.cell import Cell
from clirbench.spec.model import LanguagePair, Suite

__all__ = ["PERTURBED", "perturbed_scores", "robustness_of"]

PERTURBED = Kind(ROBUSTNESS, "clirbench-robustness", 3, ("perturbation", "severity"))


def robustness_of(
    suite: Suite,
    scores: Mapping[Cell, TopicScores],
    clusters: Clusters,
    *,
    overlaps: Mapping[Cell, TopicScores] | None = None,
) -> tuple[Condition, ...]:
    """Compare the methods on perturbed topics, by the suite's first measure.

    Args:
        suite: the suite.
        scores: of all cells that are done.
        clusters: which topics belong together.
        overlaps: of the cells with perturbed topics, as far as they were measured.
    """
    measure = suite.measures[0]
    found = []
    for name, pairs in _by_kind(suite.perturbed):
        curve = {
            severity: perturbed_scores(
                scores, [p for p in pairs if _severity(p) == severity], measure
            )
            for severity in sorted({_severity(pair) for pair in pairs})
        }
        plain = {
            cell: {topic: values[measure] for topic, values in own.items()}
            for cell, own in scores.items()
            if not cell.varied
        }
        searched = {cell for own in curve.values() for cell in own}
        asis = {cell: topics for cell, topics in plain.items() if cell in searched}
        conditions: list[tuple[Value, Scored]] = [(0.0, asis), *curve.items()]
        if len(curve) > 1:
            conditions.append((None, _area(plain, curve)))
        for severity, every in conditions:
            if own := {cell: topics for cell, topics in every.items() if cell in plain}:
                own = {**_ceiling(suite, plain, {cell.pair for cell in own}), **own}
                alike = perturbed_scores(
                    overlaps or {},
                    [p for p in pairs if severity and _severity(p) == severity],
                    RBO,
                )
                measured = Measured(
                    scores=own,
                    plain=plain,
                    clusters=clusters,
                    overlap=alike,
                    stepwise=severity is not None,
                    changed=severity != 0,
                )
                found.append(condition_of(suite, name, severity, measured))
    return tuple(found)


def _ceiling(suite: Suite, plain: Scored, pairs: Collection[str]) -> Scored:
    """The oracle's scores, which nothing perturbs, on some pairs: also where others alone are searched."""
    labels = {entry.label for entry in suite.methods if isinstance(entry.method, Oracle)}
    return {c: topics for c, topics in plain.items() if c.method in labels and c.pair in pairs}


def perturbed_scores(
    scores: Mapping[Cell, TopicScores], pairs: Iterable[LanguagePair], measure: str
) -> dict[Cell, Mapping[str, float]]:
    """The scores of perturbed pairs by one measure, under the names of the pairs as they are."""
    plain = {str(pair): str(pair.plain) for pair in pairs}
    return {
        replace(cell, pair=plain[cell.pair]): {t: values[measure] for t, values in own.items()}
        for cell, own in scores.items()
        if cell.pair in plain
    }


def _by_kind(pairs: Sequence[LanguagePair]) -> Iterator[tuple[str, list[LanguagePair]]]:
    def kind(pair: LanguagePair) -> str:
        return pair.perturbation.name if pair.perturbation else ""

    for name, own in groupby(sorted(pairs, key=kind), kind):
        yield name, list(own)


def _severity(pair: LanguagePair) -> float:
    return pair.perturbation.severity if pair.perturbation else 0.0


def _area(plain: Scored, curve: Mapping[float, Scored]) -> Scored:
    """The area under each topic's curve, by the trapezoid rule, over the largest severity.

    Summed by what is lost, so that a method that loses nothing has its own score to the last bit.
    """
    whole = [cell for cell in plain if all(cell in own for own in curve.values())]
    return {
        cell: {
            topic: score - _trapezoids([(s, score - own[cell][topic]) for s, own in curve.items()])
            for topic, score in plain[cell].items()
        }
        for cell in whole
    }


def _trapezoids(lost: Sequence[tuple[float, float]]) -> float:
    """The mean over severities from 0, where nothing is lost, to the last."""
    points = [(0.0, 0.0), *lost]
    area = sum((right - left) * (a + b) / 2 for (left, a), (right, b) in pairwise(points))
    return area / points[-1][0]
