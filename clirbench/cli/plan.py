"""`clirbench plan`: what a suite would do."""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict

from clirbench.cli.options import add_places, add_suite, results_folder, store_folder
from clirbench.cli.wording import counted
from clirbench.data.base import Source
from clirbench.data.lock import Lock
from clirbench.errors import DataError
from clirbench.running.executor import pending
from clirbench.running.plan import plan
from clirbench.running.stage import walk
from clirbench.running.store import Store
from clirbench.suite.cell import select
from clirbench.suite.model import Suite
from clirbench.suite.read import read_suite

__all__ = ["add_arguments"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_suite(parser)
    add_places(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.table import Table

    suite = read_suite(arguments.suite, arguments.overrides).suite
    _glance(suite)
    stages = plan(suite, select(suite, arguments.only), Lock.beside(arguments.suite).pin)
    store = Store(
        shared=store_folder(arguments.store), results=results_folder(arguments.results, suite.name)
    )
    console = Console()
    done = {cell: store.done(stage) for cell, stage in stages.items()}
    seeds = ", ".join(map(str, suite.seeds))
    table = Table(
        title=f"{suite.name}: {counted(len(stages), 'cell')}, {sum(done.values())} done",
        caption=f"done/cells; trained methods have a cell for each of the seeds {seeds}",
    )
    table.add_column("method")
    for pair in suite.pairs:
        table.add_column(str(pair), justify="right")
    states: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for cell, is_done in done.items():
        states[cell.method, cell.pair].append(is_done)
    for entry in suite.methods:
        groups = [states[entry.label, str(pair)] for pair in suite.pairs]
        table.add_row(entry.label, *(f"{sum(g)}/{len(g)}" if g else "–" for g in groups))
    console.print(table)

    everything = Counter(stage.kind for stage in walk(stages.values()))
    todo = Counter(stage.kind for stage in pending(stages.values(), store))
    table = Table(
        title="stages", caption="what is done, or is needed by nothing that is to do, is not made"
    )
    for column in ("stage", "in the plan", "to make"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    for kind, count in everything.items():
        table.add_row(kind, str(count), str(todo[kind]))
    console.print(table)
    return 0


def _glance(suite: Suite) -> None:
    """Read the heads of the user's own files.

    Raises:
        DataError: with what is wrong in all of them.
    """
    sources: list[tuple[str, Source]] = []
    for pair in suite.pairs:
        sources += [(each, suite.collection) for each in (pair.query, pair.documents)]
        sources += [(each, own.source) for own in pair.bitext for each in pair.foreign]
    faults: dict[str, None] = {}
    for language, source in sources:
        try:
            source.glance(language)
        except DataError as error:
            faults |= dict.fromkeys(str(error).split("\n"))
    if faults:
        raise DataError("\n".join(faults))
