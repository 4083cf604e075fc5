"""The table as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from clirbench.analysis.answer import answer_of
from clirbench.report.diagnosis import diagnosis_tables
from clirbench.report.robustness import robustness_tables
from clirbench.report.sweep import sweep_tables
from clirbench.report.table import Entry, ResultTable, table_of
from clirbench.results.folder import Folder

__all__ = ["conditions_markdown", "escape", "markdown_page", "markdown_row", "markdown_table"]

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&$^!])")


def markdown_table(table: ResultTable) -> str:
    """Draw as a GitHub-flavoured table, the best in bold, the second underlined, its notes below."""
    heads = [
        f"{escape(table.shown(c.name))} ({escape(table.shown(c.group))})" for c in table.columns
    ]
    lines = [
        f"### {escape(table.title)}",
        "",
        markdown_row(["method", *heads]),
        markdown_row([":--", *(["--:"] * len(heads))]),
        *(
            markdown_row([escape(table.shown(method)), *map(_entry, entries)])
            for method, entries in table.drawn
        ),
        "",
    ]
    for note in table.notes:
        lines += [escape(note), ""]
    return "\n".join(lines)


def markdown_page(results: Folder) -> str:
    """Draw the tables of all measures, of each condition and of encoders, below the answer.

    Raises:
        DataError: a file of the folder is damaged.
    """
    answer = answer_of(results.measures[0])
    tables = [markdown_table(table_of(results, each)) for each in results.measures]
    conditions = conditions_markdown(results)
    parts = [f"# {results.name}", *([answer.text] if answer else []), *tables, *conditions]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def conditions_markdown(results: Folder) -> Iterator[str]:
    """Draw the tables of perturbed topics, of changed bitexts and of a diagnosis, where there are any.

    Raises:
        DataError: the file of robustness, of the sweep or a diagnosis is damaged.
    """
    conditions = (*robustness_tables(results), *sweep_tables(results))
    for table in chain.from_iterable((*conditions, diagnosis_tables(results))):
        yield "\n".join(
            [
                f"### {escape(table.title)}",
                "",
                markdown_row([table.head, *map(escape, table.columns)]),
                markdown_row([":--", *(["--:"] * len(table.columns))]),
                *(markdown_row([escape(name), *map(escape, row)]) for name, row in table.rows),
                "",
                *(f"{escape(note)}\n" for note in table.notes),
            ]
        )


def markdown_row(cells: Sequence[str]) -> str:
    """Join cells, already escaped, to a line of a table."""
    return f"| {' | '.join(cells)} |"


def escape(text: str) -> str:
    """Give text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _entry(entry: Entry) -> str:
    if entry.best:
        return f"**{entry.text}**{entry.mark}"
    if entry.second:  # Markdown has no sign for it; GitHub lets this tag through
        return f"<ins>{entry.text}</ins>{entry.mark}"
    return entry.text + entry.mark
