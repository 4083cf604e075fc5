"""How a table is laid out to fit a column or a page of a paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType
from typing import Literal

from clirbench.errors import SuiteError
from clirbench.report.table import MEAN, ResultTable

__all__ = ["WIDTHS", "Fit", "Layout", "laid_out", "width_of"]

Fit = Literal["column", "page"]
WIDTHS: MappingProxyType[Fit, float] = MappingProxyType({"column": 219.0, "page": 345.0})
"""Points (of TeX) that there are: a column of ACL's style, the text of `article`. Both are the narrowest
of the usual ones: a table that fits them fits a page of IEEE's, ACM's and ACL's styles, too."""
_SIZES = (10, 9, 8, 7)
"""Sizes of letters that are tried, in points."""
_GROWTH = MappingProxyType({10: 1.0, 9: 1.028, 8: 1.063, 7: 1.139})
"""The smaller Computer Modern is, the wider are its letters for their size."""
_BOLD = 1.15
_SPARE = 1.03
"""What the sum of widths is raised by."""
_MARK = 0.75
"""Width of a superscript mark, as a share of the size of letters."""
_LETTERS = {
    **dict.fromkeys("ijl.,:;'!|", 0.29),
    **dict.fromkeys("ftrsI-()[]/", 0.40),
    **dict.fromkeys("acez", 0.46),
    **dict.fromkeys("bdghknopquvxy", 0.545),
    **dict.fromkeys("wABCDEFGHJKLNOPQRSTUVXYZ%&+=−", 0.79),
    **dict.fromkeys("mMW@", 1.04),
    **dict.fromkeys("0123456789", 0.5),
    " ": 0.34,
}
"""Widths in Computer Modern, as a share of the size: Times and others of papers are narrower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A table, and how it is set."""

    table: ResultTable
    swapped: bool = False
    """Whether methods are the columns, and language pairs the rows."""
    turned: bool = False
    """Whether the heads of columns stand upright."""
    size: int | None = None
    """Of the letters, in points; None: the document's."""
    said: str = ""
    """What was done to make it fit."""

    @property
    def separation(self) -> int:
        """Half the space between columns, in points."""
        return 4 if self.size is None or self.size > 8 else 3  # noqa: PLR2004


def laid_out(table: ResultTable, fit: Fit | None, width: float | None = None) -> Layout:
    """Choose the first layout that fits: each of these in letters of 10, 9, 8, then 7 points.

    1. Methods as rows, as on the screen.
    2. Rows and columns swapped.
    3. Swapped, with the methods' names upright.
    4. to 6. The same with the macro means alone.

    Args:
        table: to be set.
        fit: where it has to fit; None: nowhere.
        width: points that there are; None: those of the narrowest styles.

    Raises:
        SuiteError: nothing fits.
    """
    if fit is None:
        return Layout(table=table)
    room = width or WIDTHS[fit]
    for layout in _layouts(table):
        if width_of(layout) <= room:
            said = f"fits a {fit} of {room:g} pt: {layout.said}letters of {layout.size} pt"
            return replace(layout, said=said)
    raise SuiteError(
        f"the table does not fit a {fit} of {room:g} pt, not even its means alone in letters of {_SIZES[-1]} points. "
        "Choose rows by --rows, columns by --columns, or shorter names by --names"
    )


def _layouts(table: ResultTable) -> Iterator[Layout]:
    keep = [i for i, column in enumerate(table.columns) if column.group == MEAN]
    means = replace(
        table,
        columns=tuple(table.columns[i] for i in keep),
        rows=tuple((name, tuple(own[i] for i in keep)) for name, own in table.rows),
        quoted=tuple((name, tuple(own[i] for i in keep)) for name, own in table.quoted),
    )
    wholes = [(table, "")]
    if 0 < len(keep) < len(table.columns):
        wholes.append((means, "macro means alone, "))
    for one, chosen in wholes:
        for swapped, turned, how in (
            (False, False, ""),
            (True, False, "rows and columns swapped, "),
            (True, True, "rows and columns swapped, names upright, "),
        ):
            for size in _SIZES:
                said = chosen + how
                yield Layout(table=one, swapped=swapped, turned=turned, size=size, said=said)


def width_of(layout: Layout) -> float:
    """Say how wide LaTeX will set a layout, in points, rounded up."""
    table, size = layout.table, layout.size or _SIZES[0]
    names = [table.shown(name) for name, _ in table.drawn]
    heads = [table.shown(column.name) for column in table.columns]
    columns = [row for _, row in table.drawn]
    if layout.swapped:
        names, heads = [*heads, *{table.shown(column.group) for column in table.columns}], names
    else:
        columns = [tuple(own) for own in zip(*columns, strict=True)]
    first = max(_text(name, size) for name in [*names, "method"])
    widths = [
        max(
            1.3 * size if layout.turned else _text(head, size),
            max(_text(entry.text, size, bold=entry.best) for entry in own)
            + _MARK * size * any(entry.mark for entry in own),
        )
        for head, own in zip(heads, columns, strict=True)
    ]
    between = 2 * layout.separation
    whole = first + sum(widths) + between * len(widths)
    if not layout.swapped:
        place = 0
        for group, own in groupby(table.columns, key=lambda column: column.group):
            span = len(list(own))
            room = sum(widths[place : place + span]) + between * (span - 1)
            whole += max(_text(table.shown(group), size) - room, 0)
            place += span
    return _SPARE * whole


def _text(text: str, size: int, *, bold: bool = False) -> float:
    wide = sum(_LETTERS.get(letter, 1.0) for letter in text)
    return wide * size * _GROWTH[size] * (_BOLD if bold else 1)
