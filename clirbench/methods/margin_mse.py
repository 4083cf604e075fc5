"""Distillation of the teacher's margins between passages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from clirbench.methods.base import Ranking
from clirbench.settings import settings

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["MarginMSE"]


@settings
class MarginMSE(Ranking):
    """The relevant passage must lead the others by as much as it does for the teacher.

    In the paper, cross-encoders teach students of another architecture in one language, from
    triples. Here the suite's teacher reads the English query and teaches a student that reads its
    translation.
    """

    name: ClassVar[str] = "margin-mse"
    needs: ClassVar[str] = "translated queries, English passages"
    equation: ClassVar[str] = "mean over the other passages k of ((t_0 − t_k) − (s_0 − s_k))²"
    reference: ClassVar[str] = "after Hofstätter et al. 2020, arXiv 2010.02666"

    passages: Annotated[int, Field(ge=2)] = 6
    """Candidates of a query, one of them relevant. The paper uses triples, which is 2. Here as in
    `score-kl`, so that the two methods differ only in the loss."""

    def loss(self, student: Tensor, teacher: Tensor) -> Tensor:
        """Squared difference of the margins."""
        s, t = (scores[:, :1] - scores[:, 1:] for scores in (student, teacher))
        return (t - s).square().mean()
