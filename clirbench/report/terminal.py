"""The table on a terminal."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderResult
from rich.table import Table
from rich.text import Text

from clirbench.report.table import Entry, ResultTable
from clirbench.screen import WIDE, Screen, blocks

__all__ = ["terminal_table", "terminal_text"]


def terminal_table(table: ResultTable) -> ConsoleRenderable:
    """Draw with rich: pairs under their resource class, the best in bold, the second underlined.

    Columns beyond the console's width follow in further blocks, each with the methods before it.
    """
    return _Blocks(table)


def terminal_text(table: ResultTable) -> str:
    """Draw without colours, as wide as the table is, with its notes below."""
    console = Screen(width=WIDE, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(terminal_table(table))
        for note in table.notes:
            console.print(note, markup=False, highlight=False, soft_wrap=True)
    lines = captured.get().splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Blocks:
    """A table in as few blocks as the width allows."""

    table: ResultTable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from blocks(self._block, len(self.table.columns), console, options)

    def _block(self, start: int, end: int) -> Table:
        """Draw some of the columns; the first block has the title."""
        title = None if start else Text(self.table.title)
        drawn = Table(title=title, title_justify="left", header_style="")
        drawn.add_column("\nmethod", overflow="fold")  # a name too wide for the console is kept
        group = None
        for column in self.table.columns[start:end]:
            header = f"{self.table.shown(column.group) if column.group != group else ''}\n{self.table.shown(column.name)}"
            group = column.group
            drawn.add_column(Text(header), no_wrap=True, min_width=5)
        for method, entries in self.table.drawn:
            cells = [Text.assemble((e.text, _style(e)), e.mark) for e in entries[start:end]]
            drawn.add_row(Text(self.table.shown(method)), *cells)
        return drawn


def _style(entry: Entry) -> str:
    if entry.best:
        return "bold"
    return "underline" if entry.second else ""
