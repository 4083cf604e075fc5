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
    """Name of the loss's method. The method's settings stand beside it."""
    weight: Annotated[float, Field(gt=0)] = 1.0
    """The loss is multiplied by this. Losses differ in scale, so 1 is a start, not a balance."""


@settings
class Mixed(Distillation):
    """A weighted sum of the losses of other methods that learn from bitext.

    In a suite file it needs no name, only its parts, each with its own settings:

        label = "both"
        loss = [{ method = "optical", solver = "exact" }, { method = "sentence-mse", weight = 0.5 }]

    With an `anchor` in [training], the whole sum is added for the English side too.
    """

    name: ClassVar[str] = "mixed"
    level: ClassVar[str] = "both"
    equation: ClassVar[str] = "sum over the parts of weight · loss of the part"
    reference: ClassVar[str] = "clirbench's own; each part has its own reference"

    parts: tuple[Part, ...] = Field(
        alias="loss",  # the key; as an attribute that is the method below
        default=(Part(method=Optical()), Part(method=SentenceContrastive())),
        min_length=1,
    )
    """The losses. Default: token-level transport and a contrast of sentences, the two that the
    suite compares. Chosen here."""

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
