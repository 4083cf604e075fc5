"""The one way to a transport plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clirbench.transport.base import Solver
from clirbench.transport.registry import find

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["plan"]


def plan(
    cost: Tensor,
    source: Tensor,
    target: Tensor,
    solver: Solver | str,
    *,
    differentiable: bool = False,
) -> Tensor:
    """Make the transport plans between the tokens of a padded batch of sentence pairs.

    An item's plan depends on nothing but the item: neither on its neighbours, nor, beyond rounding,
    on the padding. Computed in float32 at least, also inside autocast, and returned so.

    Args:
        cost: (B, n, m) cost of moving one unit of mass; anything, NaN included, at padding.
        source: (B, n) masses, not negative, 0 at padding; scaled to sum 1 in each item.
        target: (B, m) likewise. An item with a side that is all padding gets the plan 0.
        solver: a solver, or the name of one, which then has its defaults.
        differentiable: whether gradients may flow through the plan. The plans of a solver whose
            `differentiable` is false are constants all the same.

    Returns:
        (B, n, m) mass moved from each source token to each target token; exactly 0 at padding.

    Raises:
        ValueError: the shapes, devices or the cost's dtype do not fit.
        SuiteError: there is no solver of that name.
        CellError: the solver cannot work with these costs (only `exact`).
    """
    import torch

    chosen = find(solver)() if isinstance(solver, str) else solver
    _check(cost, source, target)
    dtype = torch.promote_types(cost.dtype, torch.float32)
    through = differentiable and chosen.differentiable and torch.is_grad_enabled()
    with torch.set_grad_enabled(through), torch.autocast(cost.device.type, enabled=False):
        a, b = source.to(dtype), target.to(dtype)
        empty = (a.sum(1) == 0) | (b.sum(1) == 0)  # (B,)
        a, b = _scaled(a, empty), _scaled(b, empty)
        cost = cost.to(dtype)
        if not chosen.skips_padding(cost, a, b):
            cost = cost.where((a > 0)[:, :, None] & (b > 0)[:, None, :], 0)
        return chosen.solve(cost, a, b).where(~empty[:, None, None], 0)


def _scaled(mass: Tensor, empty: Tensor) -> Tensor:
    """Scale to sum 1; empty items get all mass on their first place, a problem without NaN."""
    first = mass.new_zeros(mass.shape[1])
    first[0] = 1
    mass = first.where(empty[:, None], mass)  # (B, n)
    return mass / mass.sum(1, keepdim=True)


def _check(cost: Tensor, source: Tensor, target: Tensor) -> None:
    """Find mistakes that can be seen without waiting for the device."""
    if not cost.is_floating_point():
        raise ValueError(f"cost must be of a floating-point dtype (got {cost.dtype})")
    if cost.ndim != 3 or 0 in cost.shape[1:]:  # noqa: PLR2004 - batch, source, target
        raise ValueError(f"cost must be (B, n, m) with n, m > 0 (got {tuple(cost.shape)})")
    batch, n, m = cost.shape
    for name, marginal, shape in (("source", source, (batch, n)), ("target", target, (batch, m))):
        if tuple(marginal.shape) != shape:
            raise ValueError(
                f"{name} must be {shape} to fit cost {tuple(cost.shape)}"
                f" (got {tuple(marginal.shape)})"
            )
        if marginal.device != cost.device:
            raise ValueError(
                f"{name} must be on {cost.device}, where cost is (got {marginal.device})"
            )
