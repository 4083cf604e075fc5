"""Every token to every token, whatever the cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clirbench.settings import settings
from clirbench.transport.base import Solver

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Product"]


@settings
class Product(Solver):
    """T = a bᵀ, the plan that ignores the cost.

    With a cosine cost of unit vectors ⟨T, C⟩ = 1 - ⟨Σ_i a_i s_i, Σ_j b_j t_j⟩: distillation of the
    mean-pooled sentence vectors.
    """

    name: ClassVar[str] = "product"
    differentiable: ClassVar[bool] = True

    def solve(self, cost: Tensor, source: Tensor, target: Tensor) -> Tensor:  # noqa: ARG002 - as all
        """Multiply the marginals."""
        return source[:, :, None] * target[:, None, :]
