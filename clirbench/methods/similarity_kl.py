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
    """Each foreign sentence must be as near to the batch's English ones as its own one is.

    This is `sentence-contrastive` with the teacher's similarities as the target, in place of a
    single right answer. A low teacher temperature gives that back; a high one matches the
    differences of similarities. In C2KD the similarities are between texts and videos, of several
    teachers. Here they are between sentences, of one teacher.

    The target's entropy was measured on 512 English sentences of Tatoeba in batches of 32, by
    `benchmarks/similarity.py`. It is at most 3.47 nats. With all-MiniLM-L6-v2 it is 0.01 at a
    teacher temperature of 0.05 (0.999 of a row on the sentence itself), 0.15 at 0.1, 1.83 at 0.2
    (0.63) and 2.88 at 0.3. With multilingual-e5-small, whose cosines lie closer together, it is
    2.16 at 0.05 (0.53), 3.26 at 0.1 and 3.43 at 0.2.
    """

    name: ClassVar[str] = "similarity-kl"
    level: ClassVar[Literal["sentence", "token"]] = "sentence"
    equation: ClassVar[str] = (
        "mean over pairs i of KL(p_i ‖ q_i), p_i = softmax_k(cos(mean t of i, mean t of k) / "
        "teacher_temperature), q_i = softmax_k(cos(mean s of i, mean t of k) / temperature)"
    )
    reference: ClassVar[str] = "after C2KD (Rouditchenko et al., ICASSP 2023, arXiv 2210.03625)"

    temperature: Annotated[float, Field(gt=0)] = 0.2
    """Temperature of the student's softmax. The same as the teacher's, so that equal vectors are
    the optimum. Chosen here."""
    teacher_temperature: Annotated[float, Field(gt=0)] = 0.2
    """Temperature of the teacher's softmax. At 0.05, as in the contrastive methods, an English
    encoder's target is a single sentence, and MAP came within .002 of `sentence-contrastive`. At
    0.2 the target has half of the largest possible entropy. Chosen here."""

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """Divergence of the student's similarities from the teacher's."""
        from torch.nn.functional import kl_div, log_softmax, normalize

        s, t = normalize(student.sentences, dim=-1), normalize(teacher.sentences, dim=-1)
        q = log_softmax(s @ t.T / self.temperature, dim=1)  # (B, B)
        p = log_softmax(t @ t.T / self.teacher_temperature, dim=1)
        return kl_div(q, p, log_target=True, reduction="batchmean")
