"""`clirbench baseline`: keep a results folder's scores to check later ones against."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from clirbench.analysis.baseline import make_baseline
from clirbench.files import write_output
from clirbench.results.folder import Folder

__all__ = ["add_arguments"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("results", type=Path, metavar="RESULTS", help="results folder")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there (default: print)")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    baseline = make_baseline(Folder(arguments.results))
    if baseline is None:
        sys.stderr.write(f"clirbench: {arguments.results}: no cell is done; nothing was measured\n")
        return 4
    text = baseline.to_json()
    if arguments.output is None:
        sys.stdout.write(text)
        return 0
    write_output(arguments.output, text)
    count = len(baseline.scores)
    what = "pairs and methods" if count > 1 else "pair and method"
    sys.stdout.write(f"{arguments.output}: {baseline.measure} of {count} {what}\n")
    return 0
