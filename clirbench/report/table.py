"""The table, before it is drawn: methods × language pairs by one measure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from clirbench.errors import StatisticsError, SuiteError
from clirbench.report.notes import BETTER, WORSE, suite_notes, table_notes
from clirbench.results.folder import Folder
from clirbench.spec.model import Quoted, titles_of
from clirbench.statistics import Comparison, Comparisons, MethodMean, mean_name, number
from clirbench.wording import nearest

__all__ = ["MEAN", "Column", "Entry", "ResultTable", "Style", "number", "result_table", "table_of"]

_CLASSES = ("low", "medium", "high")
MEAN = "mean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A language pair, or the macro mean of a group."""

    name: str
    group: str
    """Resource class of a pair; "mean" for a macro mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A method's score in a column."""

    text: str
    found: MethodMean
    """The mean behind the text, with its interval."""
    compared: Comparison | None = None
    """The method against the reference."""
    best: bool = False
    second: bool = False
    mark: str = ""
    """▲ or ▼: significantly better or worse than the reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How numbers and names are written."""

    titles: Mapping[str, str] = field(default_factory=dict)
    """As those of a table, of which each must be the name of something in it."""
    digits: int | None = None
    """Behind the point; None: 3, or 1 of per cent."""
    percent: bool = False

    def write(self, mean: float) -> str:
        """Write a mean."""
        if self.percent:
            return f"{100 * mean:.{1 if self.digits is None else self.digits}f}"
        return number(mean, digits=3 if self.digits is None else self.digits)


_USUAL = Style()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultTable:
    """What every renderer draws."""

    suite: str
    measure: str
    versus: str | None
    """The reference of the marks."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, tuple[Entry, ...]], ...]
    """Method and its entries."""
    notes: tuple[str, ...]
    quoted: tuple[tuple[str, tuple[Entry, ...]], ...] = ()
    """Rows of other publications, which are drawn below and take part in nothing else."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """What people are shown in place of the name of a method, pair, class or mean."""
    percent: bool = False
    """Whether the texts are of a hundred times the mean."""

    @property
    def drawn(self) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
        """All rows, as they stand below one another."""
        return self.rows + self.quoted

    @property
    def title(self) -> str:
        """Suite and mean, such as `ntrex: MAP`."""
        return f"{self.suite}: {mean_name(self.measure)}{' (%)' if self.percent else ''}"

    def shown(self, name: str) -> str:
        """Give what people are shown of a method, pair, class or mean."""
        return self.titles.get(name, name)


def result_table(
    comparisons: Comparisons,
    *,
    suite: str,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    versus: str | None = None,
    notes: Sequence[str] = (),
    quoted: Sequence[Quoted] = (),
    style: Style = _USUAL,
) -> ResultTable:
    """Lay out the table of one measure.

    The best and second of the rows shown, but for the oracle, are marked in each column; means that
    are shown as the same number share a place. ▲ and ▼ mark methods that differ significantly from
    the reference.

    Args:
        comparisons: of the measure.
        suite: name of the suite.
        rows: patterns such as `optical*` of the methods to show; none: all.
        columns: the same of pairs and macro means.
        versus: the reference; none: the hypothesis's rival, else the first trained method.
        notes: further ones, to stand below it.
        quoted: rows of other publications.
        style: of numbers and names.

    Raises:
        SuiteError: a pattern or a name matches nothing, or the reference is no method that is compared.
    """
    design = comparisons.design
    pairs = sorted(design.pairs, key=lambda pair: _CLASSES.index(pair.resource))
    scopes = {scope.name for scope in design.scopes}
    every = [Column(name=pair.name, group=pair.resource) for pair in pairs]
    every += [Column(name=g.name, group=MEAN) for g in design.groups if g.name in scopes]
    names = [column.name for column in every]
    chosen = set(_matching(names, columns, "--columns", "pairs and macro means"))
    shown = tuple(column for column in every if column.name in chosen)
    labels = _matching([m.name for m in design.methods], rows, "--rows", "methods")
    reference = _reference(comparisons, versus)
    drawn = [
        _column(
            [_entry(comparisons, label, column.name, reference, style) for label in labels],
            design.oracle,
        )
        for column in shown
    ]
    compared = any(entry.compared for column in drawn for entry in column)
    marked = reference if compared else None
    means = [column.name for column in shown if column.group == MEAN]
    return ResultTable(
        suite=suite,
        measure=comparisons.measure,
        versus=reference,
        columns=shown,
        rows=tuple((label, tuple(column[i] for column in drawn)) for i, label in enumerate(labels)),
        notes=_titled((*table_notes(comparisons, marked, means), *notes), style.titles),
        quoted=tuple(_quoted(comparisons, quoted, [column.name for column in shown], style)),
        titles=style.titles,
        percent=style.percent,
    )


def table_of(
    results: Folder,
    comparisons: Comparisons,
    *,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    versus: str | None = None,
    style: Style = _USUAL,
    titled: bool = True,
) -> ResultTable:
    """Lay out the table of one measure of a results folder, with the suite's own notes.

    Unless `titled` is false, the suite's titles stand in place of names.

    Raises:
        SuiteError: as `result_table`.
        DataError: a file of the folder is damaged.
    """
    _check_titles(comparisons, style.titles, results.suite.quoted)
    titles = {**(titles_of(results.suite) if titled else {}), **style.titles}
    return result_table(
        comparisons,
        suite=results.name,
        rows=rows,
        columns=columns,
        versus=versus or _rival(results, comparisons),
        notes=list(suite_notes(results, comparisons.measure)),
        quoted=results.suite.quoted,
        style=replace(style, titles=titles),
    )


def _rival(results: Folder, comparisons: Comparisons) -> str | None:
    """The hypothesis's rival, even where cells are missing that the test needs. None: it has no results."""
    claim = results.suite.hypothesis
    there = {method.name for method in comparisons.design.methods}
    return claim.than if claim and claim.than in there else None


