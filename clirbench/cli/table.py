"""`clirbench table`: the table of a results folder, in any format."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.analysis.answer import answer_of
from clirbench.cli.options import tell_doubts
from clirbench.errors import SuiteError
from clirbench.files import write_output
from clirbench.report.formats import FORMATS, LONG
from clirbench.report.latex import Paper, latex_document, latex_table
from clirbench.report.latex_fit import WIDTHS
from clirbench.report.sweep import sweep_lines
from clirbench.report.table import ResultTable, Style, table_of
from clirbench.report.terminal import terminal_table
from clirbench.results.folder import Folder
from clirbench.retrieval.measures import meant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clirbench.statistics import Comparisons

__all__ = ["add_arguments"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("results", type=Path, metavar="RESULTS", help="results folder")
    parser.add_argument(
        "--format", choices=tuple(FORMATS), default="terminal", help="default: terminal"
    )
    parser.add_argument(
        "--measure",
        metavar="M",
        help=f"default: the suite's first; {' and '.join(sorted(LONG))} have all",
    )
    parser.add_argument(
        "--rows",
        nargs="+",
        default=[],
        metavar="PATTERN",
        help="only these methods, such as 'optical*'",
    )
    parser.add_argument(
        "--columns",
        nargs="+",
        default=[],
        metavar="PATTERN",
        help="only these pairs and macro means, such as 'sw-*' low all",
    )
    parser.add_argument(
        "--versus",
        metavar="METHOD",
        help="mark significant differences from this method (default: the hypothesis's rival, "
        "else the first trained method)",
    )
    parser.add_argument(
        "--standalone", action="store_true", help="with --format latex: a document that compiles"
    )
    parser.add_argument(
        "--fit",
        choices=tuple(WIDTHS),
        help="with --format latex: choose font size and layout to fit a column, or a page "
        "(table*); the first lines say how",
    )
    parser.add_argument(
        "--width",
        type=float,
        metavar="POINTS",
        help="with --fit: the available width, as \\the\\columnwidth or \\the\\textwidth shows "
        "(default: "
        f"{', '.join((f'{points:g} for a {fit}' for fit, points in WIDTHS.items()))})",
    )
    parser.add_argument("--label", metavar="KEY", help="with --format latex: the label for \\ref")
    parser.add_argument("--caption", metavar="LATEX", help="with --format latex: the caption")
    parser.add_argument(
        "--names",
        metavar="NAME=TITLE,...",
        type=_names,
        default={},
        help="titles of methods, pairs and means, such as optical=OPTICAL,sw-en=Swahili "
        "(default: the suite's titles)",
    )
    parser.add_argument(
        "--digits",
        type=int,
        choices=range(7),
        metavar="N",
        help="digits after the point (default: 3; for per cent 1)",
    )
    parser.add_argument("--percent", action="store_true", help="show means in per cent")
    parser.add_argument("--no-notes", action="store_true", help="leave out the notes below")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there (default: print)")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    for option in ("standalone", "fit", "label", "caption"):
        if getattr(arguments, option) and arguments.format != "latex":
            raise SuiteError(f"--{option} needs --format latex, not {arguments.format}")
    if arguments.width is not None and not (arguments.fit and arguments.width > 0):
        raise SuiteError("--width must be a number of points above 0, together with --fit")
    if arguments.standalone and arguments.fit:
        raise SuiteError(
            "--standalone scales the table to its page; --fit is for the columns of a paper"
        )
    results = Folder(arguments.results)
    tell_doubts(results)
    style = Style(titles=arguments.names, digits=arguments.digits, percent=arguments.percent)
    tables = [
        table_of(
            results,
            comparisons,
            rows=arguments.rows,
            columns=arguments.columns,
            versus=arguments.versus,
            style=style,
        )
        for comparisons in _chosen(results.measures, arguments.measure, arguments.format)
    ]
    if arguments.format == "terminal" and tables[0].measure == results.measures[0].measure:
        notes = (*tables[0].notes, *sweep_lines(results))
        tables[0] = replace(tables[0], notes=notes)
    if arguments.no_notes:
        tables = [replace(table, notes=()) for table in tables]
    answer = _answer(results, tables[0]) if arguments.format == "terminal" else ""
    if arguments.format == "terminal" and arguments.output is None and sys.stdout.isatty():
        _show(tables, answer)
        return 0
    text = answer + _drawn(tables, arguments)
    if arguments.output is None:
        sys.stdout.write(text)
    else:
        write_output(arguments.output, text)
    return 0


def _chosen(
    measures: Sequence[Comparisons], measure: str | None, wanted: str
) -> Sequence[Comparisons]:
    if measure is None:
        return measures if wanted in LONG else measures[:1]
    found = [comparisons for comparisons in measures if comparisons.measure == measure]
    if not found:
        there = [comparisons.measure for comparisons in measures]
        raise SuiteError(
            f'--measure "{measure}": the results have {", ".join(there)}{meant(measure, there)}'
        )
    return found


def _drawn(tables: Sequence[ResultTable], arguments: argparse.Namespace) -> str:
    if arguments.format != "latex":
        return FORMATS[arguments.format](tables)
    paper = Paper(
        fit=arguments.fit, width=arguments.width, label=arguments.label, caption=arguments.caption
    )
    draw = latex_document if arguments.standalone else latex_table
    return draw(tables[0], paper)


def _answer(results: Folder, table: ResultTable) -> str:
    """The hypothesis, decided by the table's measure; empty: there is none."""
    comparisons = next(each for each in results.measures if each.measure == table.measure)
    found = answer_of(comparisons, results.suite.hypothesis)
    return f"{found}\n\n" if found else ""


def _names(text: str) -> dict[str, str]:
    """Read `optical=OPTICAL,sw-en=Swahili`. A comma before which no name comes is of a title."""
    found = {}
    for part in re.split(r",(?=[^,=]+=)", text):
        name, equals, title = part.partition("=")
        if not (name.strip() and equals and title.strip()):
            raise argparse.ArgumentTypeError(f'expected NAME=TITLE,... (got "{part}")')
        found[name.strip()] = title.strip().strip('"')
    return found


def _show(tables: Sequence[ResultTable], answer: str) -> None:
    """Draw on a terminal, in its width and with bold."""
    from clirbench.screen import Screen

    console = Screen()
    if answer:
        console.print(answer, end="", markup=False, highlight=False)
    for table in tables:
        console.print(terminal_table(table))
        for note in table.notes:
            console.print(note)
