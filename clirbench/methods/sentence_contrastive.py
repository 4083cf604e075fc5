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
    are as good as new. With `hard` negatives also than to those that the teacher finds nearest to
    its English one. With `both`, each English sentence is to be nearer to its foreign one than to
    the others of the batch as well.

    This is plain InfoNCE against fixed targets, and with a queue that of MoCo, whose keys a slow copy of
    the student gives, where here the fixed teacher does. Tan et al. (EACL 2023, arXiv 2210.05033) put a
    contrastive term of this kind into the distillation of multilingual sentence encoders; their recipe
    is not remade here.
    """

    name: ClassVar[str] = "sentence-contrastive"
    neutral: ClassVar[Mapping[str, object]] = {
        "queue": 0,
        "both": False,
        "hard": 0,
        "hard_limit": 0.95,
    }
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
    """Whether the loss of the other direction is added, English to foreign. The queue and hard
    negatives have no part in it, for past vectors of a student are not what it would give now.
    Chosen here."""
    hard: Annotated[int, Field(ge=0)] = 0
    """English sentences that are negatives of a pair alone: the nearest to its English side by the
    teacher, of all the bitext. 0: none. Chosen here."""
    hard_limit: Annotated[float, Field(ge=-1, le=1)] = 0.95
    """Cosine with the English side above which a sentence may say the same, and is no hard
    negative. 95 % of the positive's score was best in NV-Retriever (Moreira et al. 2024, arXiv
    2407.15831)."""

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
        if self.hard and teacher.memory is not None:
            which, there = teacher.memory.nearest(self.hard, self.hard_limit)
            near = normalize(teacher.memory.sentences[which].to(s), dim=-1)  # (B, k, d)
            hard = (near @ s[..., None]).squeeze(-1) / self.temperature
            hard = hard.masked_fill(~there.to(s.device), -torch.inf)
            candidates = torch.cat([candidates, hard], dim=1)
        loss = cross_entropy(candidates, right)
        return loss + cross_entropy(scores.T, right) if self.both else loss
