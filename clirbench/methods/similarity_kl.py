"""Sentence-level distillation of the similarities between the sentences of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from clirbench.methods.base import Distillation
from clirbench.models.vectors import Vectors
from clirbench.settings import settings

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SimilarityKL"]


@settings
class SimilarityKL(Distillation):
    """Each foreign sentence is to be as near to the English ones of the batch as its own one is.

    `sentence-contrastive` with the teacher's similarities for the target in place of a single right
    answer; a low teacher temperature gives that back. In C2KD the similarities are between texts and
    videos, of several teachers; here they are between sentences, of one.
    """

    name: ClassVar[str] = "similarity-kl"
    level: ClassVar[Literal["sentence", "token"]] = "sentence"
    equation: ClassVar[str] = (
        "mean over pairs i of KL(p_i ‖ q_i), p_i = softmax_k(cos(mean t of i, mean t of k) / "
        "teacher_temperature), q_i = softmax_k(cos(mean s of i, mean t of k) / temperature)"
    )
    reference: ClassVar[str] = "after C2KD (Rouditchenko et al., ICASSP 2023, arXiv 2210.03625)"

    temperature: Annotated[float, Field(gt=0)] = 0.05
    """Of the student's softmax; as that of `sentence-contrastive`, chosen here."""
    teacher_temperature: Annotated[float, Field(gt=0)] = 0.05
    """Of the teacher's; the same as the student's, so that equal vectors are the optimum. Chosen
    here."""

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """Divergence of the student's similarities from the teacher's."""
        from torch.nn.functional import kl_div, log_softmax, normalize

        s, t = normalize(student.sentences, dim=-1), normalize(teacher.sentences, dim=-1)
        q = log_softmax(s @ t.T / self.temperature, dim=1)  # (B, B)
        p = log_softmax(t @ t.T / self.teacher_temperature, dim=1)
        return kl_div(q, p, log_target=True, reduction="batchmean")
