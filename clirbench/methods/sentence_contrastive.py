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
    """Each foreign sentence is pulled nearer to its English one than to the batch's others.

    With a `queue`, the sentences of earlier batches are negatives too. The teacher is fixed, so its
    past vectors are as good as new. With `hard` negatives, so are the sentences that the teacher
    finds nearest to the English one. With `both`, each English sentence is also pulled nearer to
    its foreign one.

    This is plain InfoNCE against fixed targets. With a queue it is that of MoCo, but the fixed
    teacher gives the keys, where MoCo has a slow copy of the student. Tan et al. (EACL 2023, arXiv
    2210.05033) add a contrastive term of this kind to the distillation of multilingual sentence
    encoders. Their recipe is not reproduced here.
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
    """Temperature of the softmax. Chosen here; 0.05 is usual for cosines (SimCSE, Gao et al.
    2021)."""
    queue: Annotated[int, Field(ge=0)] = 0
    """Most English sentences of earlier batches that are negatives too. 0: only those of the batch,
    as in the other in-batch methods. Chosen here."""
    both: bool = False
    """Whether the loss of the other direction, English to foreign, is added. It uses neither the
    queue nor hard negatives, since past vectors of a student are out of date. Chosen here."""
    hard: Annotated[int, Field(ge=0)] = 0
    """Hard negatives of each pair: the English sentences of the bitext that the teacher finds
    nearest to its English side. 0: none. Chosen here."""
    hard_limit: Annotated[float, Field(ge=-1, le=1)] = 0.95
    """Sentences with a higher cosine to the English side are no hard negatives, since they may say
    the same. 95 % of the positive's score was best in NV-Retriever (Moreira et al. 2024, arXiv
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
