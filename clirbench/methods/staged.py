"""Several trainings, one after another, each by a loss of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, TypeVar

from pydantic import Field

from clirbench.methods.base import Distillation
from clirbench.methods.sentence_contrastive import SentenceContrastive
from clirbench.methods.sentence_mse import SentenceMSE
from clirbench.models.settings import Optimisation, Positive, PositiveInt
from clirbench.models.vectors import Vectors
from clirbench.settings import settings

if TYPE_CHECKING:
    from torch import Tensor

    from clirbench.transport import Solver

__all__ = ["Pace", "StageOfTraining", "Staged"]

_T = TypeVar("_T", bound=Optimisation)


@settings
class Pace:
    """What of its training is a stage's own; all else is as in [training]."""

    epochs: PositiveInt | None = None
    """Passes over the bitext in this stage. Default: as in [training]."""
    rate: Positive = 1.0
    """The learning rate is multiplied by this, so that [tune] tries rates for the whole method."""
    batch_size: PositiveInt | None = None
    """Pairs in a batch. Default: as in [training]."""


@settings
class StageOfTraining(Pace):
    """A loss, and how long and how fast it is trained."""

    method: Distillation
    """Name of the loss's method. The method's settings stand beside it. A sum, `loss = [...]`, may
    replace it."""


@settings
class Staged(Distillation):
    """One student, trained by one loss after another, such as distil, then contrast.

    In a suite file it needs no name, only its stages, each with the settings of its method:

        label = "distil-contrast"
        stages = [
            { method = "sentence-mse", epochs = 1 },
            { method = "sentence-contrastive", epochs = 2, rate = 0.5 },
        ]

    Each stage has an optimiser, a warm-up and a decay of its own. It keeps the order of the batches
    and the queue of the stage before.
    """

    name: ClassVar[str] = "staged"
    level: ClassVar[str] = "both"
    equation: ClassVar[str] = "the loss of the first stage, then that of the next"
    reference: ClassVar[str] = "clirbench's own; each stage has its own reference"

    stages: tuple[StageOfTraining, ...] = Field(
        default=(
            StageOfTraining(method=SentenceMSE()),
            StageOfTraining(method=SentenceContrastive()),
        ),
        min_length=1,
    )
    """The stages, in order. Chosen here."""

    @property
    def aligner(self) -> Solver:
        """That of the last stage."""
        return self.stages[-1].method.aligner

    @property
    def needs_units(self) -> bool:
        """Whether any stage does."""
        return any(stage.method.needs_units for stage in self.stages)

    def faults(self, pairs: Sequence[str]) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """Those of its stages."""
        for index, stage in enumerate(self.stages):
            for key, fault in stage.method.faults(pairs):
                yield ("stages", index, *key), fault

    def in_stages(self, training: _T) -> tuple[tuple[Distillation, _T], ...]:
        """Each stage's loss, and how it is trained."""
        return tuple(
            (
                stage.method,
                replace(
                    training,
                    epochs=stage.epochs or training.epochs,
                    batch_size=stage.batch_size or training.batch_size,
                    learning_rate=stage.rate * training.learning_rate,
                ),
            )
            for stage in self.stages
        )

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """The loss of the last stage."""
        return self.stages[-1].method.loss(student, teacher)
