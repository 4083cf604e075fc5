"""What it costs to move mass from one token to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


__all__ = ["cosine_cost", "transport_cost"]


def cosine_cost(source: Tensor, target: Tensor) -> Tensor:
    """One minus the cosine of every pair of token vectors: C_ij = 1 - ⟨s_i, t_j⟩ / (‖s_i‖ ‖t_j‖).

    Computed in float32 at least, also inside autocast. A zero vector, as at padding, costs 1 to
    every other, with finite gradients.

    Args:
        source: (B, n, d).
        target: (B, m, d).

    Returns:
        (B, n, m), between 0 and 2 up to rounding.
    """
    import torch
    from torch.nn.functional import normalize

    dtype = torch.promote_types(
        torch.promote_types(source.dtype, target.dtype),
        torch.float32,
    )
    with torch.autocast(source.device.type, enabled=False):
        s = normalize(source.to(dtype), dim=2)  # (B, n, d)
        t = normalize(target.to(dtype), dim=2)  # (B, m, d)
        return 1 - s @ t.mT


def transport_cost(plan: Tensor, cost: Tensor) -> Tensor:
    """⟨T, C⟩ of every item; (B,).

    Where the plan is a constant, the gradient with respect to the cost is the plan. Costs of cells
    without mass are not read, so that padding may hold anything.
    """
    return (plan * cost.masked_fill(plan == 0, 0)).sum((1, 2))
