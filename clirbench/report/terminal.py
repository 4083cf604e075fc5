"""The table on a terminal."""

from __future__ import annotations

from functools import partial

from rich.console import ConsoleRenderable
from rich.table import Table
from rich.text import Text

from clirbench.report.table import Entry, ResultTable
from clirbench.screen import WIDE, Blocks, Screen

__all__ = ["terminal_table", "terminal_text"]


def terminal_table(table: ResultTable) -> ConsoleRenderable:
    """Draw with rich: pairs under their resource class, the best in bold, the second underlined.

    Columns beyond the console's width follow in further blocks, each with the methods before it.
    """
    return Blocks(partial(_block, table), len(table.columns))


def terminal_text(table: ResultTable) -> str:
    """Draw without colours, as wide as the table is, with its notes below."""
    console = Screen(width=WIDE, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(terminal_table(table))
        for note in table.notes:
            console.print(note, markup=False, highlight=False, soft_wrap=True)
    lines = captured.get().splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _block(table: ResultTable, start: int, end: int) -> Table:
    """Draw some of the columns; the first block has the title."""
    title = None if start else Text(table.title)
    drawn = Table(title=title, title_justify="left", header_style="")
    drawn.add_column("\nmethod", overflow="fold")  # a name too wide for the console is kept
    group = None
    for column in table.columns[start:end]:
        header = f"{table.shown(column.group) if column.group != group else ''}\n{table.shown(column.name)}"
        group = column.group
        drawn.add_column(Text(header), no_wrap=True, min_width=5)
    for method, entries in table.drawn:
        cells = [Text.assemble((e.text, _style(e)), e.mark) for e in entries[start:end]]
        drawn.add_row(Text(table.shown(method)), *cells)
    return drawn


def _style(entry: Entry) -> str:
    if entry.best:
        return "bold"
    return "underline" if entry.second else ""
