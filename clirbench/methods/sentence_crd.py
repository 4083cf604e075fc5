"""Sentence-level contrastive representation distillation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from clirbench.methods.base import Distillation
from clirbench.models.vectors import Vectors
from clirbench.settings import settings

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SentenceCRD"]


@settings
class SentenceCRD(Distillation):
    """A critic tells whether a foreign and an English sentence are translations or drawn apart.

    The critic h of noise-contrastive estimation bounds the mutual information of the student's and
    the teacher's vectors from below. It follows the authors' code, with three differences. Vectors
    are compared as they are, not by learned projections, since the student must end in the
    teacher's own space. Of the two symmetric parts only one is kept: its negatives are the
    teacher's vectors, which do not go out of date. The constant c is that of the teacher's English
    sentences in each step, so that steps are independent; the code estimates it from the student's
    first batch.
    """

    name: ClassVar[str] = "sentence-crd"
    level: ClassVar[Literal["sentence", "token"]] = "sentence"
    equation: ClassVar[str] = (
        "mean over pairs i of −log h(s of i, t of i) − Σ_k log(1 − h(s of i, t of k)) over N other "
        "English sentences k, h(s, t) = e / (e + N c), e = exp(cos(mean s, mean t) / temperature), "
        "c the mean of e between English sentences"
    )
    reference: ClassVar[str] = "after CRD (Tian, Krishnan & Isola, ICLR 2020, arXiv 1910.10699)"

    temperature: Annotated[float, Field(gt=0)] = 0.07
    """Temperature of the critic. The authors' code has 0.07."""
    negatives: Annotated[int, Field(ge=0)] = 512
    """English sentences drawn as negatives for a step, beside the others of the batch. The authors'
    code has 16384, more than most bitexts here. Chosen here."""

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """Cross entropy of telling the right English sentence from each of the others."""
        import torch
        from torch.nn.functional import normalize, softplus

        s, t = normalize(student.sentences, dim=-1), normalize(teacher.sentences, dim=-1)
        bank = t
        if teacher.memory is not None:
            bank = torch.cat([t, normalize(teacher.memory.drawn(self.negatives).to(t), dim=-1)])
        right = torch.eye(len(s), len(bank), dtype=torch.bool, device=s.device)
        count = len(bank) - 1
        apart = (t @ bank.T / self.temperature)[~right]
        level = math.log(max(count, 1)) + apart.logsumexp(0) - math.log(max(len(apart), 1))
        odds = s @ bank.T / self.temperature - level  # (B, B + N), log of h / (1 − h)
        return (softplus(-odds[right]).sum() + softplus(odds[~right]).sum()) / len(s)
