"""The table as LaTeX, with booktabs."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby

from clirbench.report.latex_fit import Fit, Layout, laid_out
from clirbench.report.notes import BETTER, WORSE
from clirbench.report.table import Entry, ResultTable
from clirbench.statistics import mean_name

__all__ = ["Paper", "escape", "latex_document", "latex_table"]

_MARKS = {BETTER: r"$^{\blacktriangle}$", WORSE: r"$^{\blacktriangledown}$"}
_ESCAPED = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    '"': r"\char34{}",
    # at the head of a row these would be read as arguments of the line break before it
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    BETTER: r"$\blacktriangle$",
    WORSE: r"$\blacktriangledown$",
    "–": r"\textendash{}",
    **{character: f"\\{character}" for character in "{}$&#%_"},
}
_TWICE = re.compile(r"([-,'])(?=\1)")
_DOCUMENT = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{amssymb}
\usepackage{booktabs}
\usepackage{graphicx}
\setlength{\belowcaptionskip}{1ex}
\usepackage[paperwidth=297mm,paperheight=%dmm,margin=15mm]{geometry}
\pagestyle{empty}
\begin{document}
%s\end{document}
"""
_FITTED = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What an author says of a table's place in a paper."""

    fit: Fit | None = None
    """Whether it has to fit a column or a page; None: it is as wide as it is."""
    width: float | None = None
    """Points that there are for it; None: as in the narrowest of the usual styles."""
    label: str | None = None
    """What `\\ref` calls it."""
    caption: str | None = None
    """None: measure and suite."""


def latex_table(table: ResultTable, paper: Paper = Paper()) -> str:
    """Draw as a `table` environment: pairs under their class, best bold, second underlined, notes below.

    The marks are superscripts; numbers without one have its width left blank, so that all of a
    column align. Needs the packages that its first line names. What fits a page is a `table*`.

    Raises:
        SuiteError: it does not fit in any way.
    """
    layout = laid_out(table, paper.fit, paper.width)
    return _environment(layout, _tabular(layout), paper)


def latex_document(table: ResultTable, paper: Paper = Paper()) -> str:
    """Draw as a document of its own: one page, to which a wide table is scaled down."""
    layout = laid_out(table, None)
    fitted = [_FITTED, *_tabular(layout)]
    fitted[-1] += "}"
    height = 150 + 5 * (len(table.rows) + 5 * len(table.notes))
    return _DOCUMENT % (height, _environment(layout, fitted, replace(paper, fit=None)))


def escape(text: str) -> str:
    """Give text that LaTeX sets as it is, on one line."""
    line = "".join(_ESCAPED.get(character, character) for character in " ".join(text.split()))
    # two hyphens would be set as a dash, two commas or apostrophes as a quotation mark
    return _TWICE.sub(r"\1{}", line)


def _environment(layout: Layout, tabular: list[str], paper: Paper) -> str:
    table = layout.table
    mean = f"{mean_name(table.measure)}{' (%)' if table.percent else ''}"
    caption = f"{mean} of each method on each language pair, suite {table.suite}."
    kind = "table*" if paper.fit == "page" else "table"
    packages = "amssymb,booktabs" + ",graphicx" * layout.turned
    label = [f"\\label{{{paper.label}}}"] if paper.label else []
    lines = [
        f"% needs \\usepackage{{{packages}}}",
        *([f"% {layout.said}"] if layout.said else []),
        f"\\begin{{{kind}}}[t]",
        r"\centering",
        # the author's own caption is LaTeX
        f"\\caption{{{escape(caption) if paper.caption is None else paper.caption}}}",
        *label,
        *tabular,
        *_notes(table),
        f"\\end{{{kind}}}",
    ]
    return "\n".join(lines) + "\n"


def _notes(table: ResultTable) -> list[str]:
    if not table.notes:
        return []
    return [
        r"\par\medskip",
        r"\begin{minipage}{\linewidth}\footnotesize\raggedright",
        *(rf"{escape(note)}\par" for note in table.notes),
        r"\end{minipage}",
    ]


def _tabular(layout: Layout) -> list[str]:
    body = _swapped(layout) if layout.swapped else _upright(layout)
    if layout.size is None:
        return body
    size = layout.size
    font = rf"{{\fontsize{{{size}}}{{{1.2 * size:g}}}\selectfont"
    return [
        rf"{font}\setlength{{\tabcolsep}}{{{layout.separation}pt}}%",
        *body[:-1],
        body[-1] + "}",
    ]


def _upright(layout: Layout) -> list[str]:
    """Methods as rows."""
    table = layout.table
    heads, rules, at = [""], [], 2
    for group, columns in groupby(table.columns, key=lambda column: column.group):
        span = len(list(columns))
        heads.append(rf"\multicolumn{{{span}}}{{c}}{{{escape(table.shown(group))}}}")
        rules.append(rf"\cmidrule(lr){{{at}-{at + span - 1}}}")
        at += span
    marked = _marked(table)
    names = ["method", *(escape(table.shown(column.name)) for column in table.columns)]
    return [
        _begin(layout, len(table.columns)),
        r"\toprule",
        _row(heads),
        " ".join(rules),
        _row(names),
        r"\midrule",
        *(
            _row(
                [
                    escape(table.shown(name)),
                    *(_entry(e, m) for e, m in zip(row, marked, strict=True)),
                ]
            )
            for name, row in table.drawn
        ),
        r"\bottomrule",
        r"\end{tabular}",
    ]


def _swapped(layout: Layout) -> list[str]:
    """Methods as columns, pairs as rows below the name of their class."""
    table = layout.table
    names = [escape(table.shown(name)) for name, _ in table.drawn]
    if layout.turned:
        names = [rf"\rotatebox{{90}}{{{name}}}" for name in names]
    marked = [any(entry.mark for entry in row) for _, row in table.drawn]
    lines = [_begin(layout, len(names)), r"\toprule", _row(["", *names])]
    places = enumerate(table.columns)
    for group, own in groupby(places, key=lambda place: place[1].group):
        lines += [r"\midrule", rf"\emph{{{escape(table.shown(group))}}} \\"]
        for i, column in own:
            entries = [_entry(row[i], m) for (_, row), m in zip(table.drawn, marked, strict=True)]
            lines.append(_row([escape(table.shown(column.name)), *entries]))
    return [*lines, r"\bottomrule", r"\end{tabular}"]


def _begin(layout: Layout, columns: int) -> str:
    edge = "@{}" if layout.size else ""
    return rf"\begin{{tabular}}{{{edge}l{'r' * columns}{edge}}}"


def _marked(table: ResultTable) -> list[bool]:
    """Of which columns an entry has a mark."""
    return [any(row[i].mark for _, row in table.rows) for i in range(len(table.columns))]


def _row(cells: list[str]) -> str:
    return " & ".join(cells).lstrip() + r" \\"


def _entry(entry: Entry, marked: bool) -> str:  # noqa: FBT001 - with its column
    text = escape(entry.text) if entry.found.mean is None else _number(entry.text)
    if entry.best:
        text = rf"\textbf{{{text}}}"
    elif entry.second:
        text = rf"\underline{{{text}}}"
    if not marked:
        return text
    return text + (_MARKS[entry.mark] if entry.mark else rf"\phantom{{{_MARKS[BETTER]}}}")


def _number(text: str) -> str:
    """Set a minus as such."""
    return text.replace("-", "$-$")
