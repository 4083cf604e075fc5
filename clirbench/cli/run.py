"""`clirbench run`: train, search, judge, compare, and print the table."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from pathlib import Path

from clirbench.cli.execution import add_execution, execution_of, log_to, warn
from clirbench.cli.options import add_places, add_suite, session_of
from clirbench.display import display
from clirbench.results.names import CELLS, ERROR_LOG, TABLE, TENSORBOARD
from clirbench.screen import Screen
from clirbench.session import Ran
from clirbench.spec.cell import Cell
from clirbench.wording import counted

__all__ = ["add_arguments"]

_SHOWN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_suite(parser)
    add_places(parser)
    parser.add_argument(
        "--retry",
        choices=("failed",),
        help="run only the cells that failed last time; default: all that are not done",
    )
    parser.add_argument(
        "--log",
        type=_log,
        metavar="tensorboard[=DIR]",
        help="also write loss, learning rate and gradient norm of every training step for TensorBoard "
        f"(default: to {TENSORBOARD} in the results folder; pip install 'clirbench[tensorboard]')",
    )
    add_execution(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    console = Screen()
    if not console.is_terminal:  # a table cut to 80 columns helps nobody who reads a log
        console = Screen(width=160)
    with log_to(arguments.log_file), display(console, verbose=arguments.verbose) as shown:
        session = session_of(arguments, console)
        execution = execution_of(arguments)
        if arguments.log is not None:
            folder = arguments.log or session.artifacts.results / TENSORBOARD
            execution = replace(execution, tensorboard=folder)
        ran = session.run(
            execution,
            shown,
            only=arguments.only,
            retry_failed=bool(arguments.retry),
            warns=warn,
        )
    if any(not cell.varied for cell in ran.done):
        _show(ran, console)
    elif ran.done:
        console.print(
            "No table yet: so far only cells with perturbed topics or changed bitexts are done, "
            "which are compared with the plain ones",
            soft_wrap=True,
        )
    return _conclude(ran, console)


def _log(text: str) -> Path | str:
    """Read where logs for TensorBoard go; empty: into the results folder."""
    name, equals, folder = text.partition("=")
    if name != "tensorboard" or (equals and not folder):
        raise argparse.ArgumentTypeError(f"expected tensorboard or tensorboard=DIR (got {text})")
    return Path(folder) if folder else ""


def _show(ran: Ran, console: Screen) -> None:
    """Print the first measure's table and the hypothesis."""
    from clirbench.analysis.answer import answer_of
    from clirbench.analysis.weak import weak_points
    from clirbench.report.table import table_of
    from clirbench.report.terminal import terminal_table

    main = ran.results.measures[0]
    table = table_of(ran.results, main)
    console.print(terminal_table(table))
    for note in table.notes:
        console.print(note)
    if answer := answer_of(main):
        console.print(f"\n{answer}", style="bold")
    pairs = {pair.name for pair in main.design.pairs}
    topics = {one.on: one.clusters for one in main.means if one.on in pairs and one.topics}
    for point in weak_points(ran.results.suite, topics):
        console.print(point, style="yellow")
    folder = shlex.quote(str(ran.results.path))
    console.print(f"\nall measures: {ran.results.path / TABLE}", soft_wrap=True)
    console.print(
        f"next: clirbench report {folder}, one page to look at; clirbench table {folder} --format latex",
        soft_wrap=True,
    )


def _conclude(ran: Ran, console: Screen) -> int:
    if ran.failed:
        console.print(
            f"{len(ran.failed)} of {counted(len(ran.chosen), 'cell')} failed; their logs:",
            style="red",
            highlight=False,
        )
        causes: dict[str, list[Cell]] = {}
        for cell, why in ran.failed.items():
            causes.setdefault(why, []).append(cell)
        for why, same in list(causes.items())[:_SHOWN]:
            log = ran.results.path / CELLS / str(same[0]) / ERROR_LOG
            others = f" and {counted(len(same) - 1, 'more cell')}" if len(same) > 1 else ""
            console.print(f"  {log}{others}: {why}", soft_wrap=True)
        if len(causes) > _SHOWN:
            console.print(f"  and {len(causes) - _SHOWN} more causes")
    if waiting := sum(cell not in ran.done and cell not in ran.failed for cell in ran.chosen):
        some = f"{waiting} cells were" if waiting > 1 else "1 cell was"
        console.print(f"{some} not run; run the same command again to resume", highlight=False)
    if ran.undiagnosed:
        which = counted(len(ran.undiagnosed), "cell")
        console.print(
            f"no diagnosis yet of {which}, such as {min(map(str, ran.undiagnosed))}; run the "
            "same command again to resume",
            highlight=False,
        )
    if all(cell in ran.done for cell in ran.chosen) and not ran.undiagnosed:
        return 0
    return 3 if ran.done else 4
