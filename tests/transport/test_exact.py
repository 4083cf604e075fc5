from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ot
import pytest
import torch
from scipy.optimize import linear_sum_assignment

from clirbench.errors import CellError, DivergenceError
from clirbench.transport import plan, transport_cost
from clirbench.transport.exact import Exact

LENGTHS = ((12, 7), (1, 5), (30, 30), (3, 1), (9, 9))


def test_cost_is_that_of_pot(make: Callable[..., Any]) -> None:
    """Each item costs what POT's network simplex finds for its unpadded block."""
    batch = make(LENGTHS, weighted=True, padding=2)
    paid = transport_cost(plan(*batch[:3], "exact"), batch.cost)
    for index in range(len(LENGTHS)):
        cost, source, target = (x[0].numpy() for x in batch.item(index))
        assert paid[index].item() == pytest.approx(ot.emd2(source, target, cost), abs=1e-6)


def test_is_an_assignment(make: Callable[..., Any]) -> None:
    """With n = m and uniform masses it is SciPy's Hungarian matching over n."""
    batch = make([(17, 17)])
    mass = plan(*batch[:3], "exact")[0]
    expected = torch.zeros_like(mass)
    expected[linear_sum_assignment(batch.cost[0].numpy())] = 1 / 17
    torch.testing.assert_close(mass, expected, atol=1e-12, rtol=0)


def test_diverged_costs_are_named(make: Callable[..., Any]) -> None:
    """A cost that is not finite is a training's divergence, as a trial has to know; not at padding."""
    batch = make([(3, 3), (2, 2)])
    assert plan(*batch[:3], "exact").isfinite().all()
    batch.cost[1, 0, 0] = float("inf")
    with pytest.raises(DivergenceError, match="not finite"):
        plan(*batch[:3], "exact")


def test_too_few_iterations_are_named(make: Callable[..., Any]) -> None:
    """An item that is not solved within the limit fails the cell, and names the knob."""
    batch = make([(1, 1), (20, 20)], weighted=True)
    with pytest.raises(CellError, match=r"item 1 of the batch, 20 by 20.*raise iterations"):
        plan(*batch[:3], Exact(iterations=1))
