"""What encoders make of translations beside how well they rank, and what of it goes with that.

Nothing here says that one causes the other: a method moves all of it at once.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from clirbench.results.diagnosis import MEASURES, Diagnosed, diagnoses
from clirbench.results.folder import Folder
from clirbench.spec.cell import Cell
from clirbench.statistics.within import RankCorrelation, within_spearman

__all__ = ["COLUMNS", "DiagnosedCells", "diagnosed_cells", "diagnosis_rows"]

COLUMNS = ("pair", "method", "seed", "language", "sentences", "measure", "score", *MEASURES)
"""Of `diagnosis_rows`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosedCells:
    """The diagnoses of a results folder, with the cells' scores."""

    measure: str
    """The suite's first measure."""
    cells: Mapping[Cell, Diagnosed]
    """Cells with a diagnosis, in the order of the suite's methods."""
    scores: Mapping[Cell, float]
    """Mean score over topics of each of these cells."""
    lacking: Sequence[str]
    """Finished cells of the same methods and pairs without a diagnosis."""
    confidence: float
    """Confidence level of intervals."""
    resamples: int
    seed: int

    @property
    def measured(self) -> dict[Cell, Mapping[str, float | None]]:
        """Those with enough sentences."""
        return {cell: own.measures for cell, own in self.cells.items() if own.measures}

    @property
    def reasons(self) -> list[str]:
        """Why others were not measured, each reason once."""
        return list(dict.fromkeys(own.reason for own in self.cells.values() if own.reason))

    @property
    def methods(self) -> list[str]:
        """Those with a cell that was measured."""
        return list(dict.fromkeys(cell.method for cell in self.measured))

    @property
    def strata(self) -> list[str]:
        """The language pairs with a cell that was measured."""
        return list(dict.fromkeys(cell.pair for cell in self.measured))

    @property
    def pairs(self) -> list[str]:
        """The language pairs on which every one of the methods was measured: what means are over."""
        methods: defaultdict[str, set[str]] = defaultdict(set)
        for cell in self.measured:
            methods[cell.pair].add(cell.method)
        return [pair for pair, own in methods.items() if len(own) == len(self.methods)]

    def mean(self, method: str, measure: str) -> float | None:
        """Mean over pairs of the mean over seeds; None where the measure is not defined."""
        found = [
            [
                own[measure]
                for cell, own in self.measured.items()
                if (cell.pair, cell.method) == (pair, method)
            ]
            for pair in self.pairs
        ]
        values = [[v for v in seeds if v is not None] for seeds in found]
        if not found or any(len(a) < len(b) for a, b in zip(values, found, strict=True)):
            return None
        return _mean([_mean(own) for own in values])

    def correlation(self, measure: str) -> RankCorrelation:
        """How a measure goes with the score over the cells of a language pair."""
        found = [
            (value, self.scores[cell], cell)
            for cell, own in self.measured.items()
            if (value := own[measure]) is not None
        ]
        return within_spearman(
            [value for value, _, _ in found],
            [score for _, score, _ in found],
            [cell.pair for _, _, cell in found],
            [cell.method for _, _, cell in found],
            confidence=self.confidence,
            resamples=self.resamples,
            seed=self.seed,
            name="methods",
        )


def diagnosed_cells(results: Folder) -> DiagnosedCells:
    """Put diagnoses beside scores; none where the suite asks for none.

    Raises:
        DataError: a file of the folder is damaged.
    """
    suite = results.suite
    measure, order = suite.measures[0], [entry.label for entry in suite.methods]
    pairs = [str(pair) for pair in suite.pairs]

    def place(cell: Cell) -> tuple[int, int, int]:
        return order.index(cell.method), pairs.index(cell.pair), cell.seed or 0

    found = diagnoses(results)
    cells = {cell: found[cell] for cell in sorted(found, key=place)}
    methods, known = {cell.method for cell in cells}, {cell.pair for cell in cells}
    return DiagnosedCells(
        measure=measure,
        cells=cells,
        scores={
            cell: _mean([values[measure] for values in results.cells.scores[cell].values()])
            for cell in cells
        },
        lacking=[
            str(cell)
            for cell in results.cells.scores
            if cell.method in methods and cell.pair in known and cell not in cells
        ],
        confidence=1 - suite.statistics.alpha,
        resamples=suite.statistics.resamples,
        seed=suite.statistics.seed,
    )


def diagnosis_rows(found: DiagnosedCells) -> Iterator[tuple[object, ...]]:
    """A row for each cell that was diagnosed, with `COLUMNS`."""
    for cell, own in found.cells.items():
        measures = (own.measures.get(name) for name in MEASURES)
        at = cell.pair, cell.method, cell.seed, own.language, own.sentences
        yield (*at, found.measure, found.scores[cell], *measures)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
