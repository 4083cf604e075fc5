"""Batches cut into parts that stay in a processor's cache while they are iterated on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["flows", "in_parts"]

_BYTES = 2**20
"""Of costs in a part, for each thread. Of 2**16 to 2**22 the fastest or near it at 32 x 32, 64 x 64
and 180 x 180 tokens; a smaller part spends its time in calls, a larger one waits for memory."""


def in_parts(
    solve: Callable[[Tensor, Tensor, Tensor], Tensor], cost: Tensor, source: Tensor, target: Tensor
) -> Tensor:
    """Solve a batch a part at a time, to the same bits: an item knows nothing of its neighbours.

    Off the CPU, and where gradients flow, which hold all that is computed, it is solved whole.

    Args:
        solve: gives plans (B, n, m) from the three, for any number of items.
        cost: (B, n, m).
        source: (B, n).
        target: (B, m).
    """
    import torch

    batch = (cost, source, target)
    if flows(*batch) or cost.device.type != "cpu":
        return solve(*batch)
    item = cost.shape[1] * cost.shape[2] * cost.element_size()
    size = max(1, torch.get_num_threads() * _BYTES // item)
    if size >= len(cost):
        return solve(*batch)
    starts = range(0, len(cost), size)
    return torch.cat([solve(*(each[at : at + size] for each in batch)) for at in starts])


def flows(*tensors: Tensor) -> bool:
    """Whether gradients flow through what is computed from these, so that it has to be held."""
    import torch

    return torch.is_grad_enabled() and any(each.requires_grad for each in tensors)
