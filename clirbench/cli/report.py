"""`clirbench report`: a results folder as one HTML page, and as figures for papers."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.cli.options import add_sources, cache_folder, nothing_done, tell_doubts
from clirbench.data.lock import Lock
from clirbench.errors import SuiteError
from clirbench.files import write_output
from clirbench.results.folder import Folder
from clirbench.results.names import REPORT, SUITE

if TYPE_CHECKING:
    from clirbench.report.figures.style import Look

__all__ = ["add_arguments"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("results", type=Path, metavar="RESULTS", help="results folder")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="the page (default: report.html in RESULTS)"
    )
    parser.add_argument(
        "--figures",
        type=Path,
        metavar="DIR",
        help="also write the figures there as SVG and PDF, for papers; needs clirbench[figures]",
    )
    parser.add_argument(
        "--figure-width",
        type=float,
        metavar="INCHES",
        help=(
            "width of every figure in inches (default: 3.35, a column, or 7, a page, as the "
            "figure needs)"
        ),
    )
    parser.add_argument(
        "--font", metavar="NAME", help="font of the figures, such as serif or 'TeX Gyre Termes'"
    )
    parser.add_argument(
        "--font-size",
        type=float,
        metavar="POINTS",
        help="letter size of the figures in points (default: 7.5)",
    )
    parser.add_argument(
        "--versus",
        metavar="METHOD",
        help="the method that tables and differences refer to (default: the hypothesis's rival, "
        "else the first trained method)",
    )
    add_sources(parser, "to show the texts of topics and documents: ")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from clirbench.data.download import default_mirror
    from clirbench.report.html_report import html_report
    from clirbench.report.page.texts import at_hand

    look = _look(arguments)
    results = Folder(arguments.results)
    if nothing_done(results, "nothing was measured"):
        return 4
    tell_doubts(results)
    lock = Lock.beside(arguments.suite or results.path / SUITE)
    page = html_report(
        results,
        fetch=at_hand(cache_folder(), arguments.mirror or default_mirror(), lock),
        suite=arguments.suite,
        versus=arguments.versus,
    )
    output = arguments.output or results.path / REPORT
    write_output(output, page)
    sys.stdout.write(f"{output}: {len(page.encode()) / 1e6:.1f} MB\n")
    if arguments.figures is not None:
        from clirbench.report.figures.export import export_figures

        for path in export_figures(results, arguments.figures, versus=arguments.versus, look=look):
            sys.stdout.write(f"{path}\n")
    return 0


def _look(arguments: argparse.Namespace) -> Look:
    """How figures look. What is wrong with that is said before the page is written."""
    from clirbench.report.figures.export import check_look
    from clirbench.report.figures.style import Look

    given = {
        "width": arguments.figure_width,
        "font": arguments.font,
        "size": arguments.font_size,
    }
    given = {key: value for key, value in given.items() if value is not None}
    if given and arguments.figures is None:
        raise SuiteError("--figure-width, --font and --font-size need --figures DIR")
    look = Look(**given)
    if arguments.figures is not None:
        check_look(look)
    return look
