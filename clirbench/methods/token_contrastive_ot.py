"""Token-level contrastive distillation over transport plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from clirbench.methods.optical import Optical
from clirbench.models.vectors import Vectors
from clirbench.settings import settings
from clirbench.transport import cosine_cost, plan, transport_cost

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["TokenContrastiveOT"]


@settings
class TokenContrastiveOT(Optical):
    """Contrast between the sentences of a batch, scored by OPTICAL's transport plans.

    A plan is made for every foreign sentence with every English one of the batch, B² in all. The
    solver is that of `optical`, so that the two methods differ only in the loss. With the solver
    `nearest` it is `token-contrastive`. Scores are ⟨T, 1 − C⟩, not −⟨T, C⟩. To a softmax the two
    are the same if all plans move the same mass. If a solver moves less mass for unrelated
    sentences, only the first is fair to them.

    For 32 pairs of 16 to 32 tokens, loss and gradient take about 0.03 s on one core (`python -m
    benchmarks transport`). Fewer `iterations` of the solver take less.
    """

    name: ClassVar[str] = "token-contrastive-ot"
    equation: ClassVar[str] = (
        "InfoNCE over ⟨T_ik, cos(t of k, s of i)⟩ / temperature, T_ik the transport plan between the "
        "tokens of foreign sentence i and English sentence k, held constant; negatives in the batch"
    )
    reference: ClassVar[str] = (
        "clirbench's own: OPTICAL's plan in InfoNCE (van den Oord et al. 2018)"
    )

    temperature: Annotated[float, Field(gt=0)] = 0.05
    """Temperature of the softmax. As in `token-contrastive`, so that the two methods differ only in
    the plan."""

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """Cross entropy of picking the right English sentence by transport."""
        import torch
        from torch.nn.functional import cross_entropy

        teacher, student = self.compared(teacher), self.compared(student)
        (size, n), m = teacher.mask.shape, student.mask.shape[1]
        t, s = (side.tokens.flatten(0, 1)[None] for side in (teacher, student))
        cost = cosine_cost(t, s).view(size, n, size, m).transpose(1, 2).flatten(0, 1)  # (B², n, m)
        transport = plan(
            cost.detach(),
            self.masses(teacher).repeat_interleave(size, dim=0),  # English first: 1 1 1 2 2 2 …
            self.masses(student).repeat(size, 1),  # 1 2 3 1 2 3 …
            self.solver,
        )
        scores = transport_cost(transport, 1 - cost).view(size, size).T / self.temperature
        return cross_entropy(scores, torch.arange(size, device=scores.device))
