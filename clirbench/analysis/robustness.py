"""What perturbed topics cost each method, and whether they cost one more than another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from clirbench.analysis.design import design_of, scores_by
from clirbench.data.base import TopicScores
from clirbench.errors import DataError, StatisticsError
from clirbench.results.clusters import Clusters
from clirbench.results.folder import Folder
from clirbench.results.names import ROBUSTNESS
from clirbench.results.scores import RBO
from clirbench.spec.cell import Cell
from clirbench.spec.model import LanguagePair, Suite

if TYPE_CHECKING:
    from clirbench.statistics import Comparisons, Design
    from clirbench.statistics.families import PlannedFamily

__all__ = ["Condition", "perturbed_scores", "read_robustness", "robustness_json", "robustness_of"]

_FORMAT = "clirbench-robustness"
_VERSION = 2
_FLIPS, _RESAMPLES = 10_000, 2_000
"""Sign flips and bootstrap samples at most, for there are many conditions."""
HARMED = "worse than zero-shot"
"""Name of the measure of topics that are made worse than zero-shot."""
_PARTS = ("scores", "losses", "overlap", "harmed")
Scored = Mapping[Cell, Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The methods on topics that were perturbed in one way."""

    perturbation: str
    severity: float | None
    """Share of the words; 0: the topics as they are, of the same pairs; None: the area under the curve over all severities, from 0 to the largest,
    divided by the largest: a mean over severities."""
    scores: Comparisons
    """On the perturbed topics. Only its means are filled."""
    losses: Comparisons
    """What each topic lost: its score less that on the perturbed topic. Its comparisons are of each method
    with the reference, on what both lost: method × noise."""
    overlap: Comparisons | None = None
    """Rank-biased overlap of each topic's ranking with that of the topic as it is. Only its means are
    filled. None: at severity 0, for the area, or where it was not measured."""
    harmed: Comparisons | None = None
    """Share of topics on which a method scores less than zero-shot on the topics as they are: its means.
    None: for the area, or without zero-shot."""
    reference: str | None
    """The method that the others' losses are compared with; None: there is no other."""


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
        conditions: list[tuple[float | None, Scored]] = [(0.0, asis), *curve.items()]
        if len(curve) > 1:
            conditions.append((None, _area(plain, curve)))
        for severity, every in conditions:
            if own := {cell: topics for cell, topics in every.items() if cell in plain}:
                alike = perturbed_scores(
                    overlaps or {},
                    [p for p in pairs if severity and _severity(p) == severity],
                    RBO,
                )
                measured = _Measured(
                    scores=own,
                    plain=plain,
                    clusters=clusters,
                    overlap=alike,
                    steps=severity is not None,
                )
                found.append(_condition(suite, name, severity, measured))
    return tuple(found)


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


def robustness_json(conditions: Sequence[Condition]) -> str:
    """Give the text of a file of conditions, each with comparisons as `comparisons.json` has them."""
    from clirbench.statistics import to_json

    found = [
        {
            "perturbation": each.perturbation,
            "severity": each.severity,
            "reference": each.reference,
            "comparisons": {
                part: json.loads(to_json([found]))
                for part in _PARTS
                if (found := getattr(each, part)) is not None
            },
        }
        for each in conditions
    ]
    document = {"format": _FORMAT, "version": _VERSION, "conditions": found}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def read_robustness(results: Folder) -> tuple[Condition, ...]:
    """Read what `robustness_json` wrote; none where the suite perturbs nothing.

    Raises:
        DataError: the file is damaged, or of another version.
    """
    from clirbench.files import parse_json
    from clirbench.statistics import from_json

    text, at = results.robustness_text, results.path / ROBUSTNESS
    if text is None:
        return ()
    try:
        document = parse_json(text)
        if document["format"] != _FORMAT or document["version"] != _VERSION:
            raise DataError(
                f"{at}: not a file of robustness of version {_VERSION}; `clirbench analyse` makes it anew"
            )
        found = []
        for each in document["conditions"]:
            parts = {
                part: from_json(json.dumps(each["comparisons"][part]))[0]
                for part in _PARTS
                if part in each["comparisons"]
            }
            severity, reference = each["severity"], each["reference"]
            found.append(
                Condition(
                    perturbation=str(each["perturbation"]),
                    severity=None if severity is None else float(severity),
                    scores=parts["scores"],
                    losses=parts["losses"],
                    overlap=parts.get("overlap"),
                    harmed=parts.get("harmed"),
                    reference=None if reference is None else str(reference),
                )
            )
    except (ValueError, TypeError, KeyError, StatisticsError) as error:
        raise DataError(f"{at}: damaged ({str(error).splitlines()[0]})") from error
    return tuple(found)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """Scores on perturbed topics, and those of the same cells on topics as they are."""

    scores: Scored
    plain: Scored
    clusters: Clusters
    overlap: Scored
    """Of the rankings of the two; empty where it was not measured."""
    steps: bool
    """Whether the scores are of one severity, and not of a curve."""


