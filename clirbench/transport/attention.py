"""Every token to its counterparts, the cheaper the more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from clirbench.settings import settings
from clirbench.transport.base import Solver
from clirbench.transport.marginals import logarithm

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Attention"]


@settings
class Attention(Solver):
    """min ⟨T, C⟩ + temperature · KL(T ‖ a bᵀ) such that Tᵀ1 = b (or T1 = a): a softmax.

        T_ij = b_j a_i exp(-C_ij / temperature) / Σ_k a_k exp(-C_kj / temperature)

    This is `sinkhorn` without one marginal. A high temperature gives `product`, a low one
    `nearest`.
    """

    name: ClassVar[str] = "attention"
    differentiable: ClassVar[bool] = True

    temperature: Annotated[float, Field(gt=0)] = 0.1
    """Softness, in units of the cost. Default chosen by clirbench: the epsilon of `sinkhorn`."""
    side: Literal["source", "target"] = "target"
    """The side whose tokens each attend to the other, and whose marginal is kept, as in
    `nearest`."""

    def solve(self, cost: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """Take the softmax over every column, or over every row."""
        logits = -cost / self.temperature  # (B, n, m)
        if self.side == "target":
            logits, kept, axis = logits + logarithm(source)[:, :, None], target[:, None, :], 1
        else:
            logits, kept, axis = logits + logarithm(target)[:, None, :], source[:, :, None], 2
        # Not softmax: over columns its last bit depends on the place in the batch, on a CPU.
        return (logits - logits.logsumexp(axis, keepdim=True)).exp() * kept
