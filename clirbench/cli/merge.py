"""`clirbench merge`: join results folders that were made apart."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from clirbench.cli.options import add_sources
from clirbench.wording import counted

__all__ = ["add_arguments"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "results",
        type=Path,
        nargs="+",
        metavar="RESULTS",
        help="results folders of one suite, such as those of the jobs of an array",
    )
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="the new results folder; the others are not changed",
    )
    add_sources(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from clirbench.front.merging import merge
    from clirbench.results.names import TABLE

    found = merge(
        arguments.results, arguments.output, suite=arguments.suite, mirror=arguments.mirror
    )
    done, lacking = len(found.every.scores), len(found.lacking)
    sys.stdout.write(f"{counted(done, 'cell')} of {counted(len(arguments.results), 'folder')}")
    if lacking:
        sys.stdout.write(f"; {counted(lacking, 'cell')} of the suite not done in any")
    sys.stdout.write(f"\n{found.path / TABLE}\n")
    return 3 if lacking else 0
