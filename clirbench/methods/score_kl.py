"""Distillation of the teacher's distribution over candidate passages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from clirbench.methods.base import Ranking
from clirbench.settings import settings

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ScoreKL"]


@settings
class ScoreKL(Ranking):
    """The translated query must rank candidates as the teacher does with the English one.

    In Translate-Distill the teacher is a cross-encoder. Here it is the suite's teacher, which reads
    the English query, so that all methods learn from the same one. DR.DECR's second stage (Li et
    al., NAACL 2022) is a loss of this kind too.
    """

    name: ClassVar[str] = "score-kl"
    needs: ClassVar[str] = "translated queries, English passages"
    equation: ClassVar[str] = (
        "temperature² · KL(softmax(t / temperature) ‖ softmax(s / temperature))"
    )
    reference: ClassVar[str] = "after Translate-Distill (Yang et al., ECIR 2024, arXiv 2401.04810)"

    passages: Annotated[int, Field(ge=2)] = 6
    """Candidates of a query. The authors use six."""
    temperature: Annotated[float, Field(gt=0)] = 0.05
    """Temperature of both softmaxes, as in the other methods, since scores are mean cosines. Chosen
    here."""

    def loss(self, student: Tensor, teacher: Tensor) -> Tensor:
        """Divergence of the student's distribution from the teacher's."""
        from torch.nn.functional import kl_div, log_softmax

        s, t = (log_softmax(scores / self.temperature, dim=1) for scores in (student, teacher))
        return kl_div(s, t, log_target=True, reduction="batchmean") * self.temperature**2