def _condition(suite: Suite, name: str, severity: float | None, measured: _Measured) -> Condition:
    from clirbench.statistics import compare

    own, plain, clusters = measured.scores, measured.plain, measured.clusters
    measure = suite.measures[0]
    design = design_of(suite, list(own))
    design = replace(
        design,
        hypothesis=None,
        flips=min(design.flips, _FLIPS),
        resamples=min(design.resamples, _RESAMPLES),
    )
    reference = _reference(suite, design)
    lost = {c: {t: plain[c][t] - score for t, score in topics.items()} for c, topics in own.items()}
    label = f"loss of {measure}"
    # What is no score has no share of a gap between scores.
    bare = replace(design, zero_shot=None, oracle=None)
    worse = _harmed(own, plain, design.zero_shot) if measured.steps else {}

    def laid(values: Scored, what: str) -> Mapping[Cell, TopicScores]:
        return {
            c: {t: {what: score} for t, score in topics.items()} for c, topics in values.items()
        }

    return Condition(
        perturbation=name,
        severity=severity,
        scores=compare(
            scores_by(laid(own, measure), measure, design, clusters), design=design, families=()
        ),
        losses=compare(
            scores_by(laid(lost, label), label, design, clusters),
            design=design,
            families=_families(design, reference, name, severity),
        ),
        overlap=compare(
            scores_by(laid(measured.overlap, RBO), RBO, bare, clusters), design=bare, families=()
        )
        if measured.overlap
        else None,
        harmed=compare(
            scores_by(laid(worse, HARMED), HARMED, bare, clusters), design=bare, families=()
        )
        if worse
        else None,
        reference=reference,
    )


def _harmed(own: Scored, plain: Scored, zero_shot: str | None) -> Scored:
    """1 for each topic with a score below that of zero-shot on the topics as they are, else 0."""
    floor = {cell.pair: topics for cell, topics in plain.items() if cell.method == zero_shot}
    return {
        cell: {topic: float(score < floor[cell.pair][topic]) for topic, score in topics.items()}
        for cell, topics in own.items()
        if cell.pair in floor
    }


def _reference(suite: Suite, design: Design) -> str | None:
    """The method of the hypothesis that another is to be better than, else the floor, else the first."""
    labels = [method.name for method in design.methods if method.name != design.oracle]
    claim = suite.hypothesis.than if suite.hypothesis else None
    wanted = (claim, design.zero_shot, *labels)
    return next((one for one in wanted if one in labels), None) if len(labels) > 1 else None


def _families(
    design: Design, reference: str | None, name: str, severity: float | None
) -> tuple[PlannedFamily, ...]:
    """Each method with the reference, on each pair and macro mean: one family; none at severity 0."""
    from clirbench.statistics.families import Member, PlannedFamily

    if reference is None or severity == 0:
        return ()
    others = [m.name for m in design.methods if m.name not in {reference, design.oracle}]
    members = tuple(
        Member(other, reference, scope.name) for scope in design.scopes for other in others
    )
    at = "area under the curve" if severity is None else f"severity {severity:g}"
    label = (
        f"what {name} at {at} costs each of {len(others)} methods, against {reference}: "
        f"{len(members)} comparisons"
    )
    return (PlannedFamily("losses", label, members),)
