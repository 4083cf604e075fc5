"""DR.DECR's alignment: squared error between greedily matched tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clirbench.methods.token_level import TokenLevel
from clirbench.models.vectors import Vectors
from clirbench.settings import settings
from clirbench.transport import Solver, cosine_cost, plan, transport_cost, uniform
from clirbench.transport.greedy import Greedy

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["TokenGreedy"]


@settings
class TokenGreedy(TokenLevel):
    """Tokens are matched one to one, cheapest pair first; each is drawn to its match.

    This is the first of DR.DECR's two stages of distillation, the one on parallel text. Matching
    and loss are those of the authors' code, simplified in two ways. Padding and query augmentation
    are not matched (there all 32 positions are), so the longer sentence keeps tokens without a
    match. The error is summed over dimensions, not averaged. Vectors have unit length, as ColBERT's
    do.

    The authors also draw the student's English to the teacher's, with equal weight. `anchor = 1` in
    [training] does this for every method alike. Theirs compares position by position, which is what the
    matching gives while the student's English is near the teacher's.
    """

    name: ClassVar[str] = "greedy"
    equation: ClassVar[str] = (
        "mean over pairs of the mean over matches (i, j) of ‖t_i − s_j‖², t and s of unit length, "
        "matched greedily on 1 − cos(t_i, s_j)"
    )
    reference: ClassVar[str] = (
        "after DR.DECR (Li et al., NAACL 2022, arXiv 2112.08185), first stage"
    )

    @property
    def aligner(self) -> Solver:
        """The matching."""
        return Greedy()

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """Squared distance of matched unit vectors; no gradient through the matching."""
        teacher, student = self.compared(teacher), self.compared(student)
        cost = cosine_cost(teacher.tokens, student.tokens)  # (B, n, m)
        matches = plan(cost.detach(), uniform(teacher.mask), uniform(student.mask), Greedy())
        return 2 * transport_cost(matches, cost).mean()  # of unit vectors ‖t − s‖² = 2 (1 − cos)
