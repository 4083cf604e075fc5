"""`clirbench align`: the transport plan between a sentence and its translation."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from clirbench.cli.execution import add_execution, execution_of, log_to, warn
from clirbench.cli.options import add_places, add_suite, session_of
from clirbench.data.base import SentencePair
from clirbench.display import display
from clirbench.errors import CellError, SuiteError
from clirbench.methods import Distillation
from clirbench.running.execution import make_stages
from clirbench.running.stage import walk
from clirbench.screen import Screen
from clirbench.spec.cell import Cell, select

if TYPE_CHECKING:
    from clirbench.models.encoder import Encoder
    from clirbench.models.settings import Reader
    from clirbench.training.alignment import Alignment

__all__ = ["add_arguments"]

_SHOWN = 512
"""Tokens of a sentence, where neither the suite nor the model sets an end."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_suite(parser)
    add_places(parser)
    add_execution(parser)
    parser.add_argument("--pair", required=True, metavar="PAIR", help="such as sw-en")
    parser.add_argument(
        "--method", required=True, metavar="LABEL", help="of the suite; zero-shot is the teacher"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="default: the suite's first")
    parser.add_argument("foreign", metavar="FOREIGN", help="the sentence that the student reads")
    parser.add_argument("english", metavar="ENGLISH", help="its translation")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="also draw it to a file")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    console = Screen(highlight=False)
    session = session_of(arguments, console)
    suite, store = session.suite, session.artifacts
    found = [
        cell
        for cell in select(suite, arguments.only)
        if (cell.pair, cell.method) == (arguments.pair, arguments.method)
        and arguments.seed in {None, cell.seed}
    ]
    if not found:
        known = sorted({f"{cell.pair}/{cell.method}" for cell in select(suite, arguments.only)})
        raise SuiteError(
            f"--pair {arguments.pair} --method {arguments.method}: no such cell; cells: "
            f"{', '.join(known)}; seeds: {', '.join(map(str, suite.seeds))}"
        )
    (entry,) = (each for each in suite.methods if each.label == arguments.method)
    stages = list(walk([session.stages([str(found[0])])[found[0]]]))
    teacher = next((stage for stage in stages if stage.kind == "teacher"), None)
    if teacher is None:
        raise SuiteError(f"--method {arguments.method}: has no encoder, so there is no plan")
    student = next((stage for stage in stages if stage.kind == "student"), teacher)
    execution = execution_of(arguments)
    with (
        log_to(arguments.log_file),
        display(console, verbose=arguments.verbose) as shown,
        session.offline(execution, [str(found[0])]),
    ):
        outcome = make_stages(
            [student, teacher, *([student.over] if student.over else [])],
            store,
            session.lock,
            execution,
            shown,
            says=session.says,
            warns=warn,
            recorded=False,
        )
    for failure in outcome.failed.values():
        raise CellError(failure.text)
    from clirbench.running.stages.encoder import open_encoder
    from clirbench.training.alignment import align
    from clirbench.transport.exact import Exact

    solver = entry.method.aligner if isinstance(entry.method, Distillation) else Exact()
    read, english = (open_encoder(stage, store.folder).eval() for stage in (student, teacher))
    pair = SentencePair(arguments.foreign, arguments.english)
    starts = suite.teacher if student is teacher else suite.start
    reader = read, _longest(starts, read)
    (alignment,) = align(reader, (english, _longest(suite.teacher, english)), [pair], solver)
    console.print(_table(alignment, found[0], solver.name))
    if arguments.svg:
        from clirbench.files import write_text
        from clirbench.report.page.heatmap import draw_plan

        write_text(arguments.svg, draw_plan(found[0], alignment.as_json()))
    return 0


def _longest(reader: Reader, encoder: Encoder) -> int:
    """Tokens that are shown of a sentence: as many as are read where the suite says it, else all."""
    from clirbench.models.loading import positions

    return reader.query_tokens or positions(encoder.backbone) or _SHOWN


def _table(alignment: Alignment, cell: Cell, solver: str) -> Table:
    """Foreign tokens in rows, English ones in columns; each cell has the share of its row's mass."""
    table = Table(
        title=f"{cell}: plan by {solver}",
        caption="percent of each foreign token's mass that goes to each English token",
        padding=0,
    )
    table.add_column("", no_wrap=True)
    for token in alignment.english:
        table.add_column(Text(token), justify="right")
    for token, row in zip(alignment.foreign, alignment.plan, strict=True):
        total = sum(row)
        shares = [mass / total if total else 0.0 for mass in row]
        table.add_row(Text(token), *map(_shaded, shares))
    return table


def _shaded(share: float) -> Text:
    percent = round(100 * share)
    if not percent:
        return Text("·", style="dim")
    level = round(200 * (1 - share))  # the stronger, the darker the blue
    style = f"{'white' if share > 1 / 2 else 'black'} on rgb({level},{level},255)"
    return Text(f"{percent}", style=style)
