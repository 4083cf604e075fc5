"""`clirbench table`: the table of a results folder, in any format."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.cli.options import tell_doubts
from clirbench.errors import SuiteError
from clirbench.files import write_output
from clirbench.report.formats import FORMATS, LONG
from clirbench.report.latex import latex_document
from clirbench.report.table import ResultTable, table_of
from clirbench.report.terminal import terminal_table
from clirbench.results.folder import Folder

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
        help="mark what differs significantly from this method (default: the hypothesis's rival, "
        "else the first trained method)",
    )
    parser.add_argument(
        "--standalone", action="store_true", help="with --format latex: a document that compiles"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there (default: print)")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.standalone and arguments.format != "latex":
        raise SuiteError(f"--standalone goes with --format latex, not with {arguments.format}")
    results = Folder(arguments.results)
    tell_doubts(results)
    tables = [
        table_of(
            results,
            comparisons,
            rows=arguments.rows,
            columns=arguments.columns,
            versus=arguments.versus,
        )
        for comparisons in _chosen(results.measures, arguments.measure, arguments.format)
    ]
    if arguments.format == "terminal" and arguments.output is None and sys.stdout.isatty():
        _show(tables)
        return 0
    text = latex_document(tables[0]) if arguments.standalone else FORMATS[arguments.format](tables)
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
        there = ", ".join(comparisons.measure for comparisons in measures)
        raise SuiteError(f'--measure "{measure}": the results have {there}')
    return found


def _show(tables: Sequence[ResultTable]) -> None:
    """Draw on a terminal, in its width and with bold."""
    from clirbench.screen import Screen

    console = Screen()
    for table in tables:
        console.print(terminal_table(table))
        for note in table.notes:
            console.print(note)
