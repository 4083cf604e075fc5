"""`clirbench site`: many results folders as one static site."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from clirbench.cli.options import add_mirror, nothing_done, tell_doubts
from clirbench.results.folder import Folder

__all__ = ["add_arguments"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.epilog = (
        "exit status: 0 written; 2 a folder is damaged, and nothing is written; 4 no folder has "
        "a finished cell"
    )
    parser.add_argument("results", type=Path, nargs="+", metavar="RESULTS", help="results folders")
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="the site's folder: index.html, and a report of each results folder in reports/",
    )
    add_mirror(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from clirbench.report.site import site

    folders = [Folder(path) for path in arguments.results]
    measured = False
    for results in folders:
        measured |= not nothing_done(results, "it has no report on the site")
        tell_doubts(results)
    if not measured:
        return 4
    sys.stdout.write(f"{site(folders, arguments.output, mirror=arguments.mirror)}\n")
    return 0
