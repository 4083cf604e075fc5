"""What a site shows of many suites: the answer of each, and each method across all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from clirbench.report.page.answer import AnswerSection, answer_section, minus
from clirbench.report.table import Entry, ResultTable, table_of
from clirbench.results.folder import Folder
from clirbench.spec.model import LanguagePair
from clirbench.statistics import Comparisons, mean_name
from clirbench.wording import counted

__all__ = ["ALL", "CrossColumn", "CrossTable", "SuiteCard", "cross_tables", "suite_card"]

ALL = "*"
"""Tag of what is shown where no language is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteCard:
    """A suite on the first page."""

    name: str
    """Differs from that of every other suite of the site."""
    address: str
    """Of its report, as a link has it."""
    results: Folder
    facts: tuple[str, ...]
    question: AnswerSection | None
    """The hypothesis by the suite's own measure; None: it states none."""
    answer: str
    """The sentence for a paper; empty without a hypothesis."""
    remarks: tuple[str, ...]
    methods: tuple[str, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossColumn:
    """A suite's mean over its language pairs, or one of these."""

    suite: str
    on: str
    tags: tuple[str, ...]
    """The languages that it is shown for; `ALL`: where none is chosen."""
    entries: Mapping[str, Entry]
    """By method."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossTable:
    """All methods on all suites by one measure."""

    mean: str
    columns: tuple[CrossColumn, ...]
    methods: tuple[str, ...]
    """Those of most suites first."""
    notes: tuple[str, ...]


def suite_card(results: Folder, name: str, address: str, facts: Sequence[str]) -> SuiteCard:
    """Tell what a suite asked and what came of it.

    Raises:
        DataError: a file of the folder is damaged.
    """
    main = results.measures[0]
    design = main.design
    question = answer_section(results, main)
    pairs = ", ".join(pair.name for pair in design.pairs)
    counts = [pairs, counted(len(design.methods), "method")]
    counts += [counted(len(design.seeds), "seed")] if design.seeds else []
    return SuiteCard(
        name=name,
        address=address,
        results=results,
        facts=(*counts, *facts),
        question=question,
        answer=minus(question.answer.text) if question else "",
        remarks=main.remarks,
        methods=tuple(method.name for method in design.methods),
        languages=tuple(dict.fromkeys(code for p in results.suite.pairs for code in _codes(p))),
    )


def cross_tables(cards: Sequence[SuiteCard]) -> tuple[CrossTable, ...]:
    """Lay out a table for each measure; one that most suites begin with comes first.

    Raises:
        DataError: a file of a folder is damaged.
    """
    every = [found.measure for card in cards for found in card.results.measures]
    firsts = [card.results.measures[0].measure for card in cards]
    measures = sorted(dict.fromkeys(every), key=lambda one: (-firsts.count(one), -every.count(one)))
    return tuple(_cross(measure, cards) for measure in measures)


def _cross(measure: str, cards: Sequence[SuiteCard]) -> CrossTable:
    having = [
        (card, found)
        for card in cards
        for found in card.results.measures
        if found.measure == measure
    ]
    methods = [name for card, _ in having for name in card.methods]
    return CrossTable(
        mean=mean_name(measure),
        columns=tuple(column for card, found in having for column in _columns(card, found)),
        methods=tuple(sorted(dict.fromkeys(methods), key=lambda one: -methods.count(one))),
        notes=tuple(_notes(measure, cards, [card for card, _ in having])),
    )


def _columns(card: SuiteCard, found: Comparisons) -> Iterator[CrossColumn]:
    """The mean over all pairs, then each pair; a single pair is both."""
    table = table_of(card.results, found, titled=False)
    codes = {str(pair): _codes(pair) for pair in card.results.suite.pairs}
    overall = found.design.scope("all").name
    for name in dict.fromkeys((overall, *(pair.name for pair in found.design.pairs))):
        tags = (ALL,) * (name == overall) + codes.get(name, ())
        on = name if name in codes else f"all {len(found.design.pairs)} pairs"
        yield CrossColumn(suite=card.name, on=on, tags=tags, entries=_entries(table, name))


def _entries(table: ResultTable, on: str) -> Mapping[str, Entry]:
    place = [column.name for column in table.columns].index(on)
    return {method: entries[place] for method, entries in table.rows}


def _notes(measure: str, cards: Sequence[SuiteCard], having: Sequence[SuiteCard]) -> Iterator[str]:
    levels = sorted({f"{100 * (1 - card.results.measures[0].design.alpha):g}" for card in having})
    yield (
        f"{mean_name(measure)}: mean over all language pairs of a suite, or of one language pair. In "
        f"brackets: {' or '.join(levels)} % bootstrap interval over topics; sd: standard deviation over "
        "seeds. Bold: best of its column but for the oracle; underlined: second."
    )
    if differing := list(_differing(having)):
        yield f"Settings differ between suites: {', '.join(differing)}."
    if lacking := [card.name for card in cards if card not in having]:
        yield f"Not measured by {mean_name(measure)}: {', '.join(lacking)}."


def _differing(cards: Sequence[SuiteCard]) -> Iterator[str]:
    """Name the methods that suites set otherwise, training apart."""
    every = [entry for card in cards for entry in card.results.suite.methods]
    for label in dict.fromkeys(entry.label for entry in every):
        first, *others = (entry.method for entry in every if entry.label == label)
        if any(other != first for other in others):
            yield label


def _codes(pair: LanguagePair) -> tuple[str, ...]:
    return tuple(dict.fromkeys((pair.query, pair.documents)))
