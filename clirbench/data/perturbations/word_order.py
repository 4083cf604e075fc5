"""Topics whose words change places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from clirbench.data.perturbations.base import Draw, Known, Perturbation
from clirbench.settings import settings

__all__ = ["WordOrder"]


@settings
class WordOrder(Perturbation):
    """Words change places with each other; spaces and punctuation between them stay."""

    name: ClassVar[str] = "word-order"
    reference: ClassVar[str] = (
        "Penha, Câmara & Hauff, ECIR 2022 (RandomOrderSwap swaps two words; here a share changes places)"
    )

    def edit(self, found: list[str], places: Sequence[int], known: Known, draw: Draw) -> str:  # noqa: ARG002
        """Each chosen word goes to the place of another: in one circle, in an order that is drawn."""
        circle = sorted(places, key=lambda place: draw(place).random())
        words = [found[place] for place in circle]
        for place, word in zip(circle, words[1:] + words[:1], strict=True):
            found[place] = word
        return "".join(found)
