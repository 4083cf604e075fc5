"""`clirbench plan`: what a suite would do."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping

from clirbench.cli.options import add_mirror, add_offline, add_places, add_suite, session_of
from clirbench.running.execution import Execution
from clirbench.spec.cell import Cell
from clirbench.wording import counted

__all__ = ["add_arguments"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_suite(parser)
    add_places(parser)
    add_mirror(parser)
    add_offline(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from rich.table import Table

    from clirbench.screen import Screen

    console = Screen()
    session = session_of(arguments, console)
    planned = session.planned(arguments.only)
    suite = planned.suite
    seeds = ", ".join(map(str, suite.seeds))
    table = Table(
        title=f"{suite.name}: {counted(len(planned.cells), 'cell')}, {sum(planned.cells.values())} done",
        caption="\n".join(
            [
                f"done/cells; trained methods have a cell for each of the seeds {seeds}",
                *_varied(planned.cells),
            ]
        ),
    )
    table.add_column("method")
    for pair in suite.pairs:
        table.add_column(str(pair), justify="right")
    states: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for cell, is_done in planned.cells.items():
        states[cell.method, cell.pair].append(is_done)
    for entry in suite.methods:
        groups = [states[entry.label, str(pair)] for pair in suite.pairs]
        table.add_row(entry.label, *(f"{sum(g)}/{len(g)}" if g else "–" for g in groups))
    console.print(table)

    table = Table(
        title="stages", caption="skipped: stages that are done, or that nothing to make needs"
    )
    for column in ("stage", "in the plan", "to make"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    for kind, count in planned.stages.items():
        table.add_row(kind, str(count), str(planned.to_make.get(kind, 0)))
    console.print(table)
    for title, told in planned.cut.items():
        if told:
            console.print(f"{title}: {told}", highlight=False, soft_wrap=True)
    if planned.to_make.get("sentences"):
        console.print(
            "How many sentence pairs have a side that is longer than is read is told when they are made, "
            "and by `clirbench data describe`.",
            highlight=False,
            soft_wrap=True,
        )
    if arguments.offline:
        with session.offline(Execution(mirror=arguments.mirror, offline=True), arguments.only):
            console.print("All that is to be made can be made without a network.")
    return 0


def _varied(cells: Mapping[Cell, bool]) -> Iterator[str]:
    """Say of each perturbation and changed bitext how many cells are done."""
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for cell, is_done in cells.items():
        if cell.varied:
            found[cell.pair.partition("~")[2]].append(is_done)
    for what, group in found.items():
        yield f"with {what}: {sum(group)}/{counted(len(group), 'cell')} done"
