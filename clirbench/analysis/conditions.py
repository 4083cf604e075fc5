"""The methods under one condition beside the suite's own: perturbed topics, or another bitext."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from clirbench.analysis.design import design_of, scores_by
from clirbench.data.base import TopicScores
from clirbench.errors import DataError, StatisticsError
from clirbench.results.clusters import Clusters
from clirbench.results.folder import Folder
from clirbench.results.scores import RBO
from clirbench.spec.cell import Cell
from clirbench.spec.model import Suite

if TYPE_CHECKING:
    from clirbench.statistics import Comparisons, Design
    from clirbench.statistics.families import PlannedFamily

__all__ = [
    "HARMED",
    "Condition",
    "Kind",
    "Measured",
    "Scored",
    "Value",
    "condition_of",
    "conditions_json",
    "read_conditions",
]

_FLIPS, _RESAMPLES = 10_000, 2_000
"""Sign flips and bootstrap samples at most, for there are many conditions."""
HARMED = "worse than zero-shot"
"""Name of the measure of topics that are made worse than zero-shot."""
_PARTS = ("scores", "losses", "overlap", "harmed")
Scored: TypeAlias = "Mapping[Cell, Mapping[str, float]]"
"""Cell, under the name of its plain pair, to topic to score."""
Value: TypeAlias = "float | str | None"


@dataclass(frozen=True, slots=True)
class Kind:
    """A file of conditions."""

    file: str
    """Name in the results folder."""
    format: str
    version: int
    keys: tuple[str, str]
    """What it calls a condition's name and value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The methods under one condition."""

    name: str
    """Name of what is varied: a perturbation, or an axis of the sweep."""
    value: Value
    """For a perturbation, the share of the words. 0: unperturbed topics of the same pairs. None:
    the area under the curve over all shares, from 0 to the largest, divided by the largest. For an
    axis of a sweep, the value as in a suite file."""
    scores: Comparisons
    """Scores under the condition; of a sweep, with comparisons of each method with the
    reference."""
    losses: Comparisons
    """What each topic lost: its score less that under the condition. Its comparisons are of each method
    with the reference, on what both lost: method × condition."""
    overlap: Comparisons | None = None
    """Rank-biased overlap of each topic's ranking with that of the topic as it is. Only its means are
    filled. None: at share 0, for the area, or where it was not measured."""
    harmed: Comparisons | None = None
    """Share of topics on which a method scores less than zero-shot does as it is: its means. None: for the
    area, or without zero-shot."""
    reference: str | None
    """The method that the others are compared with. None: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Scores under a condition, and those of the same cells as they are."""

    scores: Scored
    plain: Scored
    clusters: Clusters
    overlap: Scored = field(default_factory=dict)
    """Of the rankings of the two; empty where it was not measured."""
    stepwise: bool = True
    """Whether the scores are of one condition, and not of a curve over several."""
    changed: bool = True
    """Whether anything is other than in the suite, so that losses are compared."""
    compared: bool = False
    """Whether methods are compared by their scores, too."""
    same: frozenset[str] = frozenset()
    """Methods for which the condition changes nothing, so that they have nothing to lose."""


def condition_of(suite: Suite, name: str, value: Value, measured: Measured) -> Condition:
    """Compare the methods under a condition, by the suite's first measure."""
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
    reference = _reference(suite, design, measured.same)
    at = (
        "area under the curve"
        if value is None
        else f"{value:g}"
        if isinstance(value, float)
        else value
    )
    lost = {c: {t: plain[c][t] - score for t, score in topics.items()} for c, topics in own.items()}
    # What is no score has no share of a gap between scores.
    bare = replace(design, zero_shot=None, oracle=None)
    worse = _harmed(own, plain, design.zero_shot) if measured.stepwise else {}

    def compared(
        values: Scored, what: str, how: Design, families: Sequence[PlannedFamily] = ()
    ) -> Comparisons:
        laid: Mapping[Cell, TopicScores] = {
            c: {t: {what: score} for t, score in topics.items()} for c, topics in values.items()
        }
        return compare(scores_by(laid, what, how, clusters), design=how, families=families)

    def family(part: str, label: str, without: frozenset[str]) -> tuple[PlannedFamily, ...]:
        return _family(design, reference, part, f"{label} with {name} at {at}", without)

    return Condition(
        name=name,
        value=value,
        scores=compared(
            own,
            measure,
            design,
            family("scores", measure, frozenset()) if measured.compared else (),
        ),
        losses=compared(
            lost,
            f"loss of {measure}",
            design,
            family("losses", "what is lost", measured.same) if measured.changed else (),
        ),
        overlap=compared(measured.overlap, RBO, bare) if measured.overlap else None,
        harmed=compared(worse, HARMED, bare) if worse else None,
        reference=reference,
    )


