"""Harder topics: one file for each way to perturb them, and the table of them."""

from __future__ import annotations

from clirbench.data.perturbations.base import Perturbation
from clirbench.lazy import Table

__all__ = ["PERTURBATIONS"]

PERTURBATIONS: Table[type[Perturbation]] = Table(
    __name__,
    {
        "case": "Case",
        "code-mixed": "CodeMixed",
        "diacritics": "Diacritics",
        "romanised": "Romanised",
        "truncated": "Truncated",
        "typos": "Typos",
        "word-order": "WordOrder",
    },
)
"""Name in suite files → class."""
