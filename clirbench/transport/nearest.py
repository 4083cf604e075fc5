"""Every token to its cheapest counterpart."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from clirbench.settings import settings
from clirbench.transport.base import Solver

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Nearest"]


@settings
class Nearest(Solver):
    """min ⟨T, C⟩ such that Tᵀ1 = b, T ≥ 0, with no bound on the rows (or the other way round).

    All of a token's mass goes to its cheapest counterpart, the first of equal ones; several tokens
    may choose the same one. ⟨T, C⟩ = Σ_j b_j min_i C_ij is a MaxSim between the two sentences, and
    never above that of `exact`. The plan is a step function of the cost, so only the marginal has a
    gradient.

    Source: the relaxed word mover's distance of Kusner et al., From word embeddings to document
    distances, 2015.
    """

    name: ClassVar[str] = "nearest"
    differentiable: ClassVar[bool] = True

    side: Literal["source", "target"] = "target"
    """The side whose tokens each choose, and whose marginal is kept. Default chosen by clirbench,
    so that every token of the student has something to learn from."""

    def solve(self, cost: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """Choose in every column, or in every row."""
        import torch

        if self.side == "target":
            absent, kept, axis = (source == 0)[:, :, None], target[:, None, :], 1
        else:
            absent, kept, axis = (target == 0)[:, None, :], source[:, :, None], 2
        choice = cost.detach().masked_fill(absent, float("inf")).argmin(axis, keepdim=True)
        return torch.zeros_like(cost).scatter(axis, choice, kept)
