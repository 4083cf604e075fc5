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
    answer. A low teacher temperature gives that back, a high one has the differences of
    similarities matched. In C2KD the similarities are between texts and videos, of several
    teachers; here they are between sentences, of one.

    How flat the target is, as its entropy of at most 3.47 nats, for 512 English sentences of
    Tatoeba in batches of 32 (`benchmarks/similarity.py`). With all-MiniLM-L6-v2: 0.01 at a teacher
    temperature of 0.05 (0.999 of a row on the sentence itself), 0.15 at 0.1, 1.83 at 0.2 (0.63),
    2.88 at 0.3. With multilingual-e5-small, whose cosines lie closer together: 2.16 at 0.05 (0.53),
    3.26 at 0.1, 3.43 at 0.2.
    """

    name: ClassVar[str] = "similarity-kl"
    level: ClassVar[Literal["sentence", "token"]] = "sentence"
    equation: ClassVar[str] = (
        "mean over pairs i of KL(p_i ‖ q_i), p_i = softmax_k(cos(mean t of i, mean t of k) / "
        "teacher_temperature), q_i = softmax_k(cos(mean s of i, mean t of k) / temperature)"
    )
    reference: ClassVar[str] = "after C2KD (Rouditchenko et al., ICASSP 2023, arXiv 2210.03625)"

    temperature: Annotated[float, Field(gt=0)] = 0.2
    """Of the student's softmax; the same as the teacher's, so that equal vectors are the optimum. Chosen
    here."""
    teacher_temperature: Annotated[float, Field(gt=0)] = 0.2
    """Temperature of the teacher's similarities. At the 0.05 of the contrastive methods the target
    of an English encoder is a single sentence, and MAP came within .002 of `sentence-contrastive`.
    0.2 leaves it half of the entropy that there can be. Chosen here."""

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """Divergence of the student's similarities from the teacher's."""
        from torch.nn.functional import kl_div, log_softmax, normalize

        s, t = normalize(student.sentences, dim=-1), normalize(teacher.sentences, dim=-1)
        q = log_softmax(s @ t.T / self.temperature, dim=1)  # (B, B)
        p = log_softmax(t @ t.T / self.teacher_temperature, dim=1)
        return kl_div(q, p, log_target=True, reduction="batchmean")
