"""`clirbench analyse`: compare the cells of a results folder again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from clirbench.cli.options import add_sources, nothing_done, positive

__all__ = ["add_arguments"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("results", type=Path, metavar="RESULTS", help="results folder")
    parser.add_argument(
        "--smallest-effect",
        type=positive,
        metavar="D",
        help="difference that matters, such as .01; the answer then says how likely a larger "
        "one is. If this changes the plan of analysis, a note below every table says so",
    )
    add_sources(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from clirbench.results.folder import Folder
    from clirbench.results.names import TABLE
    from clirbench.running.execution import Execution
    from clirbench.session import analyse_again

    results = Folder(arguments.results)
    if nothing_done(results, "nothing to compare"):
        return 4
    analyse_again(
        results.path,
        Execution(mirror=arguments.mirror),
        suite=arguments.suite,
        smallest_effect=arguments.smallest_effect,
        waits=lambda: sys.stderr.write(
            f"another process works on {results.path}; waiting for it\n"
        ),
    )
    sys.stdout.write(f"{results.path / TABLE}\n")
    return 0
