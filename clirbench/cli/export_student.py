"""`clirbench export-student`: the trained encoder of a cell, as a folder for other libraries."""

from __future__ import annotations

import argparse
from pathlib import Path

from clirbench.cli.execution import add_execution, execution_of, log_to, warn
from clirbench.display import display
from clirbench.models.layouts import LAYOUTS
from clirbench.results.folder import Folder
from clirbench.screen import Screen
from clirbench.spec.cell import Cell

__all__ = ["add_arguments"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.epilog = (
        "A student that was deleted after its run is trained again, with the same bits on the "
        "same kind of processor. `keep = true` in [suite] keeps students. A cell that trains "
        "nothing, such as sw-en/zero-shot, gives the teacher."
    )
    parser.add_argument("results", type=Path, metavar="RESULTS", help="results folder")
    parser.add_argument("cell", metavar="CELL", help="such as sw-en/optical/seed=1")
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder to write; it must be new or empty",
    )
    parser.add_argument(
        "--layout",
        choices=tuple(LAYOUTS),
        help="the library that will load it (default: pylate for late interaction, "
        "sentence-transformers for single vectors)",
    )
    parser.add_argument(
        "--suite",
        type=Path,
        metavar="FILE",
        help="the suite file; relative paths start from its folder (default: the copy in RESULTS)",
    )
    parser.add_argument(
        "--store", type=Path, metavar="DIR", help="the store of the run (default: in the cache)"
    )
    add_execution(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from clirbench.front.opening import Opening
    from clirbench.front.student import check_output

    console = Screen(highlight=False)

    def says(text: str) -> None:
        console.print(text, soft_wrap=True)

    check_output(arguments.output)
    cell, results = Cell.parse(arguments.cell), Folder(arguments.results)
    with log_to(arguments.log_file), display(console, verbose=arguments.verbose) as shown:
        opening = Opening(
            results=results,
            cell=cell,
            execution=execution_of(arguments),
            shown=shown,
            says=says,
            suite=arguments.suite,
            store=arguments.store,
            warns=warn,
        )
        student = opening.student(arguments.layout)
    folder = student.export(arguments.output, arguments.layout)
    says(f"{folder}: {_size(folder)}; README.md says how to use it")
    return 0


def _size(folder: Path) -> str:
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{size / 1e6:.1f} MB"
