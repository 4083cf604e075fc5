from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from clirbench.transport import plan
from clirbench.transport.attention import Attention

LENGTHS = ((7, 5), (1, 1), (5, 9))
sides = pytest.mark.parametrize("side", ["source", "target"])


@sides
def test_is_a_softmax(make: Callable[..., Any], side: str) -> None:
    """With uniform masses it is the softmax of minus cost over temperature, by rows or columns."""
    batch = make(LENGTHS, padding=2)
    mass = plan(*batch[:3], Attention(temperature=0.2, side=side))
    for index, (n, m) in enumerate(LENGTHS):
        cost = batch.item(index)[0][0]
        axis, length = (1, n) if side == "source" else (0, m)
        expected = (-cost / 0.2).softmax(axis) / length
        torch.testing.assert_close(mass[index, :n, :m], expected, atol=1e-14, rtol=0)
    kept, axis = (batch.source, 2) if side == "source" else (batch.target, 1)
    torch.testing.assert_close(mass.sum(axis), kept, atol=1e-12, rtol=0)


@sides
def test_high_temperature_is_the_product(make: Callable[..., Any], side: str) -> None:
    """When the cost ceases to matter the masses remain, weighted ones too."""
    batch = make(LENGTHS, weighted=True)
    mass = plan(*batch[:3], Attention(temperature=1e8, side=side))
    torch.testing.assert_close(mass, plan(*batch[:3], "product"), atol=1e-8, rtol=0)