def _check_titles(
    comparisons: Comparisons, titles: Mapping[str, str], quoted: Sequence[Quoted]
) -> None:
    design = comparisons.design
    known = {
        *(method.name for method in design.methods),
        *(pair.name for pair in design.pairs),
        *(group.name for group in design.groups),
        *(pair.resource for pair in design.pairs),
        *(f"{each.label} (quoted)" for each in quoted),
        MEAN,
    }
    if unknown := [name for name in titles if name not in known]:
        raise SuiteError([f'--names "{name}": unknown{nearest(name, known)}' for name in unknown])


def _titled(notes: Sequence[str], titles: Mapping[str, str]) -> tuple[str, ...]:
    """Put titles in place of names; a name is a word of its own, to its last letter."""
    if not titles:
        return tuple(notes)
    longest = sorted(titles, key=len, reverse=True)
    names = re.compile(rf"(?<![\w.+-])(?:{'|'.join(map(re.escape, longest))})(?![\w+-]|\.\w)")
    return tuple(names.sub(lambda found: titles[found[0]], note) for note in notes)


def _matching(names: Sequence[str], patterns: Sequence[str], option: str, what: str) -> list[str]:
    unmatched = [p for p in patterns if not any(fnmatchcase(name, p) for name in names)]
    if unmatched:
        raise SuiteError(
            [f'{option} "{p}": matches none of the {what} {", ".join(names)}' for p in unmatched]
        )
    return [n for n in names if not patterns or any(fnmatchcase(n, p) for p in patterns)]


def _reference(comparisons: Comparisons, versus: str | None) -> str | None:
    design = comparisons.design
    if versus is not None:
        known = [method.name for method in design.methods if method.name != design.oracle]
        if versus not in known:
            why = (
                "the oracle is compared with nothing"
                if versus == design.oracle
                else "unknown method"
            )
            raise SuiteError(f'--versus "{versus}": {why}; known: {", ".join(known)}')
        return versus
    if design.hypothesis is not None:
        return design.hypothesis.than
    trained = (method.name for method in design.methods if method.trained)
    return next((name for name in trained if name != design.oracle), None)


def _entry(
    comparisons: Comparisons, label: str, column: str, versus: str | None, style: Style
) -> Entry:
    found = comparisons.mean(label, column)
    if found.mean is None:
        return Entry(text="–", found=found)
    compared = None
    if versus is not None and label not in {versus, comparisons.design.oracle}:
        try:
            between = comparisons.between(label, versus, column)
        except StatisticsError:
            between = None
        compared = between if isinstance(between, Comparison) else None
    mark = ""
    if compared is not None and compared.p_adjusted <= comparisons.design.alpha:
        mark = BETTER if compared.difference > 0 else WORSE
    return Entry(text=style.write(found.mean), found=found, compared=compared, mark=mark)


def _quoted(
    comparisons: Comparisons, quoted: Sequence[Quoted], columns: Sequence[str], style: Style
) -> Iterator[tuple[str, tuple[Entry, ...]]]:
    """Rows of publications; their entries have no mean behind them that could be compared."""
    design = comparisons.design
    scopes = {scope.name: scope.pairs for scope in (*design.groups, *design.scopes)}
    for each in quoted:
        if not (scores := each.scores.get(comparisons.measure)):
            continue
        entries = []
        for column in columns:
            pairs = scopes[column]  # a mean over a pair without a figure is none
            whole = scores.keys() >= set(pairs)
            mean = math.fsum(scores[pair] for pair in pairs) / len(pairs) if whole else None
            first = comparisons.mean(design.methods[0].name, column)
            nothing = replace(
                first,
                method=each.label,
                topics=0,
                seeds=0,
                mean=None,
                interval=None,
                seed_sd=None,
                gap_closed=None,
                gap_interval=None,
                undefined=(),
            )
            entries.append(Entry(text="–" if mean is None else style.write(mean), found=nothing))
        yield f"{each.label} (quoted)", tuple(entries)


def _column(entries: Sequence[Entry], oracle: str | None) -> list[Entry]:
    """Mark the best and the second of a column by the numbers that are shown."""
    places = sorted(
        {float(e.text) for e in entries if e.found.mean is not None and e.found.method != oracle},
        reverse=True,
    )
    rank = {value: place for place, value in enumerate(places)}
    return [
        entry
        if entry.found.mean is None or entry.found.method == oracle
        else replace(entry, best=rank[float(entry.text)] == 0, second=rank[float(entry.text)] == 1)
        for entry in entries
    ]
