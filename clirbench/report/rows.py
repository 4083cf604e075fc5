"""The table as lines for machines: one for each measure, method and pair or group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from clirbench.report.notes import BETTER
from clirbench.report.table import Entry, ResultTable

__all__ = ["Row", "rows"]

_DIGITS = 12
"""Places kept of what is not rounded for people: what lies beyond depends on the order of a sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A method's mean by a measure on a pair or group; None where it is not defined."""

    measure: str
    method: str
    on: str
    """A pair, or the group of a macro mean."""
    group: str
    """Resource class of a pair, or `mean`."""
    mean: float | None
    low: float | None
    """Lower end of the bootstrap interval over topics."""
    high: float | None
    seed_sd: float | None
    """Standard deviation over seeds of the mean over topics."""
    topics: int
    seeds: int
    shown: str
    """The mean as the tables for people round it."""
    rank: Literal[1, 2] | None
    """Best and second among the methods shown."""
    versus: str | None
    """The method that this one is compared with."""
    difference: float | None
    p: float | None
    """Two-sided, of the design's test; see the notes of a table."""
    p_adjusted: float | None
    """`p`, adjusted within its family."""
    mark: Literal["better", "worse"] | None
    """Significantly so."""


def rows(tables: Sequence[ResultTable]) -> Iterator[Row]:
    """Give the lines of all tables, by table, method and column."""
    for table in tables:
        for method, entries in table.rows:
            for column, entry in zip(table.columns, entries, strict=True):
                yield _row(table.measure, method, column.name, column.group, entry)


def _row(measure: str, method: str, on: str, group: str, entry: Entry) -> Row:
    found, compared = entry.found, entry.compared
    mark: Literal["better", "worse"] = "better" if entry.mark == BETTER else "worse"
    return Row(
        measure=measure,
        method=method,
        on=on,
        group=group,
        mean=_rounded(found.mean),
        low=None if found.interval is None else _rounded(found.interval.low),
        high=None if found.interval is None else _rounded(found.interval.high),
        seed_sd=_rounded(found.seed_sd),
        topics=found.topics,
        seeds=found.seeds,
        shown=entry.text,
        rank=1 if entry.best else 2 if entry.second else None,
        versus=None if compared is None else compared.second,
        difference=None if compared is None else _rounded(compared.difference),
        p=None if compared is None else _significant(compared.p),
        p_adjusted=None if compared is None else _significant(compared.p_adjusted),
        mark=mark if entry.mark else None,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS) + 0.0  # no -0.0


def _significant(p: float) -> float:
    """Round a p-value, which may be small but is never 0."""
    return float(f"{p:.9g}")
