"""What stands below a table: what its numbers are means of, and what its marks mean."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import PurePath
from statistics import median

from clirbench.analysis.differences import flat
from clirbench.analysis.ranking import ranking
from clirbench.analysis.weak import FEW_TOPICS
from clirbench.data.base import JSON
from clirbench.data.words import uncut
from clirbench.report.interaction import interaction_notes
from clirbench.report.training_notes import cut_notes, noise_notes
from clirbench.results.folder import Folder
from clirbench.spec.model import Suite, SuiteMethod
from clirbench.statistics import (
    Comparison,
    Comparisons,
    mean_name,
    name_of_tests,
    number,
    p_value,
    topics_of,
)
from clirbench.wording import counted, listed, show

__all__ = [
    "BETTER",
    "WORSE",
    "encoder_notes",
    "suite_notes",
    "table_notes",
    "transfer_notes",
    "word_notes",
]

BETTER, WORSE = "▲", "▼"
_SHOWN = 5
"""Missing cells that a note names; of the others it gives the number."""
_VERSIONS = 3
"""Versions of one package that a note names."""
_DIGITS = 9
"""Of a commit's name, which has forty."""


def table_notes(comparisons: Comparisons, versus: str | None, means: Sequence[str]) -> list[str]:
    """Say what was measured, on what, which test marks what, and what is missing.

    Args:
        comparisons: of the table's measure.
        versus: the reference of the marks; none: nothing is compared with it.
        means: the macro means that have a column.
    """
    design = comparisons.design
    notes = [_means(comparisons, means), *_seeds(comparisons), *_ranks(comparisons)]
    if versus is not None:
        families = "; ".join(family.label for family in comparisons.families)
        notes.append(
            f"{BETTER}{WORSE}: significantly better, worse than {versus} at {design.alpha:g}: "
            f"{name_of_tests(design)}. Families: {families}."
        )
    notes += _few(comparisons)
    if comparisons.missing_cells:
        missing = list(map(str, comparisons.missing_cells))
        notes.append(f"Missing (–): {listed(missing, _SHOWN)}.")
    return [*notes, *comparisons.remarks]


def suite_notes(results: Folder, measure: str) -> Iterator[str]:
    """Say what the suite adds to a table: its caption, how methods were tuned, trained, quoted.

    Raises:
        DataError: a file of the results folder is damaged.
    """
    if caption := results.caption:
        yield f"{caption[0].upper()}{caption[1:]}."
    if results.suite.tune and results.choices:
        topics = [count for choice in results.choices for count in choice.topics]
        *_, choice = results.choices
        on = f" of {listed(results.suite.tune.pairs, _SHOWN)}" if results.suite.tune.pairs else ""
        yield (
            f"Trained methods are tuned: each is the best of {choice.trials} trials by "
            f"{mean_name(choice.measure)} on {_range(topics)} development topics{on}. Those "
            "topics are not in this table."
        )
        if further := [each.name for each in results.choices if each.further]:
            yield (
                "The best trial had the lowest or highest learning rate, so one more was tried "
                f"a step beyond it: {listed(further, _SHOWN, between=', ')}."
            )
        if edges := [f"{each.name} ({each.edge})" for each in results.choices if each.edge]:
            yield (
                "Not bracketed: the best trial still has the lowest or highest learning rate "
                f"tried, so another may be better: {listed(edges, _SHOWN, between=', ')}."
            )
    yield from interaction_notes(results, measure)
    yield from cut_notes(results)
    yield from noise_notes(results)
    yield from encoder_notes(results.suite)
    yield from transfer_notes(results.suite)
    yield from word_notes(results.suite)
    if unequal := [
        f"{entry.label} ({', '.join(f'{key} = {_given(value)}' for key, value in other.items())})"
        for entry in results.suite.methods
        if (other := _other_training(results.suite, entry))
    ]:
        yield f"Trained with other settings than the other methods: {'; '.join(unequal)}."
    yield from _versions(results.made_with)
    yield from (f"{note}." for note in results.notes)
    for quoted in results.suite.quoted:
        if measure in quoted.scores:
            yield f"{quoted.label} (quoted): not measured here, but taken from {quoted.source}."


def encoder_notes(suite: Suite) -> Iterator[str]:
    """Say which models there are beside the teacher."""
    teacher = suite.teacher
    if suite.student:
        start = _short(suite.student.backbone)
        yield f"Students start from {start}; their teacher is {_short(teacher.backbone)}."
    for entry in suite.methods:
        if reader := entry.method.encoder(teacher):
            kind = "late interaction" if reader.interaction == "late" else "a single vector"
            yield (
                f"{entry.label}: {_short(reader.backbone)} unchanged, {kind}, with an index of "
                "its own."
            )


def transfer_notes(suite: Suite) -> Iterator[str]:
    """Say which pairs are searched with what was learned for another."""
    by_student: dict[str, list[str]] = {}
    for pair in suite.pairs:
        if pair.student:
            by_student.setdefault(pair.student, []).append(str(pair))
    for student, pairs in by_student.items():
        yield (
            f"Transfer: {', '.join(pairs)}: searched with the students, maps, lexicons and "
            f"translators of {student}; nothing was trained for "
            f"{'it' if len(pairs) == 1 else 'them'}."
        )


def word_notes(suite: Suite) -> Iterator[str]:
    """Say of which languages the words cannot be told apart, if a method matches words."""
    methods = [
        entry.label for entry in suite.methods if (entry.method.searcher or entry.method).by_words
    ]
    languages = dict.fromkeys(code for pair in suite.pairs for code in (pair.query, pair.documents))
    if methods:
        for told in filter(None, map(uncut, languages)):
            yield f"{', '.join(methods)}: {told}."


