"""Entropic transport with soft marginals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from clirbench.settings import settings
from clirbench.transport.base import Solver
from clirbench.transport.marginals import logarithm
from clirbench.transport.parts import in_parts

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Unbalanced"]


@settings
class Unbalanced(Solver):
    """min ⟨T, C⟩ + ε KL(T ‖ a bᵀ) + τ KL(T1 ‖ a) + τ KL(Tᵀ1 ‖ b).

    A token whose every counterpart is costly sends less than its mass; the mass of a plan may sum to
    less than 1. τ → ∞ gives `sinkhorn`. The iterations are counted, in the log domain; after each,
    the potentials are shifted against each other to their best, without which large τ would take
    about τ / ε iterations.

    Source: Chizat, Peyré, Schmitzer and Vialard, Scaling algorithms for unbalanced optimal
    transport problems, 2018; Séjourné, Vialard and Peyré, Faster unbalanced optimal transport:
    translation invariant Sinkhorn and 1-D Frank-Wolfe, 2022, for the shift.
    """

    name: ClassVar[str] = "unbalanced"
    differentiable: ClassVar[bool] = True

    epsilon: Annotated[float, Field(gt=0)] = 0.1
    """Weight of the entropy, in units of the cost, as in `sinkhorn`."""
    tau: Annotated[float, Field(gt=0)] = 1.0
    """Weight of the marginals, in units of the cost: at costs far above it, no mass is moved.
    Default chosen by clirbench: half the cosine cost's range."""
    iterations: Annotated[int, Field(ge=1)] = 50
    """Pairs of row and column updates, as in `sinkhorn`."""

    def solve(self, cost: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """Iterate on the potentials f and g."""
        return in_parts(self._iterate, cost, source, target)

    def _iterate(self, cost: Tensor, source: Tensor, target: Tensor) -> Tensor:
        log_source, log_target = logarithm(source), logarithm(target)
        kernel = -cost / self.epsilon  # (B, n, m)
        # KL in place of entropy: a bᵀ belongs to the kernel, and the potentials stay finite.
        prior = kernel + log_source[:, :, None] + log_target[:, None, :]
        damping = self.tau * self.epsilon / (self.tau + self.epsilon)
        f, g = source.new_zeros(source.shape), target.new_zeros(target.shape)
        for _ in range(self.iterations):
            toward_source = kernel + (log_target + g / self.epsilon)[:, None, :]
            f = -damping * toward_source.logsumexp(2)  # (B, n)
            toward_target = kernel + (log_source + f / self.epsilon)[:, :, None]
            g = -damping * toward_target.logsumexp(1)  # (B, m)
            asked_source = (log_source - f / self.tau).logsumexp(1, keepdim=True)  # (B, 1)
            asked_target = (log_target - g / self.tau).logsumexp(1, keepdim=True)
            shift = self.tau / 2 * (asked_source - asked_target)
            f, g = f + shift, g - shift
        return (prior + f[:, :, None] / self.epsilon + g[:, None, :] / self.epsilon).exp()
