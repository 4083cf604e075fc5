"""Checks across the sections of a suite: what is right in itself, but does not go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clirbench.data.base import CollectionSource, Part
from clirbench.retrieval.measures import meant, parsed_measure, unmeasurable
from clirbench.retrieval.xor import ANSWER_MEASURES
from clirbench.spec.model import (
    ENGLISH,
    Hypothesis,
    LanguagePair,
    Quoted,
    Retrieval,
    Statistics,
    SuiteMethod,
    first_stage,
)
from clirbench.spec.problems import Problems
from clirbench.spec.toml import Key
from clirbench.wording import nearest, show

__all__ = [
    "check_adapted",
    "check_axes",
    "check_bitext",
    "check_data",
    "check_documents",
    "check_hypothesis",
    "check_interaction",
    "check_measure",
    "check_quoted",
    "check_retrieval",
    "check_runs",
    "check_scope",
]

_WORDS = frozenset({"bitext", "lexicon"})
"""Needs that a bitext meets, of the query language with English."""


def check_axes(
    problems: Problems,
    seeds: Sequence[int],
    measures: Sequence[str],
    collection: CollectionSource | None,
) -> None:
    """Note measures that nobody knows or the collection cannot have, and what stands twice."""
    names: dict[object, str] = {}
    for index, measure in enumerate(measures):
        at: Key = ("suite", "measures", index)
        if parsed := check_measure(problems, measure, at, collection):
            other = names.setdefault(parsed, measure)
            if other != measure:
                problems.add(at, f"{show(measure)} is the same measure as {show(other)}")
    for name, values in (("seeds", seeds), ("measures", measures)):
        doubles = sorted({str(value) for value in values if list(values).count(value) > 1})
        if doubles:
            problems.add(("suite", name), f"{', '.join(doubles)} is given twice")


def check_measure(
    problems: Problems, measure: str, at: Key, collection: CollectionSource | None
) -> object:
    """Note what is wrong with a measure; gives what tells it from others, if nothing is."""
    import ir_measures

    if measure in ANSWER_MEASURES:
        if collection is not None and not collection.answered:
            problems.add(
                at,
                f"{show(measure)} needs a collection with answers, and {collection.name} has none",
            )
        return measure
    try:
        parsed = parsed_measure(measure)
    except ValueError as error:
        problems.add(at, f"measure {show(measure)}: {error}{meant(measure)}")
        return None
    except NameError:
        known = [*ir_measures.measures.registry, *ANSWER_MEASURES]
        problems.add(
            at, f"unknown measure {show(measure)}{meant(measure) or nearest(measure, known)}"
        )
        return None
    if fault := unmeasurable(measure):
        problems.add(at, f"no installed package computes {show(measure)}: {fault}")
        return None
    return parsed


def check_hypothesis(
    problems: Problems,
    hypothesis: Hypothesis,
    pairs: Sequence[LanguagePair | None],
    methods: Sequence[SuiteMethod | None],
) -> None:
    """Note methods and pairs that the hypothesis names and the suite does not have."""
    at: Key = ("suite", "hypothesis")
    labels = [method.label for method in methods if method]
    for side in ("better", "than"):
        if (label := getattr(hypothesis, side)) not in labels:
            problems.add((*at, side), f"no method {show(label)}{nearest(label, labels)}")
    if hypothesis.better == hypothesis.than:
        problems.add((*at, "than"), "compares a method with itself")
    groups = {"all", *(pair.resource for pair in pairs if pair), *(str(pair) for pair in pairs)}
    if hypothesis.on not in groups:
        problems.add((*at, "on"), f"no pairs {show(hypothesis.on)}{nearest(hypothesis.on, groups)}")


def check_interaction(
    problems: Problems,
    statistics: Statistics,
    methods: Sequence[SuiteMethod | None],
) -> None:
    """Note methods that the interaction names and the suite does not have, and differences of nothing."""
    at: Key = ("statistics", "interaction")
    interaction = statistics.interaction
    if interaction is None or None in methods:
        return
    labels = [method.label for method in methods if method]
    for index, (one, other) in enumerate(interaction):
        for label in (one, other):
            if label not in labels:
                problems.add((*at, index), f"no method {show(label)}{nearest(label, labels)}")
        if one == other:
            problems.add((*at, index), "compares a method with itself")
    if len({frozenset(each) for each in interaction}) == 1:
        problems.add(at, "compares a difference with itself")


def check_bitext(
    problems: Problems,
    values: Mapping[str, Any],
    pairs: Sequence[LanguagePair | None],
    methods: Sequence[SuiteMethod | None],
) -> None:
    """Note pairs without bitext where a method learns from it."""
    learning = [entry.label for entry in methods if entry and entry.learns]
    for index, pair in enumerate(pairs):
        given = values["pair"][index]
        alone = pair and not pair.bitext and not pair.student and not given.get("bitext")
        if learning and alone:
            problems.add(
                ("pair", index, "bitext"), f"missing, but {', '.join(learning)} learn from bitext"
            )


def check_runs(
    problems: Problems, pairs: Sequence[LanguagePair | None], methods: Sequence[SuiteMethod | None]
) -> None:
    """Note settings that do not go with the pairs, and files and folders that are not there."""
    names = [str(pair) for pair in pairs if pair]
    for index, entry in enumerate(methods):
        if entry is None:
            continue
        for key, fault in entry.method.faults(names):
            problems.add(("method", index, *key), fault)


def check_data(
    problems: Problems,
    collection: CollectionSource | None,
    pairs: Sequence[LanguagePair | None],
    methods: Sequence[SuiteMethod | None],
) -> None:
    """Note what the pairs, and the methods on them, need and their data have not."""
    readers = [entry.label for entry in methods if entry and entry.method.in_english]
    for index, pair in enumerate(pairs):
        if pair is None:
            continue
        at: Key = ("pair", index)
        needs: list[tuple[Part, str, str]] = [
            ("topics", pair.query, ""),
            ("documents", pair.documents, ""),
        ]
        if readers:
            needs.append(("translations", pair.documents, f", which {', '.join(readers)} reads"))
        for part, language, why in needs:
            if collection and (lack := collection.lacks(part, language)):
                problems.add(at, lack + why)
        for place, bitext in enumerate(pair.bitext):
            for language in pair.foreign:
                if lack := bitext.source.lacks("pairs", language):
                    problems.add((*at, "bitext", place), lack)


def check_documents(
    problems: Problems, pairs: Sequence[LanguagePair | None], methods: Sequence[SuiteMethod | None]
) -> None:
    """Note pairs whose documents are not English where a method needs that they are."""
    only = [
        entry.label
        for entry in methods
        if entry and (not entry.method.any_documents or entry.method.requires & _WORDS)
    ]
    for index, pair in enumerate(pairs):
        if only and pair and pair.documents != ENGLISH:
            problems.add(
                ("pair", index, "documents"),
                f'must be "{ENGLISH}" (got {show(pair.documents)}), since {", ".join(only)} '
                "can search only English documents",
            )


def check_scope(problems: Problems, methods: Sequence[SuiteMethod | None]) -> None:
    """Note trained methods that are to learn all pairs at once and cannot."""
    for index, entry in enumerate(methods):
        alone = entry and entry.trained and entry.method.reader != "student"
        if entry and alone and entry.training.scope == "joint":
            problems.add(
                ("method", index, "training", "scope"),
                f"{entry.label} cannot learn several pairs jointly; give it training = {{ scope "
                '= "pair" }',
            )


def check_adapted(problems: Problems, methods: Sequence[SuiteMethod | None]) -> None:
    """Note parts that are to be frozen, or changed by low ranks, of what is no encoder."""
    for index, entry in enumerate(methods):
        if entry is None or not entry.trained or entry.method.reader in {"student", "ranker"}:
            continue
        for key in ("freeze", "lora"):
            if getattr(entry.training, key):
                text = f"{entry.label} trains no encoder, so this setting has no effect"
                problems.add(("method", index, "training", key), text)


def check_retrieval(
    problems: Problems, retrieval: Retrieval, methods: Sequence[SuiteMethod | None]
) -> None:
    """Note a first stage that is missing, not needed, or of no use, be it of one method alone."""
    at: Key = ("retrieval", "first")
    labels = [entry.label for entry in methods if entry and not entry.trained]
    if retrieval.mode == "search":
        if retrieval.first is not None:
            problems.add(at, 'only for mode = "rerank"')
    elif retrieval.first is None:
        problems.add(at, f"missing; name a method without seeds: {', '.join(labels)}")
    elif None not in methods and retrieval.first not in labels:
        problems.add(
            at,
            f"no method without seeds {show(retrieval.first)}{nearest(retrieval.first, labels)}",
        )
    known = {entry.label: entry for entry in methods if entry and not entry.trained}
    for index, entry in enumerate(methods):
        if entry is None or "first" not in entry.method.requires or None in methods:
            continue
        way = [entry.label]
        while (name := first_stage(entry, retrieval)) and name in known and name not in way:
            entry = known[name]  # noqa: PLW2901 - on to what it rests on
            way.append(name)
        if name in way:
            text = f"re-ranks its own run: {' ← '.join([*way, name])}"
            problems.add(("method", index, "first"), text)
        elif name is not None:
            text = f"no method without seeds {show(name)}{nearest(name, known)}"
            problems.add(("method", index, "first"), text)


def check_quoted(
    problems: Problems,
    quoted: Sequence[Quoted | None],
    measures: Sequence[str],
    pairs: Sequence[LanguagePair | None],
) -> None:
    """Note quoted figures by measures, or on pairs, that the suite does not have."""
    names = [str(pair) for pair in pairs if pair]
    for index, each in enumerate(quoted):
        for measure, scores in each.scores.items() if each else ():
            at: Key = ("quoted", index, "scores", measure)
            if measure not in measures:
                near = meant(measure, measures) or nearest(measure, measures)
                problems.add(at, f"no measure of the suite{near}")
            for pair in scores:
                if pair not in names and None not in pairs:
                    problems.add((*at, pair), f"no pair of the suite{nearest(pair, names)}")
