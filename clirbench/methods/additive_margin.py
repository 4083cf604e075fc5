"""Sentence-level contrastive distillation with a margin, in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from clirbench.methods.base import Distillation
from clirbench.models.vectors import Vectors
from clirbench.settings import settings

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["AdditiveMargin"]


@settings
class AdditiveMargin(Distillation):
    """Each foreign sentence is pulled nearer to its translation than to all others, by a margin.

    This is LaBSE's loss, not LaBSE. LaBSE trains both sides, from masked language models and on far
    more bitext; here the English side is the fixed teacher's. Without the margin it is
    `sentence-contrastive` in both directions.
    """

    name: ClassVar[str] = "additive-margin"
    level: ClassVar[Literal["sentence", "token"]] = "sentence"
    equation: ClassVar[str] = (
        "InfoNCE over (cos(mean s of i, mean t of k) − margin · [i = k]) / temperature, foreign to "
        "English plus English to foreign, negatives in the batch"
    )
    reference: ClassVar[str] = "after LaBSE (Feng et al., ACL 2022, arXiv 2007.01852)"

    margin: Annotated[float, Field(ge=0, le=2)] = 0.3
    """Margin taken from the cosine of the right pair. The paper's value."""
    temperature: Annotated[float, Field(gt=0)] = 0.05
    """Temperature of the softmax. Chosen here, as in `sentence-contrastive`: the paper's scale of
    cosines is unverified."""

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """Cross entropy of picking the right English sentence, and the right foreign one."""
        import torch
        from torch.nn.functional import cross_entropy, normalize

        s, t = normalize(student.sentences, dim=-1), normalize(teacher.sentences, dim=-1)
        margins = self.margin * torch.eye(len(s), device=s.device)
        scores = (s @ t.T - margins) / self.temperature  # (B, B)
        right = torch.arange(len(s), device=s.device)
        return cross_entropy(scores, right) + cross_entropy(scores.T, right)
