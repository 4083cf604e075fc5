"""The table as a fragment of HTML."""

from __future__ import annotations

from html import escape
from itertools import groupby

from clirbench.report.table import Entry, ResultTable

__all__ = ["html_table"]


def html_table(table: ResultTable) -> str:
    """Draw as one `table` element: scoped headers, the best `strong`, the second `u`, notes in `tfoot`.

    It has no style of its own; numbers have the class `number`.
    """
    groups = [
        f'<th scope="colgroup" colspan="{len(list(columns))}">{_text(table.shown(group))}</th>'
        for group, columns in groupby(table.columns, key=lambda column: column.group)
    ]
    names = [f'<th scope="col">{_text(table.shown(column.name))}</th>' for column in table.columns]
    lines = [
        '<table class="clirbench">',
        f"<caption>{_text(table.title)}</caption>",
        "<thead>",
        f'<tr><th scope="col" rowspan="2">method</th>{"".join(groups)}</tr>',
        f"<tr>{''.join(names)}</tr>",
        "</thead>",
        "<tbody>",
        *(
            f'<tr><th scope="row">{_text(table.shown(method))}</th>{"".join(map(_entry, entries))}</tr>'
            for method, entries in table.drawn
        ),
        "</tbody>",
        "<tfoot>",
        *(
            f'<tr><td colspan="{len(table.columns) + 1}">{_text(note)}</td></tr>'
            for note in table.notes
        ),
        "</tfoot>",
        "</table>",
    ]
    return "\n".join(lines) + "\n"


def _entry(entry: Entry) -> str:
    text = _text(entry.text)
    if entry.best:
        text = f"<strong>{text}</strong>"
    elif entry.second:
        text = f"<u>{text}</u>"
    mark = f"<sup>{_text(entry.mark)}</sup>" if entry.mark else ""
    return f'<td class="number">{text}{mark}</td>'


def _text(text: str) -> str:
    return escape(" ".join(text.split()))