def _short(backbone: str) -> str:
    """A model's name: of a folder the last part of its path."""
    local = backbone.startswith((".", "/", "~")) or backbone.count("/") > 1
    return PurePath(backbone).name if local else backbone


def _versions(made_with: Sequence[Mapping[str, JSON]]) -> Iterator[str]:
    """Say in what those versions differ that the figures were made with."""
    known = [_told(one) for one in made_with if one]
    keys = sorted({key for one in known for key in one})
    differ = [
        f"{key.removeprefix('packages.')} {listed(sorted(values), _VERSIONS, between=', ')}"
        for key in keys
        if len(values := {one.get(key, "none") for one in known}) > 1
    ]
    if differ:
        yield (
            f"Made with more than one version: {listed(differ, _SHOWN)}. Differences between "
            "rows may come from that."
        )
    if known and len(known) < len(made_with):
        yield "A part was made by an earlier clirbench, which did not record its versions."


def _told(made: Mapping[str, JSON]) -> dict[str, str]:
    """Versions by their names; where the code is in no repository, there is nothing of git."""
    told = {key: value.strip('"') for key, value in flat(dict(made)).items() if value != "null"}
    dirty = told.pop("git.dirty", "") == "true"
    if "git.revision" in told:
        told["git.revision"] = told["git.revision"][:_DIGITS] + " with changes" * dirty
    return told


def _other_training(suite: Suite, entry: SuiteMethod) -> dict[str, object]:
    """What of a method's training is not as the suite says; a comparison is fair where nothing is."""
    general = asdict(suite.training)
    return {key: own for key, own in asdict(entry.training).items() if own != general[key]}


def _given(value: object) -> str:
    """A setting as it may stand in a suite file."""
    return "none" if value is None else show(value)


def _range(counts: Collection[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low}" if low == high else f"{low} to {high}"


def _means(comparisons: Comparisons, means: Sequence[str]) -> str:
    design = comparisons.design
    found = [comparisons.mean(m.name, p.name) for m in design.methods for p in design.pairs]
    topics, clusters = {one.topics for one in found}, {one.clusters for one in found}
    seeds = len(design.seeds)
    text = (
        f"{mean_name(comparisons.measure)}: mean over {_range(topics)} topic{'s' * (topics != {1})}"
    )
    if clusters != topics:
        text += f" of {_range(clusters)} {counted(2, comparisons.cluster).removeprefix('2 ')}"
    if seeds:
        text += f" and, for trained methods, {counted(seeds, 'seed')}"
    if means:
        text += f"; {', '.join(means)}: macro mean{'s' * (len(means) > 1)} over language pairs"
    oracle = f" but for {design.oracle}" if design.oracle else ""
    return f"{text}. Bold: best{oracle}; underlined: second."


def _ranks(comparisons: Comparisons) -> Iterator[str]:
    """The mean rank of every method, the best first."""
    if (found := ranking(comparisons)) is None:
        return
    design = comparisons.design
    over = "topics and seeds" if len(design.seeds) > 1 else "topics"
    ranks = [f"{name} {one}" for name, one in found.methods]
    yield (
        f"Mean rank over {counted(found.pairs, 'language pair')}, with {100 * (1 - design.alpha):g} % "
        f"intervals over {over}: {', '.join(ranks)}."
    )


def _few(comparisons: Comparisons) -> Iterator[str]:
    """Say where there are too few topics for a t-test, or for any p to be significant."""
    design = comparisons.design
    found = [comparisons.mean(m.name, p.name) for m in design.methods for p in design.pairs]
    least = min((one for one in found if one.topics), key=lambda one: one.clusters, default=None)
    primary = [one for one in (comparisons.primary,) if isinstance(one, Comparison)]
    every = (*primary, *comparisons.comparisons)
    if least and least.clusters <= FEW_TOPICS and {one.test for one in every} & {"crossed", "t"}:
        yield (
            f"With {topics_of(least, comparisons.cluster)}, the p of a t-test is only "
            "approximate if scores are skewed; compare p_randomisation in comparisons.json."
        )
    for family in comparisons.families:
        own = [one for one in every if one.family == family.name]
        first = min(own, key=lambda one: one.least_p, default=None)
        times = family.size if design.correction in {"holm", "bonferroni"} else 1
        if first and first.least_p * times > design.alpha:
            few = "topics" if first.exact or first.test == "wilcoxon" else "sign flips"
            yield (
                f"None of these can be significant at {design.alpha:g}: {family.label}. With so few {few} "
                f"the smallest p is {p_value(first.least_p).removeprefix('= ')}, before correction."
            )


def _seeds(comparisons: Comparisons) -> Iterator[str]:
    """How much seeds vary, and how well that is known."""
    design = comparisons.design
    found = sorted(
        one.seed_sd
        for one in comparisons.means
        if one.seed_sd is not None and any(one.on == pair.name for pair in design.pairs)
    )
    if found:
        low, high = (number(sd, digits=4) for sd in (found[0], found[-1]))
        span = low if low == high else f"{low} to {high}"
        yield (
            f"Over seeds a trained method's mean on a language pair has a standard deviation of {span} "
            f"(median {number(median(found), digits=4)}), each with "
            f"{counted(len(design.seeds) - 1, 'degree')} of freedom."
        )
    elif len(design.seeds) == 1 and any(method.trained for method in design.methods):
        yield "There is a single seed, so the variation between trainings is not known."
