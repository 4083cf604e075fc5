"""Exact transport by network simplex."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from clirbench.errors import CellError, DivergenceError
from clirbench.settings import settings
from clirbench.transport.base import Solver

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Exact"]


@settings
class Exact(Solver):
    """min ⟨T, C⟩ such that T1 = a, Tᵀ1 = b, T ≥ 0, by POT's network simplex (`ot.emd`).

    One item after another on the CPU, in float64: the oracle of the other solvers, and fast enough
    for short sentences. With n = m and uniform marginals it is the assignment problem, divided by n.

    Source: Bonneel et al., Displacement interpolation using Lagrangian mass transport, 2011.
    """

    name: ClassVar[str] = "exact"
    differentiable: ClassVar[bool] = False

    iterations: Annotated[int, Field(ge=1)] = 100_000
    """Most pivots for one item; its cell fails if it needs more. 100,000 is POT's default, far more
    than sentences need."""

    def solve(self, cost: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """Solve the block of tokens that are present, item by item.

        Raises:
            DivergenceError: a cost is not finite.
            CellError: an item is not solved in `iterations`.
        """
        import numpy as np
        import ot
        import torch

        costs, rows, columns = (x.detach().cpu().double().numpy() for x in (cost, source, target))
        if not np.isfinite(costs).all():
            raise DivergenceError(
                "exact transport: a cost is not finite; try a smaller learning_rate"
            )
        mass = np.zeros_like(costs)
        for item, (c, a, b) in enumerate(zip(costs, rows, columns, strict=True)):
            block = np.ix_(a > 0, b > 0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # the outcome is looked at below
                mass[item][block], log = ot.emd(
                    a[a > 0], b[b > 0], c[block], numItermax=self.iterations, log=True
                )
            if log["warning"] is not None:
                raise CellError(
                    f"exact transport: item {item} of the batch, {(a > 0).sum()} by {(b > 0).sum()}"
                    f" tokens, is not solved in {self.iterations} iterations; raise iterations"
                )
        return torch.from_numpy(mass).to(cost)
