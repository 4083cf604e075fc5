"""Token-level contrastive distillation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    """`sentence-contrastive` with late-interaction scores instead of cosines of means."""

    name: ClassVar[str] = "token-contrastive"
    neutral: ClassVar[Mapping[str, object]] = {
        **TokenLevel.neutral,
        "hard": 0,
        "hard_limit": 0.95,
    }
    equation: ClassVar[str] = (
        "InfoNCE over mean_j max_i cos(s_j, t_i) / temperature, negatives in the batch"
    )
    reference: ClassVar[str] = (
        "InfoNCE (van den Oord et al. 2018) over MaxSim (Khattab & Zaharia 2020)"
    )

    temperature: Annotated[float, Field(gt=0)] = 0.05
    """Temperature of the softmax. As in `sentence-contrastive`, so that the two methods differ only
    in level."""
    hard: Annotated[int, Field(ge=0)] = 0
    """Hard negatives of each pair: the English sentences of the bitext whose mean vectors the
    teacher finds nearest to that of its English side. 0: none. Chosen here."""
    hard_limit: Annotated[float, Field(ge=-1, le=1)] = 0.95
    """Sentences with a higher cosine to the English side are no hard negatives, since they may say
    the same. 95 % of the positive's score was best in NV-Retriever (Moreira et al. 2024, arXiv
    2407.15831)."""

    def faults(self, pairs: Sequence[str]) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """Words are known of the batch alone."""
        yield from super().faults(pairs)
        if self.hard and self.unit == "word":
            yield ("hard",), 'only for unit = "piece"'

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """Cross entropy of picking the right English sentence by MaxSim."""
        import torch
        from torch.nn.functional import cross_entropy

        student = self.compared(student)
        scores = max_sim(student, self.compared(teacher))
        right = torch.arange(len(scores), device=scores.device)
        memory = teacher.memory
        if self.hard and memory is not None and memory.texts is not None:
            which, there = memory.nearest(self.hard, self.hard_limit)
            tokens, mask = memory.texts(which.flatten())
            near = own_scores(student, Vectors(tokens.to(scores.device), mask.to(scores.device)))
            near = near.masked_fill(~there.to(scores.device), -torch.inf)  # (B, k)
            scores = torch.cat([scores, near], dim=1)
        return cross_entropy(scores / self.temperature, right)


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


def own_scores(queries: Vectors, passages: Vectors) -> Tensor:
    """As `max_sim`, of B queries with C passages each, which follow one another: (B, C)."""
    from torch.nn.functional import normalize

    size, width = len(queries.tokens), passages.mask.shape[1]
    q, d = normalize(queries.tokens, dim=-1), normalize(passages.tokens, dim=-1)
    cosines = q @ d.view(size, -1, d.shape[-1]).mT  # (B, n, C·m)
    cosines = cosines.masked_fill(~passages.mask.view(size, 1, -1), float("-inf"))
    best = cosines.view(*q.shape[:2], -1, width).amax(dim=-1)  # (B, n, C)
    weights = queries.mask.to(best.dtype) / queries.mask.sum(dim=1, keepdim=True)
    return (best * weights[..., None]).sum(dim=1)
