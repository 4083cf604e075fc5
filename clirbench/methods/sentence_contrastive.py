"""Sentence-level contrastive distillation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from clirbench.methods.base import Distillation
from clirbench.models.vectors import Vectors
from clirbench.settings import settings

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SentenceContrastive"]


@settings
class SentenceContrastive(Distillation):
    """Each foreign sentence is to be nearer to its English one than to the others of the batch.

    With a `queue` also than to those of earlier batches: the teacher is fixed, so its past vectors
    are as good as new. With `both`, each English sentence is to be nearer to its foreign one than to
    the others of the batch as well.

    This is plain InfoNCE against fixed targets, and with a queue that of MoCo, whose keys a slow copy of
    the student gives, where here the fixed teacher does. Tan et al. (EACL 2023, arXiv 2210.05033) put a
    contrastive term of this kind into the distillation of multilingual sentence encoders; their recipe
    is not remade here.
    """

    name: ClassVar[str] = "sentence-contrastive"
    neutral: ClassVar[Mapping[str, object]] = {"queue": 0, "both": False}
    level: ClassVar[Literal["sentence", "token"]] = "sentence"
    equation: ClassVar[str] = (
        "InfoNCE over cos(mean_j s_j, mean_i t_i) / temperature, negatives in the batch and the queue"
    )
    reference: ClassVar[str] = (
        "InfoNCE (van den Oord et al. 2018); queue after MoCo (He et al. 2020)"
    )

    temperature: Annotated[float, Field(gt=0)] = 0.05
    """Of the softmax; 0.05 is usual for cosines (SimCSE, Gao et al. 2021), chosen here."""
    queue: Annotated[int, Field(ge=0)] = 0
    """English sentences of earlier batches that are negatives, too, as far as there are so many. 0: those
    of the batch alone, so that the default differs from the other in-batch methods in nothing else.
    Chosen here."""
    both: bool = False
    """Whether the loss of the other direction is added, English to foreign; the queue has no part in
    it, for past vectors of a student are not what it would give now. Chosen here."""

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """Cross entropy of picking the right English sentence, and maybe the right foreign one."""
        import torch
        from torch.nn.functional import cross_entropy, normalize

        s, t = normalize(student.sentences, dim=-1), normalize(teacher.sentences, dim=-1)
        right = torch.arange(len(s), device=s.device)
        scores = s @ t.T / self.temperature  # (B, B)
        candidates = scores
        if self.queue and teacher.memory is not None:
            past = normalize(teacher.memory.latest(self.queue).to(s), dim=-1)
            candidates = torch.cat([scores, s @ past.T / self.temperature], dim=1)  # (B, B + Q)
        loss = cross_entropy(candidates, right)
        return loss + cross_entropy(scores.T, right) if self.both else loss
