"""The table as CSV, in long format."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, fields

from clirbench.report.rows import Row, rows
from clirbench.report.table import ResultTable
from clirbench.wording import no_formula

__all__ = ["csv_tables"]


def csv_tables(tables: Sequence[ResultTable]) -> str:
    """Write a line for each measure, method and pair or group; its columns are the fields of `Row`.

    Numbers are in their shortest exact form; what is not defined is empty. A label that a
    spreadsheet would take for a formula gets a ' before it.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in fields(Row)])
    for row in rows(tables):
        writer.writerow([_field(value) for value in astuple(row)])
    return text.getvalue()


def _field(value: object) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else no_formula(str(value))
