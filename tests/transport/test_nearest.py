from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from clirbench.transport import plan, transport_cost
from clirbench.transport.attention import Attention
from clirbench.transport.nearest import Nearest

LENGTHS = ((7, 5), (1, 1), (5, 9))


@pytest.mark.parametrize("side", ["source", "target"])
def test_cost_is_the_weighted_minimum(make: Callable[..., Any], side: str) -> None:
    """<T, C> is the mean, by the kept masses, of every token's smallest cost."""
    batch = make(LENGTHS, weighted=True)
    mass = plan(*batch[:3], Nearest(side=side))
    for index in range(len(LENGTHS)):
        cost, source, target = (x[0] for x in batch.item(index))
        kept, smallest = (source, cost.amin(1)) if side == "source" else (target, cost.amin(0))
        n, m = batch.lengths[index]
        paid = (mass[index, :n, :m] * cost).sum()
        torch.testing.assert_close(paid, (kept * smallest).sum(), atol=1e-12, rtol=0)
    kept, axis = (batch.source, 2) if side == "source" else (batch.target, 1)
    torch.testing.assert_close(mass.sum(axis), kept, atol=1e-12, rtol=0)


@pytest.mark.parametrize(
    ("side", "expected"),
    [("target", [[0.5, 0.5], [0.0, 0.0]]), ("source", [[0.5, 0.0], [0.5, 0.0]])],
)
def test_of_equal_costs_the_first(side: str, expected: list[list[float]]) -> None:
    """Ties go to the first counterpart."""
    mass = plan(torch.ones(1, 2, 2), torch.ones(1, 2), torch.ones(1, 2), Nearest(side=side))
    assert mass[0].tolist() == expected


@pytest.mark.parametrize("side", ["source", "target"])
def test_is_the_sharp_limit_of_attention(make: Callable[..., Any], side: str) -> None:
    """Attention at a low temperature chooses the nearest."""
    batch = make(LENGTHS, weighted=True)
    sharp = plan(*batch[:3], Attention(temperature=1e-4, side=side))
    torch.testing.assert_close(sharp, plan(*batch[:3], Nearest(side=side)), atol=1e-6, rtol=0)


def test_default_is_the_students_side(make: Callable[..., Any]) -> None:
    """By default every target token is served."""
    batch = make([(4, 6)])
    mass = plan(*batch[:3], "nearest")
    torch.testing.assert_close(mass.sum(1), batch.target)
    assert transport_cost(plan(*batch[:3], "nearest"), batch.cost) > 0
