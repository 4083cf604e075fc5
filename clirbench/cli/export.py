"""`clirbench export`: a results folder's runs, judgments and scores for other programs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from clirbench.cli.options import add_sources, cache_folder, nothing_done
from clirbench.data.lock import Lock
from clirbench.errors import DataError
from clirbench.report.collection import read_judgments
from clirbench.report.export import PARTS, Part, judgments, runs, runs_missing, scores
from clirbench.report.export_csv import write_csv, write_spreadsheet
from clirbench.report.export_parquet import need_pyarrow, write_parquet
from clirbench.report.export_trec import write_trec
from clirbench.results.folder import Folder
from clirbench.results.names import RUN, SUITE
from clirbench.wording import counted

__all__ = ["add_arguments"]

_FORMATS: dict[str, Callable[[Path, Part], int]] = {
    "trec": write_trec,
    "csv": write_csv,
    "spreadsheet": write_spreadsheet,
    "parquet": write_parquet,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.epilog = (
        "exit status: 0 all written; 2 bad input; 3 cells or their runs are missing, the rest "
        "is written; 4 no cell is done"
    )
    parser.add_argument("results", type=Path, metavar="RESULTS", help="results folder")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="folder to write to"
    )
    parser.add_argument(
        "--format",
        nargs="+",
        choices=tuple(_FORMATS),
        default=["trec"],
        help="default: trec; spreadsheet: as csv, with a ' before texts that would be formulas",
    )
    parser.add_argument(
        "--what", nargs="+", choices=PARTS, default=list(PARTS), help="default: all of them"
    )
    add_sources(parser, "for the judgments: ")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    results = Folder(arguments.results)
    if nothing_done(results, "nothing to export"):
        return 4
    if "parquet" in arguments.format:  # before a file of another format is written
        need_pyarrow()
    try:
        for part in _parts(arguments, results):
            for name in arguments.format:
                count = _FORMATS[name](arguments.output, part)
                files = counted(count, "file")
                sys.stdout.write(f"{arguments.output}: {part.name} as {name}, {files}\n")
    except OSError as error:
        raise DataError(f"{arguments.output}: cannot be written: {error.strerror}") from error
    return _conclude(arguments, results)


def _parts(arguments: argparse.Namespace, results: Folder) -> Iterator[Part]:
    if "judgments" in arguments.what:  # first, for they may not be at hand
        from clirbench.data.download import Cache, default_mirror

        lock = Lock.beside(arguments.suite or results.path / SUITE)
        fetch = Cache(cache_folder(), arguments.mirror or default_mirror(), lock=lock)
        yield judgments(read_judgments(results, fetch, arguments.suite))
    if "runs" in arguments.what:
        yield runs(results)
    if "scores" in arguments.what:
        yield scores(results)


def _conclude(arguments: argparse.Namespace, results: Folder) -> int:
    """Say what is not there."""
    cells = results.every
    for cell, why in cells.faults.items():
        sys.stderr.write(f"clirbench: not exported: {cell}: {why}\n")
    lacking = runs_missing(results) if "runs" in arguments.what else []
    if lacking:
        sys.stderr.write(
            f"clirbench: {len(lacking)} of {len(cells.scores)} cells without a {RUN} in "
            f"{arguments.results}, {lacking[0]} for one; run `clirbench run` into a new folder "
            "to make them, or leave runs out: --what judgments scores\n"
        )
    return 3 if cells.faults or lacking else 0