def conditions_json(conditions: Sequence[Condition], kind: Kind) -> str:
    """Give the text of a file of conditions, each with comparisons as `comparisons.json` has them."""
    from clirbench.statistics import to_json

    name, value = kind.keys
    found = [
        {
            name: each.name,
            value: each.value,
            "reference": each.reference,
            "comparisons": {
                part: json.loads(to_json([found]))
                for part in _PARTS
                if (found := getattr(each, part)) is not None
            },
        }
        for each in conditions
    ]
    document = {"format": kind.format, "version": kind.version, "conditions": found}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def read_conditions(results: Folder, kind: Kind) -> tuple[Condition, ...]:
    """Read what `conditions_json` wrote; none where the suite has none of the kind.

    Raises:
        DataError: the file is damaged, or of another version.
    """
    from clirbench.files import parse_json
    from clirbench.statistics import from_json

    text, at = results.analysed_text(kind.file), results.path / kind.file
    if text is None:
        return ()
    name, value = kind.keys
    try:
        document = parse_json(text)
        if document["format"] != kind.format or document["version"] != kind.version:
            raise DataError(
                f"{at}: not a file of {kind.format} of version {kind.version}; run `clirbench "
                "analyse` to remake it"
            )
        found = []
        for each in document["conditions"]:
            parts = {
                part: from_json(json.dumps(each["comparisons"][part]))[0]
                for part in _PARTS
                if part in each["comparisons"]
            }
            own, reference = each[value], each["reference"]
            found.append(
                Condition(
                    name=str(each[name]),
                    value=own if own is None or isinstance(own, str) else float(own),
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


def _harmed(own: Scored, plain: Scored, zero_shot: str | None) -> Scored:
    """1 for each topic with a score below that of zero-shot as it is, else 0."""
    floor = {cell.pair: topics for cell, topics in plain.items() if cell.method == zero_shot}
    return {
        cell: {topic: float(score < floor[cell.pair][topic]) for topic, score in topics.items()}
        for cell, topics in own.items()
        if cell.pair in floor
    }


def _reference(suite: Suite, design: Design, same: Iterable[str]) -> str | None:
    """The method of the hypothesis that another is to be better than, else the floor, else the first.

    None of those that have nothing to lose.
    """
    labels = [m.name for m in design.methods if m.name not in {design.oracle, *same}]
    claim = suite.hypothesis.than if suite.hypothesis else None
    wanted = (claim, design.zero_shot, *labels)
    return next((one for one in wanted if one in labels), None) if len(labels) > 1 else None


def _family(
    design: Design, reference: str | None, part: str, label: str, without: frozenset[str]
) -> tuple[PlannedFamily, ...]:
    """Each method but some with the reference, on each pair and macro mean: one family."""
    from clirbench.statistics.families import Member, PlannedFamily

    left_out = {reference, design.oracle, *without}
    others = [method.name for method in design.methods if method.name not in left_out]
    if reference is None or not others:
        return ()
    members = tuple(
        Member(other, reference, scope.name) for scope in design.scopes for other in others
    )
    told = f"{label}, each of {len(others)} methods against {reference}: {len(members)} comparisons"
    return (PlannedFamily(part, told, members),)
