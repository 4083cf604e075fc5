"""Measures by ir-measures, topic by topic."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from clirbench.data.base import Judgments, TopicScores
from clirbench.wording import close

if TYPE_CHECKING:
    from ir_measures.measures import Measure

    from clirbench.retrieval.run import Ranked

__all__ = ["evaluate", "meant", "parsed_measure", "unmeasurable"]

_LONGEST = 100
"""Characters of a measure's name."""
_DEEPEST = 10_000
"""A run keeps no more documents of a topic."""
_GRADES = 2**31
_TREC = {"mapcut": "AP", "ndcgcut": "nDCG", "reciprank": "RR"}
"""Names of trec_eval that are not ir-measures' in small letters, without their underscores."""


def evaluate(
    run: Mapping[str, Ranked], judgments: Judgments, measures: Sequence[str]
) -> TopicScores:
    """Score every judged topic; one without results, or without a relevant document, counts 0.

    Args:
        run: topic → documents, best first, with scores that strictly fall.
        judgments: topic → document → grade.
        measures: in the form of ir-measures, such as `nDCG@10`; no two names for one measure.
    """
    import ir_measures

    parsed = {name: ir_measures.parse_measure(name) for name in measures}
    # By number: the provider of ERR@k and nDCG(dcg='exp-log2')@k fails on topics that are not called so,
    # and takes "a-1" and "b-1" for one.
    topics = {str(number): topic for number, topic in enumerate(judgments, 1)}
    qrels = {number: dict(judgments[topic]) for number, topic in topics.items()}
    scores: TopicScores = {topic: dict.fromkeys(measures, 0.0) for topic in judgments}
    # A measure of the first k documents gets just those: some providers sort all that they get.
    by_depth: dict[int | None, dict[Measure, str]] = {}
    for name, measure in parsed.items():
        by_depth.setdefault(_depth(measure), {})[measure] = name
    for depth, names in by_depth.items():
        ranked = {
            number: dict(zip(own.documents[:depth], own.scores[:depth].tolist(), strict=True))
            for number, topic in topics.items()
            if (own := run.get(topic)) and own.documents
        }
        for metric in ir_measures.iter_calc(names, qrels, ranked):
            scores[topics[metric.query_id]][names[metric.measure]] = metric.value
    return scores


def parsed_measure(measure: str) -> Measure:
    """Read the name of a measure and check its parameters, which providers take as they come.

    Some of them abort the process, or count with what no ranking has.

    Raises:
        NameError: there is no measure of that name.
        ValueError: it is not written as measures are, or a parameter is not one; says why.
    """
    import ir_measures

    if len(measure) > _LONGEST:
        raise ValueError(f"{len(measure):,} characters; expected {_LONGEST} at most")
    try:
        parsed: Measure = ir_measures.parse_measure(measure)
    except NameError:
        raise
    except Exception as error:  # whatever Python's own parser and a call may raise
        raise ValueError(str(error)) from error
    known = parsed.SUPPORTED_PARAMS
    for name in parsed.params:
        if name not in known:
            allowed = ", ".join(known) or "none"
            raise ValueError(f"has no parameter {name}; it has {allowed}")
    cutoff = parsed.params.get("cutoff")
    if "cutoff" in parsed.params and not (type(cutoff) is int and 1 <= cutoff <= _DEEPEST):
        raise ValueError(
            f"the cut-off must be a whole number from 1 to {_DEEPEST:,} (got {cutoff!r})"
        )
    for name in ("rel", "max_rel"):
        value = parsed.params.get(name, 1)
        if isinstance(value, int) and not (type(value) is int and 1 <= value < _GRADES):
            raise ValueError(f"{name} must be a whole number, 1 or more (got {value!r})")
    try:
        parsed.validate_params()
    except (AssertionError, TypeError) as error:
        raise ValueError(re.sub("<object object at .*>", "nothing", str(error))) from error
    return parsed


def meant(measure: str, there: Collection[str] | None = None) -> str:
    """Ask whether the measure was meant that trec_eval calls so, or that is like it: `ndcg_cut_10` → nDCG@10.

    Args:
        measure: a name that is not known.
        there: the measures that there are; None: all that can be written.
    """
    import ir_measures

    known = {name.lower().replace("_", ""): name for name in ir_measures.measures.registry} | _TREC
    parts = re.fullmatch(r"([a-z_]+?)_?(?:[@_.]([0-9]+))?", measure.lower())
    name = known.get(parts[1].replace("_", "")) if parts else None
    if parts and name:
        cutoff = f"@{parts[2]}" if parts[2] else ""
        with suppress(NameError, ValueError):
            found = str(parsed_measure(f"{name}{cutoff}"))
            if there is None or found in there:
                return f'; did you mean "{found}"?'
    return close(measure, there or ())


def unmeasurable(measure: str) -> str | None:
    """Say why a measure cannot be had with the packages that are installed; None: it can be."""
    import ir_measures

    try:
        parsed = ir_measures.parse_measure(measure)
        # These two always come with ir-measures, and a trial loads NumPy, a tenth of a second.
        if ir_measures.pytrec_eval.supports(parsed) or ir_measures.msmarco.supports(parsed):
            return None
        from clirbench.retrieval.run import Ranked

        evaluate({"1": Ranked.of({"d": 1.0})}, {"1": {"d": 1}}, [measure])
    except Exception as error:  # noqa: BLE001 - each provider fails in its own way
        return " ".join(str(error).split())
    return None


def _depth(measure: Measure) -> int | None:
    """How many of the first documents a measure looks at; None: it may be any."""
    if measure.params.get("judged_only"):
        return None
    return cast("int | None", measure.params.get("cutoff"))
