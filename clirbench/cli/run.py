"""`clirbench run`: train, search, judge, compare, and print the table."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from rich.console import Console

from clirbench.cli.data import trusted
from clirbench.cli.making import add_making, make_stages
from clirbench.cli.options import add_places, add_suite, results_folder, store_folder
from clirbench.cli.wording import counted
from clirbench.data.lock import Lock
from clirbench.errors import StatisticsError, SuiteError
from clirbench.running.artifact import sha256
from clirbench.running.costs import costs
from clirbench.running.executor import Failure
from clirbench.running.plan import plan_stages
from clirbench.running.results import (
    exclusive,
    write_json,
    write_origins,
    write_suite,
    write_text,
)
from clirbench.running.stage import walk
from clirbench.running.stages.cell import CellStage
from clirbench.running.store import Store
from clirbench.suite.cell import Cell, cells, select
from clirbench.suite.identity import identity
from clirbench.suite.read import read_suite

if TYPE_CHECKING:
    from clirbench.statistics import Comparisons
    from clirbench.suite.model import Suite

__all__ = ["add_arguments"]

_SHOWN = 5
_LOG = "error.log"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_suite(parser)
    add_places(parser)
    parser.add_argument(
        "--retry",
        choices=("failed",),
        help="only the cells that failed last time; without it, all that are not done",
    )
    add_making(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from clirbench.report.analysis_plan import record_plan

    file = read_suite(arguments.suite, arguments.overrides)
    suite = file.suite
    results = results_folder(arguments.results, suite.name)
    if arguments.retry and not results.is_dir():
        raise SuiteError(f"--retry failed: {results} is not there; no run was made")
    store = Store(shared=store_folder(arguments.store), results=results)
    lock = Lock.beside(arguments.suite)
    console = _console()
    with exclusive(
        results, lambda: console.print(f"another process works on {results}; waiting for it")
    ):
        trusted(suite, lock, arguments.mirror, console)
        everything = plan_stages(suite, cells(suite), lock.pin)
        chosen = {cell: everything[cell] for cell in select(suite, arguments.only)}
        if arguments.retry:
            chosen = {c: s for c, s in chosen.items() if (store.folder(s) / _LOG).exists()}
            if not chosen:
                console.print(f"--retry failed: no cell failed in {results}", highlight=False)
        write_suite(results, file)
        record_plan(results, suite)
        _drop_damaged(everything.values(), store, console)
        failed: Mapping[Cell, Failure] = {}
        if any(not store.done(stage) for stage in chosen.values()):
            goals = list(chosen.values())
            outcome = make_stages(arguments, goals, store, lock, console, recorded=True)
            failed = {
                cell: outcome.failed[stage.identity()]
                for cell, stage in chosen.items()
                if stage.identity() in outcome.failed
            }
            _write_logs(failed, store)
        elif chosen:
            every = f"all {len(chosen)} cells are" if len(chosen) > 1 else "the cell is"
            console.print(f"nothing to do: {every} done, see {results}", highlight=False)
        write_origins(store, walk(chosen.values()))
        done = {cell: stage for cell, stage in everything.items() if store.done(stage)}
        for stage in done.values():  # of an attempt with other settings
            (store.folder(stage) / _LOG).unlink(missing_ok=True)
        if done:
            write_json(results / "costs.json", costs(store, done))
            _show(_analyse(suite, store, done), suite, store, console)
        return _conclude(failed, chosen, done, store, console)


def _console() -> Console:
    console = Console()
    # A table cut to 80 columns helps nobody who reads a log.
    return console if console.is_terminal else Console(width=160)


def _drop_damaged(stages: Iterable[CellStage], store: Store, console: Console) -> None:
    """Compare the checksums of finished cells: nothing damaged may come into a table."""
    for stage in stages:
        if store.done(stage) and (fault := store.fault(stage)):
            console.print(f"damaged, to be made again: {fault}", markup=False, highlight=False)
            store.drop(stage)


def _write_logs(failed: Mapping[Cell, Failure], store: Store) -> None:
    for cell, failure in failed.items():
        text = failure.trace + failure.text + "\n"
        write_text(store.results / "cells" / str(cell) / _LOG, text)


def _analyse(suite: Suite, store: Store, done: Mapping[Cell, CellStage]) -> tuple[Comparisons, ...]:
    """Compare what is there; read the comparisons again if nothing has changed since."""
    from clirbench.report.analysis import analyse, design_of, remarks_on
    from clirbench.statistics import from_json, to_json

    source = {
        "format": 1,
        "design": identity(design_of(suite, list(done))),
        "remarks": list(remarks_on(suite, store.results, list(done))),
        "cells": {str(cell): stage.identity() for cell, stage in done.items()},
    }
    comparisons, basis = store.results / "comparisons.json", store.results / "analysis.json"
    with suppress(OSError, ValueError, StatisticsError):  # not there, damaged, of another version
        known = json.loads(basis.read_text(encoding="utf-8"))
        if known == {**source, "comparisons": sha256(comparisons)}:
            return from_json(comparisons.read_text(encoding="utf-8"))
    found = analyse(suite, store.results, list(done))
    write_text(comparisons, to_json(found))
    write_json(basis, {**source, "comparisons": sha256(comparisons)})
    return found


def _show(measures: tuple[Comparisons, ...], suite: Suite, store: Store, console: Console) -> None:
    """Print the first measure's table and the hypothesis; write the tables of all measures."""
    from clirbench.report.beside import read_beside
    from clirbench.report.markdown import markdown_table
    from clirbench.report.table import result_table
    from clirbench.report.terminal import terminal_table
    from clirbench.statistics import Comparison, sentence

    beside = read_beside(store.results)
    tables = [result_table(each, suite=suite.name, beside=beside) for each in measures]
    primary = measures[0].primary
    if primary is None:
        answer = None
    elif isinstance(primary, Comparison):
        answer = sentence(measures[0])
    else:
        answer = f"The hypothesis cannot be tested: {primary.why}."
    parts = [f"# {suite.name}", *([answer] if answer else []), *map(markdown_table, tables)]
    write_text(store.results / "table.md", "\n\n".join(part.strip() for part in parts) + "\n")
    console.print(terminal_table(tables[0]))
    for note in tables[0].notes:
        console.print(note, markup=False, highlight=False)
    if answer:
        console.print(f"\n{answer}", style="bold", markup=False, highlight=False)
    console.print(f"\nall measures: {store.results / 'table.md'}", markup=False, highlight=False)


def _conclude(
    failed: Mapping[Cell, Failure],
    chosen: Mapping[Cell, CellStage],
    done: Mapping[Cell, CellStage],
    store: Store,
    console: Console,
) -> int:
    if failed:
        console.print(
            f"{len(failed)} of {counted(len(chosen), 'cell')} failed; their logs:",
            style="red",
            highlight=False,
        )
        for cell, failure in list(failed.items())[:_SHOWN]:
            log = store.results / "cells" / str(cell) / _LOG
            console.print(f"  {log}: {failure.text}", markup=False, highlight=False)
        if len(failed) > _SHOWN:
            console.print(f"  and {len(failed) - _SHOWN} more", highlight=False)
    if waiting := sum(cell not in done and cell not in failed for cell in chosen):
        some = f"{waiting} cells were" if waiting > 1 else "1 cell was"
        console.print(f"{some} not run; the same command goes on", highlight=False)
    if all(cell in done for cell in chosen):
        return 0
    return 3 if done else 4
