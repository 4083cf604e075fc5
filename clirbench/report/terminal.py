"""The table on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clirbench.report.table import Entry, ResultTable

__all__ = ["terminal_table", "terminal_text"]


def terminal_table(table: ResultTable) -> Table:
    """Draw with rich: pairs under their resource class, the best in bold, the second underlined."""
    drawn = Table(title=Text(table.title), title_justify="left", header_style="")
    drawn.add_column("\nmethod", no_wrap=True)
    group = None
    for column in table.columns:
        header = f"{column.group if column.group != group else ''}\n{column.name}"
        group = column.group
        drawn.add_column(Text(header), no_wrap=True, min_width=5)
    for method, entries in table.drawn:
        cells = [Text.assemble((entry.text, _style(entry)), entry.mark) for entry in entries]
        drawn.add_row(Text(method), *cells)
    return drawn


def terminal_text(table: ResultTable) -> str:
    """Draw without colours, as wide as the table is, with its notes below."""
    console = Console(width=10_000, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(terminal_table(table))
        for note in table.notes:
            console.print(note, markup=False, highlight=False, soft_wrap=True)
    lines = captured.get().splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _style(entry: Entry) -> str:
    if entry.best:
        return "bold"
    return "underline" if entry.second else ""
