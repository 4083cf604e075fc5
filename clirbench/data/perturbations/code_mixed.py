"""Topics with English words in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from clirbench.data.perturbations.base import Draw, Known, Perturbation
from clirbench.data.words import words
from clirbench.settings import settings

__all__ = ["CodeMixed"]

_LEAST = 0.1
"""Probability below which a translation is not used; as `code-switch`."""


@settings
class CodeMixed(Perturbation):
    """Words are replaced by their likeliest English translation, from a lexicon of the bitext.

    Words that the lexicon does not know stay and are not counted: with a severity of 0.5, half of
    the known words become English.
    """

    name: ClassVar[str] = "code-mixed"
    needs_lexicon: ClassVar[bool] = True
    reference: ClassVar[str] = (
        "Litschko, Artemova & Plank, Findings of ACL 2023, arXiv 2305.05295 (of training queries)"
    )

    def suits(self, piece: str, known: Known) -> bool:
        """A word that is in the lexicon, with another word as its translation."""
        return self._translation(piece, known) is not None

    def edit(self, found: list[str], places: Sequence[int], known: Known, draw: Draw) -> str:  # noqa: ARG002
        """In English."""
        for place in places:
            found[place] = self._translation(found[place], known) or found[place]
        return "".join(found)

    @staticmethod
    def _translation(piece: str, known: Known) -> str | None:
        if not piece or piece.isspace() or len(own := words(piece)) != 1:
            return None
        for word, probability in known.lexicon.get(own[0], ()):
            if probability >= _LEAST and word != own[0]:
                return word
        return None
