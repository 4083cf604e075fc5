"""Sentence-level distillation by Huber's loss: a method of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from clirbench.methods import Distillation, Vectors
from clirbench.settings import settings

if TYPE_CHECKING:
    from torch import Tensor


@settings
class SentenceHuber(Distillation):
    """As `sentence-mse`, but a sentence that is far off, as in a wrong pair, pulls no harder for it."""

    name: ClassVar[str] = "sentence-huber"
    level: ClassVar[str] = "sentence"
    equation: ClassVar[str] = "mean over pairs of huber(‖mean_j s_j − mean_i t_i‖; delta)"
    reference: ClassVar[str] = "after Huber, Annals of Mathematical Statistics 35(1), 1964"

    delta: Annotated[float, Field(gt=0)] = 1.0
    """Distance from which the loss grows linearly, no more by its square. Chosen here."""

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """Huber's loss of the distances between sentence vectors."""
        squares = (student.sentences - teacher.sentences).square().sum(dim=-1)
        distances = (squares + 1e-12).sqrt()  # no infinite gradient at 0
        linear = self.delta * (distances - self.delta / 2)
        return (squares / 2).where(distances < self.delta, linear).mean()
