"""One-to-one matching, cheapest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clirbench.settings import settings
from clirbench.transport.base import Solver
from clirbench.transport.parts import in_parts

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Greedy"]


@settings
class Greedy(Solver):
    """Match the cheapest pair of tokens, take both out, and repeat until one side is used up.

    Of equal costs, the first in row-major order is taken. Each of the k = min(n, m) matches carries
    1/k, whatever the marginals: they only say where there is a token. The longer sentence keeps |n
    - m| tokens without a match. With n = m and uniform marginals, `exact` could choose the same
    plan; so this one costs at least as much.

    Source: the representation alignment of DR.DECR (Li et al., NAACL 2022), which matches all
    positions up to a fixed length; here padding is left out.
    """

    name: ClassVar[str] = "greedy"
    differentiable: ClassVar[bool] = False
    weighs: ClassVar[bool] = False

    def solve(self, cost: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """Match one pair in every item at a time."""
        return in_parts(self._match, cost, source, target)

    def _match(self, cost: Tensor, source: Tensor, target: Tensor) -> Tensor:
        import torch

        rows, columns = source > 0, target > 0  # (B, n), (B, m)
        left = cost.masked_fill(~(rows[:, :, None] & columns[:, None, :]), float("inf"))
        matched = torch.zeros_like(cost)
        items = torch.arange(cost.shape[0], device=cost.device)  # (B,)
        for _ in range(min(cost.shape[1:])):
            cell = left.flatten(1).argmin(1)  # (B,) of equal ones the first, as torch documents
            row, column = cell // cost.shape[2], cell % cost.shape[2]
            matched[items, row, column] += (left[items, row, column] < float("inf")).to(cost)
            left[items, row] = float("inf")
            left[items, :, column] = float("inf")
        share = 1 / rows.sum(1).minimum(columns.sum(1)).to(cost)  # (B,)
        return matched * share[:, None, None]
