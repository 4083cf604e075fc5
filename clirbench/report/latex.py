"""The table as LaTeX, with booktabs."""

from __future__ import annotations

import re
from itertools import groupby

from clirbench.report.notes import BETTER, WORSE
from clirbench.report.table import Entry, ResultTable
from clirbench.statistics import mean_name

__all__ = ["escape", "latex_document", "latex_table"]

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


def latex_table(table: ResultTable) -> str:
    """Draw as a `table` environment: pairs under their class, best bold, second underlined, notes below.

    The marks are superscripts; numbers without one have its width left blank, so that all of a
    column align. Needs the packages booktabs and amssymb.
    """
    return _environment(table, _tabular(table))


def latex_document(table: ResultTable) -> str:
    """Draw as a document of its own: one page, to which a wide table is scaled down."""
    fitted = [_FITTED, *_tabular(table)]
    fitted[-1] += "}"
    height = 150 + 5 * (len(table.rows) + 5 * len(table.notes))
    return _DOCUMENT % (height, _environment(table, fitted))


def escape(text: str) -> str:
    """Give text that LaTeX sets as it is, on one line."""
    line = "".join(_ESCAPED.get(character, character) for character in " ".join(text.split()))
    # two hyphens would be set as a dash, two commas or apostrophes as a quotation mark
    return _TWICE.sub(r"\1{}", line)


def _environment(table: ResultTable, tabular: list[str]) -> str:
    caption = (
        f"{mean_name(table.measure)} of each method on each language pair, suite {table.suite}."
    )
    lines = [
        "% needs \\usepackage{amssymb,booktabs}",
        r"\begin{table}[t]",
        r"\centering",
        f"\\caption{{{escape(caption)}}}",
        *tabular,
        r"\par\medskip",
        r"\begin{minipage}{\linewidth}\footnotesize\raggedright",
        *(rf"{escape(note)}\par" for note in table.notes),
        r"\end{minipage}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _tabular(table: ResultTable) -> list[str]:
    heads, rules, at = [""], [], 2
    for group, columns in groupby(table.columns, key=lambda column: column.group):
        span = len(list(columns))
        heads.append(rf"\multicolumn{{{span}}}{{c}}{{{escape(group)}}}")
        rules.append(rf"\cmidrule(lr){{{at}-{at + span - 1}}}")
        at += span
    marked = [any(row[i].mark for _, row in table.rows) for i in range(len(table.columns))]
    return [
        rf"\begin{{tabular}}{{l{'r' * len(table.columns)}}}",
        r"\toprule",
        _row(heads),
        " ".join(rules),
        _row(["method", *(escape(column.name) for column in table.columns)]),
        r"\midrule",
        *(
            _row([escape(method), *(_entry(e, m) for e, m in zip(row, marked, strict=True))])
            for method, row in table.drawn
        ),
        r"\bottomrule",
        r"\end{tabular}",
    ]


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
