"""Translate-train: the ranking loss of a teacher, on translated queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from clirbench.methods.base import Ranking
from clirbench.settings import settings

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["TranslateTrain"]


@settings
class TranslateTrain(Ranking):
    """Each translated query must score its passage above those of the batch's other queries.

    The teacher's scores of the English query are not used. The translations are the collection's
    own: gold ones of `synthetic`, anyone's in `files`. In the paper queries are English; passages
    are translated by machine, and the student reads them.
    """

    name: ClassVar[str] = "translate-train"
    needs: ClassVar[str] = "translated queries, English passages"
    equation: ClassVar[str] = (
        "−log softmax(s / temperature)_0 over its passages and the relevant ones of the batch"
    )
    reference: ClassVar[str] = "after ColBERT-X (Nair et al., ECIR 2022, arXiv 2201.08471)"
    in_batch: ClassVar[bool] = True

    passages: Annotated[int, Field(ge=1)] = 1
    """Candidates of a query. 1: only the relevant passage, beside those of the other queries; the
    teacher is trained like this here. With more, others are drawn from the teacher's best. Chosen
    here."""
    temperature: Annotated[float, Field(gt=0)] = 0.05
    """Temperature of the softmax. As in the teacher's own training here."""

    def loss(self, student: Tensor, teacher: Tensor) -> Tensor:
        """Cross entropy of picking the relevant passage."""
        del teacher
        from torch.nn.functional import cross_entropy

        return cross_entropy(student / self.temperature, student.new_zeros(len(student)).long())
