"""Topics without capitals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from clirbench.data.perturbations.base import Draw, Known, Perturbation
from clirbench.settings import settings

__all__ = ["Case"]


@settings
class Case(Perturbation):
    """Words with capitals are written in lower case, as people type queries."""

    name: ClassVar[str] = "case"
    reference: ClassVar[str] = "a usual test of robustness; chosen here"

    def suits(self, piece: str, known: Known) -> bool:  # noqa: ARG002
        """A word that has a capital."""
        return piece != piece.lower()

    def edit(self, found: list[str], places: Sequence[int], known: Known, draw: Draw) -> str:  # noqa: ARG002
        """In small letters."""
        for place in places:
            found[place] = found[place].lower()
        return "".join(found)
