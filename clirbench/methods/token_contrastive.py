"""Token-level contrastive distillation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from clirbench.methods.token_level import TokenLevel
from clirbench.models.vectors import Vectors
from clirbench.settings import settings

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["TokenContrastive"]


@settings
class TokenContrastive(TokenLevel):
    """As the sentence-level one, with late-interaction scores instead of cosines of means."""

    name: ClassVar[str] = "token-contrastive"
    equation: ClassVar[str] = (
        "InfoNCE over mean_j max_i cos(s_j, t_i) / temperature, negatives in the batch"
    )
    reference: ClassVar[str] = (
        "InfoNCE (van den Oord et al. 2018) over MaxSim (Khattab & Zaharia 2020)"
    )

    temperature: Annotated[float, Field(gt=0)] = 0.05
    """Of the softmax; as the sentence-level method, so that the two differ in level alone."""

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """Cross entropy of picking the right English sentence by MaxSim."""
        import torch
        from torch.nn.functional import cross_entropy

        scores = max_sim(self.compared(student), self.compared(teacher)) / self.temperature
        return cross_entropy(scores, torch.arange(len(scores), device=scores.device))


def max_sim(queries: Vectors, documents: Vectors) -> Tensor:
    """Mean over query tokens of the largest cosine with a document token, (Q, D).

    The mean instead of ColBERT's sum keeps the scale of scores, and so the meaning of a
    temperature, independent of the length of the query; rankings are the same.
    """
    from torch.nn.functional import normalize

    q, d = normalize(queries.tokens, dim=-1), normalize(documents.tokens, dim=-1)
    cosines = q.flatten(0, 1) @ d.flatten(0, 1).T  # (Q·n, D·m)
    cosines = cosines.view(len(q), q.shape[1], len(d), d.shape[1])
    cosines = cosines.masked_fill(~documents.mask[None, None], float("-inf"))
    best = cosines.amax(dim=-1)  # (Q, n, D)
    weights = queries.mask.to(best.dtype) / queries.mask.sum(dim=1, keepdim=True)
    return (best * weights[..., None]).sum(dim=1)
