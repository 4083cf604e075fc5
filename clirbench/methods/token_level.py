"""What losses between tokens share: what counts as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from clirbench.methods.base import Distillation
from clirbench.models.vectors import Vectors
from clirbench.settings import settings

__all__ = ["TokenLevel"]


@settings
class TokenLevel(Distillation):
    """Compares the tokens of sentences."""

    level: ClassVar[str] = "token"
    neutral: ClassVar[Mapping[str, object]] = {"unit": "piece"}

    unit: Literal["piece", "word"] = "piece"
    """What is compared in training. piece: the tokenizers' pieces. word: words, each as the mean of
    its pieces' vectors, so that a word counts once however many pieces it has. Search always
    compares pieces."""

    @property
    def needs_units(self) -> bool:
        """Whether it compares words."""
        return self.unit == "word"

    def compared(self, side: Vectors) -> Vectors:
        """A side of the batch in what is compared."""
        return side.by_word() if self.unit == "word" else side
