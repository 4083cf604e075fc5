"""Several losses at once, as a weighted sum."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from clirbench.methods.base import Distillation
from clirbench.methods.optical import Optical
from clirbench.methods.sentence_contrastive import SentenceContrastive
from clirbench.models.vectors import Vectors
from clirbench.settings import settings

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Mixed", "Part"]


@settings
class Part:
    """One loss of a mix."""

    method: Distillation
    """Its name; its settings stand beside it."""
    weight: Annotated[float, Field(gt=0)] = 1.0
    """What its loss is multiplied by. Losses differ in scale: 1 is a start, not a balance."""


@settings
class Mixed(Distillation):
    """A weighted sum of the losses of other methods that learn from bitext.

    In a suite file it needs no name, only its parts, each with its own settings:

        label = "both"
        loss = [{ method = "optical", solver = "exact" }, { method = "sentence-mse", weight = 0.5 }]

    An anchor of the training adds the whole sum for the English side.
    """

    name: ClassVar[str] = "mixed"
    level: ClassVar[str] = "both"
    equation: ClassVar[str] = "sum over the parts of weight · loss of the part"
    reference: ClassVar[str] = "clirbench's own; the parts have their own"

    parts: tuple[Part, ...] = Field(
        alias="loss",  # the key; as an attribute that is the method below
        default=(Part(method=Optical()), Part(method=SentenceContrastive())),
        min_length=1,
    )
    """The losses: token-level transport and a contrast of sentences where nothing is said, for this
    suite's question is which of them is better. Chosen here."""

    @property
    def needs_units(self) -> bool:
        """Whether any part of it does."""
        return any(part.method.needs_units for part in self.parts)

    def faults(self, pairs: Sequence[str]) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """Those of its parts."""
        for index, part in enumerate(self.parts):
            for key, fault in part.method.faults(pairs):
                yield ("loss", index, *key), fault

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """The weighted sum of the parts' losses."""
        first, *rest = (part.weight * part.method.loss(student, teacher) for part in self.parts)
        for other in rest:
            first = first + other
        return first
