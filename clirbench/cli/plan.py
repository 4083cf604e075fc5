"""`clirbench plan`: what a suite would do."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial

from rich.table import Table

from clirbench.cli.as_json import add_json, write_json
from clirbench.cli.options import (
    add_mirror,
    add_offline,
    add_places,
    add_suite,
    cache_folder,
    session_of,
)
from clirbench.errors import DataError
from clirbench.offline import offline
from clirbench.running.execution import Execution
from clirbench.running.planned import Planned
from clirbench.screen import Blocks
from clirbench.session import Session
from clirbench.spec.cell import Cell
from clirbench.wording import counted, duration, size

__all__ = ["add_arguments"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_suite(parser)
    add_places(parser)
    add_mirror(parser)
    add_offline(parser)
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from clirbench.screen import Screen

    console = Screen(stderr=arguments.json)
    session = session_of(arguments, console)
    planned = session.planned(arguments.only)
    if arguments.json:
        notes = [*_cut(planned), *_warnings(planned, session)]
        own = {key: getattr(planned, key) for key in ("cells", "stages", "to_make", "expected")}
        write_json("plan", {"suite": planned.suite.name, **own, "notes": notes})
    else:
        console.print(Blocks(partial(_cells, planned), len(planned.suite.pairs)))
        seeds = ", ".join(map(str, planned.suite.seeds))
        console.print(f"Done/cells. Trained methods have one cell for each of the seeds {seeds}.")
        for text in _varied(planned.cells):
            console.print(text, soft_wrap=not console.is_terminal)
        console.print()
        console.print(_stages(planned))
        console.print("Skipped: stages that are done, or that nothing needs.")
        for text in (*_time(planned), *_cut(planned), *_warnings(planned, session)):
            console.print(text, soft_wrap=not console.is_terminal)
    if arguments.offline:
        with session.offline(Execution(mirror=arguments.mirror, offline=True), arguments.only):
            console.print("Everything can be made without a network.")
    return 0


def _cells(planned: Planned, start: int, end: int) -> Table:
    """Methods × some of the pairs."""
    suite = planned.suite
    done = f"{counted(len(planned.cells), 'cell')}, {sum(planned.cells.values())} done"
    title = None if start else f"{suite.name}: {done}"
    table = Table(title=title, title_justify="left")
    table.add_column("method", overflow="fold")  # a name too wide for the console is kept
    for pair in suite.pairs[start:end]:
        table.add_column(str(pair), justify="right", no_wrap=True)
    states: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for cell, is_done in planned.cells.items():
        states[cell.method, cell.pair].append(is_done)
    for entry in suite.methods:
        groups = [states[entry.label, str(pair)] for pair in suite.pairs[start:end]]
        table.add_row(entry.label, *(f"{sum(g)}/{len(g)}" if g else "–" for g in groups))
    return table


def _stages(planned: Planned) -> Table:
    table = Table(title="stages", title_justify="left")
    heads = ["stage", "in the plan", "to make"]
    if planned.expected:
        heads += ["time expected", "memory"]
    for head in heads:
        table.add_column(head, justify="left" if head == "stage" else "right")
    for kind, count in planned.stages.items():
        row = [kind, f"{count:,}", f"{planned.to_make.get(kind, 0):,}"]
        if own := planned.expected.get(kind):
            row += [duration(own.seconds), size(own.memory) if own.memory else "–"]
        elif planned.expected:
            row += ["–", "–"] if kind in planned.to_make else ["", ""]
        table.add_row(*row)
    return table


def _time(planned: Planned) -> Iterator[str]:
    """Say how long the work will take in all, and what that is known from."""
    if not planned.to_make:
        return
    known = planned.expected
    unknown = [kind for kind in planned.to_make if kind not in known]
    if not known:
        yield (
            "Time is not known: the store has no stage of these kinds yet. Run this again after "
            "some cells."
        )
        return
    seconds = sum(own.seconds for own in known.values())
    text = f"Expected: {'over ' if unknown else ''}{duration(seconds)} of work, one stage after another"
    memory = max((own.memory for own in known.values() if own.memory), default=None)
    if memory:
        text += f", {size(memory)} of memory for the largest stage"
    like = sum(own.like for own in known.values())
    text += f". This is the median of the most similar stages measured so far ({like:,} in all)."
    if unknown:
        text += f" Not measured yet: {', '.join(unknown)}."
    yield text


def _cut(planned: Planned) -> Iterator[str]:
    """Say how many sentence pairs are longer than is read."""
    yield from (f"{title}: {told}" for title, told in planned.cut.items() if told)
    if planned.to_make.get("sentences"):
        yield (
            "When sentence pairs are made, the run says how many are too long to be read in "
            "full; so does `clirbench data describe`."
        )


def _warnings(planned: Planned, session: Session) -> Iterator[str]:
    """Say what will leave the results weak."""
    from clirbench.analysis.weak import weak_points
    from clirbench.data.download import Cache

    suite, topics = planned.suite, {}
    with offline(on=True), suppress(DataError):  # what is not in the cache yet is left out
        for pair in suite.pairs:
            found = suite.tested.judgments(Cache(cache_folder(), lock=session.lock), pair.query)
            topics[str(pair)] = len(found)
    yield from weak_points(suite, topics)


def _varied(cells: Mapping[Cell, bool]) -> Iterator[str]:
    """Say of each perturbation and changed bitext how many cells are done."""
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for cell, is_done in cells.items():
        if cell.varied:
            found[cell.pair.partition("~")[2]].append(is_done)
    for what, group in found.items():
        yield f"with {what}: {sum(group)}/{counted(len(group), 'cell')} done"
