"""Topics that end early."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from clirbench.data.perturbations.base import Draw, Known, Perturbation
from clirbench.settings import settings

__all__ = ["Truncated"]


@settings
class Truncated(Perturbation):
    """The last words are left out, as in a short query; at least one word stays."""

    name: ClassVar[str] = "truncated"
    reference: ClassVar[str] = "a usual test of robustness; chosen here"

    def edit(self, found: list[str], places: Sequence[int], known: Known, draw: Draw) -> str:  # noqa: ARG002
        """Up to the word that is as many from the end as words are to be edited."""
        words = [place for place, piece in enumerate(found) if self.suits(piece, known)]
        kept = max(1, len(words) - len(places))
        if not places or kept == len(words):
            return "".join(found)
        return "".join(found[: words[kept - 1] + 1])
