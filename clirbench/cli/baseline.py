"""`clirbench baseline`: keep a results folder's scores to check later ones against."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from clirbench.analysis.baseline import make_baseline
from clirbench.analysis.baseline_file import baseline_json, read_baseline
from clirbench.analysis.renewal import keep_best
from clirbench.cli.options import add_rule, rule_of
from clirbench.errors import DataError
from clirbench.files import write_output
from clirbench.results.folder import Folder

__all__ = ["add_arguments"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("results", type=Path, metavar="RESULTS", help="results folder")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help=("file to write (default: print)")
    )
    parser.add_argument(
        "--keep-best",
        type=Path,
        metavar="OLD",
        help="keep the scores of this baseline unless RESULTS are better; the three options "
        "below decide that",
    )
    add_rule(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    rule = rule_of(arguments)
    old = None if arguments.keep_best is None else read_baseline(arguments.keep_best)
    baseline = make_baseline(Folder(arguments.results))
    if baseline is None:
        sys.stderr.write(f"clirbench: {arguments.results}: no cell is done; nothing was measured\n")
        return 4
    count, kept = len(baseline.scores), ""
    if old is not None:
        try:
            baseline, own = keep_best(old, baseline, rule)
        except DataError as error:
            raise DataError(f"{arguments.keep_best}: {error}") from error
        kept = f", {len(own)} of them kept from {arguments.keep_best}"
    text = baseline_json(baseline)
    if arguments.output is None:
        sys.stdout.write(text)
        return 0
    write_output(arguments.output, text)
    what = "pairs and methods" if count > 1 else "pair and method"
    sys.stdout.write(f"{arguments.output}: {baseline.measure} of {count} {what}{kept}\n")
    return 0
