"""Transport without blur by the inexact proximal point method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from clirbench.settings import settings
from clirbench.transport.base import Solver
from clirbench.transport.domain import Domain, refuse_underflow
from clirbench.transport.fused import fits, fused
from clirbench.transport.marginals import logarithm
from clirbench.transport.parts import in_parts

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["IPOT"]


@settings
class IPOT(Solver):
    """min ⟨T, C⟩ such that T1 = a, Tᵀ1 = b, approached by proximal steps.

        T ← argmin ⟨T, C⟩ + β KL(T ‖ previous T)  such that  T1 = a, Tᵀ1 = b,

    each solved by `inner` Sinkhorn updates that start where the last ones ended. Unlike `sinkhorn`
    it tends to an exact plan whatever the step size. The iterations are counted, not stopped at a
    tolerance, so that no item changes another; the last update sets the columns, which are met to
    rounding.

    Source: Xie, Wang, Wang and Zha, A fast proximal point method for computing exact Wasserstein
    distance, UAI 2020 (arXiv 1802.04307), algorithm 1.
    """

    name: ClassVar[str] = "ipot"
    version: ClassVar[int] = 2  # sums in another order
    differentiable: ClassVar[bool] = False

    beta: Annotated[float, Field(gt=0)] = 0.5
    """Step size, in units of the cost: the kernel is exp(-C / beta). UNITER's value; unverified for
    OPTICAL."""
    iterations: Annotated[int, Field(ge=1)] = 50
    """Proximal steps. UNITER's value; unverified for OPTICAL."""
    inner: Annotated[int, Field(ge=1)] = 1
    """Sinkhorn updates in a step. The value of the paper and of UNITER."""
    domain: Domain = "scaling"
    """Where to compute: `scaling` needs beta >= 0.05. The default is what the paper does."""

    def __post_init__(self) -> None:
        """Refuse what would underflow."""
        refuse_underflow("beta", self.beta, self.domain)

    def solve(self, cost: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """Iterate in the chosen domain. A cost may be ∞: nothing is moved there."""
        if self.skips_padding(cost, source, target):
            return fused(
                *(cost, source, target),
                unit=self.beta,
                iterations=self.iterations,
                inner=self.inner,
            )
        return in_parts(self._iterate, cost, source, target)

    def skips_padding(self, *batch: Tensor) -> bool:
        """As machine code does."""
        return self.domain == "scaling" and fits(*batch)

    def _iterate(self, cost: Tensor, source: Tensor, target: Tensor) -> Tensor:
        iterate = _log if self.domain == "log" else _scaling
        return iterate(-cost / self.beta, source, target, self.iterations, self.inner)


def _scaling(step: Tensor, source: Tensor, target: Tensor, iterations: int, inner: int) -> Tensor:
    import torch

    gibbs = step.exp()  # (B, n, m)
    no_source, no_target = (source == 0).to(source), (target == 0).to(target)
    # A cell that underflows to 0 can never hold mass again, and the cells left may admit no plan:
    # in float32 that gives NaN after some hundred steps. A floor far below any mass keeps it alive.
    floor = torch.finfo(source.dtype).tiny ** 0.5
    mass = torch.ones_like(gibbs)
    column = 1 - no_target  # (B, m)
    for _ in range(iterations):
        kernel = gibbs * mass.clamp_min(floor)  # (B, n, m)
        for _ in range(inner):
            # Padding may hold no mass at all: 0 / (0 + 1).
            row = source / ((kernel * column[:, None, :]).sum(2) + no_source)  # (B, n)
            column = target / ((kernel * row[:, :, None]).sum(1) + no_target)  # (B, m)
        mass = row[:, :, None] * kernel * column[:, None, :]
    return mass


def _log(step: Tensor, source: Tensor, target: Tensor, iterations: int, inner: int) -> Tensor:
    log_source, log_target = logarithm(source), logarithm(target)
    no_source, no_target = source == 0, target == 0
    mass = step.new_zeros(()).expand_as(step)
    column = target.new_zeros(target.shape).masked_fill(no_target, float("-inf"))  # (B, m)
    row = log_source
    for _ in range(iterations):
        kernel = step + mass  # (B, n, m)
        for _ in range(inner):
            sums = (kernel + column[:, None, :]).logsumexp(2)  # (B, n), -inf at padding
            row = log_source - sums.masked_fill(no_source, 0)
            sums = (kernel + row[:, :, None]).logsumexp(1)  # (B, m)
            column = log_target - sums.masked_fill(no_target, 0)
        mass = kernel + row[:, :, None] + column[:, None, :]
    return mass.exp()
