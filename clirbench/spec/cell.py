"""Cells: pair × method × seed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from clirbench.errors import SuiteError
from clirbench.spec.model import LanguagePair, Suite, SuiteMethod

__all__ = ["Cell", "cells", "select"]

_CELL = re.compile(r"(?P<pair>[^/]+)/(?P<method>[^/]+)(?:/seed=(?P<seed>\d+))?")


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One entry of the grid; an untrained method has no seed. `str(cell)` parses back."""

    pair: str
    method: str
    seed: int | None = None

    def __str__(self) -> str:
        seed = "" if self.seed is None else f"/seed={self.seed}"
        return f"{self.pair}/{self.method}{seed}"

    @property
    def varied(self) -> bool:
        """Whether its topics are perturbed or its bitext is changed, as the name of its pair says."""
        return "~" in self.pair

    @classmethod
    def parse(cls, text: str) -> Cell:
        """Read `sw-en/optical/seed=3`.

        Raises:
            SuiteError: the text is not of that form.
        """
        if not (match := _CELL.fullmatch(text)):
            raise SuiteError(f'cell "{text}": expected PAIR/METHOD or PAIR/METHOD/seed=N')
        seed = match["seed"]
        return cls(match["pair"], match["method"], None if seed is None else int(seed))


def cells(suite: Suite) -> tuple[Cell, ...]:
    """Every cell of the suite: by pair, then method, then seed; those that are varied are last."""
    return tuple(
        Cell(str(pair), entry.label, seed)
        for pair in (*suite.pairs, *suite.perturbed, *suite.swept)
        for entry in suite.methods
        if entry.method.covers(str(pair.plain)) and _asked(suite, pair, entry)
        for seed in (suite.seeds if entry.trained else (None,))
    )


def _asked(suite: Suite, pair: LanguagePair, entry: SuiteMethod) -> bool:
    """Whether a method is to be searched on a pair: of those that are varied, only if it matters."""
    if pair.perturbation:
        labels = suite.robustness.methods if suite.robustness else ()
        return entry.method.reads_topics and (labels is None or entry.label in labels)
    return not pair.swept or is_swept(suite, pair, entry)


def is_swept(suite: Suite, pair: LanguagePair, entry: SuiteMethod) -> bool:
    """Whether a method learns something else for a pair whose bitext is changed, and is asked to."""
    labels = suite.sweep.methods if suite.sweep else ()
    if pair.swept and pair.swept.translated:
        changed = pair.swept.translated != entry.label
    else:
        changed = entry.on(pair) != entry or pair.learned != pair.bitext
    return entry.learns and changed and (labels is None or entry.label in labels)


def select(suite: Suite, patterns: Sequence[str]) -> tuple[Cell, ...]:
    """Pick the cells that match any pattern such as `sw-en/*/seed=1`; without patterns, all.

    A cell of an untrained method stands for every seed, so that it belongs to `sw-en/*/seed=1` too.

    Raises:
        SuiteError: a pattern matches nothing.
    """
    everything = cells(suite)
    if not patterns:
        return everything
    unmatched = [
        p for p in patterns if not any(_matches(cell, p, suite.seeds) for cell in everything)
    ]
    if unmatched:
        pairs = ", ".join(map(str, (*suite.pairs, *suite.perturbed, *suite.swept)))
        labels = ", ".join(entry.label for entry in suite.methods)
        seeds = ", ".join(map(str, suite.seeds))
        raise SuiteError(
            [
                f'--only "{p}": no cell matches; a cell is PAIR/METHOD/seed=N with '
                f"pairs {pairs}; methods {labels}; seeds {seeds}"
                for p in unmatched
            ]
        )
    return tuple(c for c in everything if any(_matches(c, p, suite.seeds) for p in patterns))


def _matches(cell: Cell, pattern: str, seeds: Sequence[int]) -> bool:
    texts = [str(cell), f"{cell.pair}/{cell.method}"]
    if cell.seed is None:
        texts += [f"{cell}/seed={seed}" for seed in seeds]
    return any(fnmatchcase(text, pattern) for text in texts)
