"""The mass of tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["logarithm", "uniform"]


def uniform(mask: Tensor) -> Tensor:
    """Give every token of a sentence the same mass.

    Args:
        mask: (B, n) true, or not 0, where there is a token.

    Returns:
        (B, n) float32, rows summing to 1; a row without a token is 0.
    """
    present = mask.bool().float()
    return present / present.sum(1, keepdim=True).clamp_min(1)


def logarithm(mass: Tensor) -> Tensor:
    """The logarithm of masses, -∞ at padding, with gradient 0 there instead of 0 · ∞."""
    absent = mass == 0
    return mass.masked_fill(absent, 1).log().masked_fill(absent, float("-inf"))
