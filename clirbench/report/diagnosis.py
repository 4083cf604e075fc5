"""Tables of what encoders make of held-out translations, and of what goes with the scores."""

from __future__ import annotations

from clirbench.analysis.diagnosis import DiagnosedCells, diagnosed_cells
from clirbench.report.condition_table import ConditionTable
from clirbench.results.diagnosis import MEASURES
from clirbench.results.folder import Folder
from clirbench.statistics import mean_name, number
from clirbench.statistics.within import LEAST_UNITS
from clirbench.wording import counted, listed

__all__ = ["diagnosis_tables"]

_MISSING = "–"
_SHOWN = 5
"""Cells that a note names."""


def diagnosis_tables(results: Folder) -> tuple[ConditionTable, ...]:
    """Give the means of each method, and the correlations; none where the suite asks for no diagnosis.

    Raises:
        DataError: a file of the folder is damaged.
    """
    found = diagnosed_cells(results)
    return (_means(found), _correlations(found)) if found.cells else ()


def _means(found: DiagnosedCells) -> ConditionTable:
    sentences = sorted({own.sentences for own in found.cells.values() if own.measures})
    span = " to ".join(f"{n:,}" for n in dict.fromkeys((*sentences[:1], *sentences[-1:])))
    notes = [
        f"Measured on {span} sentence pairs that no training has read. Means over seeds, then "
        f"over {listed(found.pairs, len(found.pairs), between=', ')}. xx: the foreign language. "
        "docs/diagnosis.md explains each measure and its range."
        if found.pairs
        else "No language pair has measures of all methods, so there are no means."
    ]
    notes += [f"Not measured: {reason}." for reason in found.reasons]
    if found.lacking:
        notes.append(f"Without a diagnosis: {listed(found.lacking, _SHOWN, between=', ')}.")
    return ConditionTable(
        title="diagnosis: encoders on held-out translations",
        columns=tuple(MEASURES.values()),
        rows=tuple(
            (method, tuple(_number(found.mean(method, name)) for name in MEASURES))
            for method in found.methods
        ),
        notes=tuple(notes),
    )


def _correlations(found: DiagnosedCells) -> ConditionTable:
    mean, rows = mean_name(found.measure), []
    for name, shown in MEASURES.items():
        own = found.correlation(name)
        ends = own.interval
        rows.append(
            (
                shown,
                (
                    _number(own.rho, sign=True),
                    f"[{number(ends.low)}, {number(ends.high)}]" if ends else _MISSING,
                    str(own.values),
                ),
            )
        )
    strata = counted(len(found.strata), "language pair")
    methods = counted(len(found.methods), "method")
    few = f"; with fewer than {LEAST_UNITS} there is none" * (len(found.methods) < LEAST_UNITS)
    level = f"{100 * found.confidence:g} % CI"
    return ConditionTable(
        title=f"diagnosis: what goes with {mean} within a language pair",
        head="measure",
        columns=("Spearman's ρ", level, "cells"),
        rows=tuple(rows),
        notes=(
            (
                f"Ranks of cells within each language pair ({strata}), pooled; a cell is one training, or a method that "
                f"is not trained. CI: bootstrap over {methods}, each with all its cells{few}. The "
                f"{len(MEASURES)} intervals are not adjusted for each other. What goes together need not be "
                "cause and effect."
            ),
        ),
    )


def _number(value: float | None, *, sign: bool = False) -> str:
    return _MISSING if value is None else number(value, sign=sign)
