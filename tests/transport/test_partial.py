from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ot
import pytest
import torch

from clirbench.transport import plan, transport_cost
from clirbench.transport.ipot import IPOT
from clirbench.transport.partial import Partial

LENGTHS = ((12, 7), (4, 5), (16, 16), (3, 1))


@pytest.mark.parametrize("fraction", [0.3, 0.8, 1.0])
@pytest.mark.parametrize("domain", ["log", "scaling"])
def test_cost_tends_to_that_of_pot(make: Callable[..., Any], fraction: float, domain: str) -> None:
    """Many steps reach the cost of POT's exact partial transport of the unpadded block."""
    batch = make(LENGTHS, weighted=True, padding=2)
    solver = Partial(fraction=fraction, beta=0.1, iterations=2000, domain=domain)
    solved = plan(*batch[:3], solver)
    paid = transport_cost(solved, batch.cost)
    for index in range(len(LENGTHS)):
        cost, source, target = (x[0].numpy() for x in batch.item(index))
        # POT asks that the fraction be no more than the rounded sums.
        mass = min(fraction, source.sum(), target.sum())
        expected = ot.partial.partial_wasserstein2(source, target, cost, m=mass)
        assert paid[index].item() == pytest.approx(expected, abs=1e-3)
    assert ((solved.sum((1, 2)) - fraction).abs() < 1e-3).all()


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.99])
def test_constraints_are_met(make: Callable[..., Any], fraction: float) -> None:
    """No token gives or takes more than it has, and the fraction is moved, nearly."""
    batch = make(LENGTHS, weighted=True)
    mass = plan(*batch[:3], Partial(fraction=fraction))
    assert ((mass.sum(2) - batch.source).clamp_min(0).sum(1) < 2e-3).all()
    assert ((mass.sum(1) - batch.target).clamp_min(0).sum(1) < 2e-3).all()
    assert ((mass.sum((1, 2)) - fraction).abs() < 2e-3).all()
    assert (mass >= 0).all()


@pytest.mark.parametrize("domain", ["log", "scaling"])
def test_all_of_the_mass_is_ipot(make: Callable[..., Any], domain: str) -> None:
    """A fraction of 1 is the balanced problem."""
    batch = make(LENGTHS, weighted=True)
    mass = plan(*batch[:3], Partial(fraction=1.0, domain=domain))
    expected = plan(*batch[:3], IPOT(inner=4, domain=domain))
    torch.testing.assert_close(mass, expected, atol=1e-14, rtol=0)


def test_tokens_without_counterpart_stay() -> None:
    """The costly token of each side is left out when the fraction allows it."""
    cost = torch.tensor([[[0.0, 1.0, 1.9], [1.0, 0.0, 1.9], [1.9, 1.9, 1.9]]])
    mass = plan(cost, torch.ones(1, 3), torch.ones(1, 3), Partial(fraction=2 / 3))
    expected = torch.diag(torch.tensor([1 / 3, 1 / 3, 0]))[None]
    torch.testing.assert_close(mass, expected, atol=1e-2, rtol=0)


def test_settings_are_those_of_ipot() -> None:
    """What ipot refuses is refused, with ipot's words, and a fraction outside (0, 1] too."""
    with pytest.raises(ValueError, match=r"beta must be >= 0.05"):
        Partial(beta=0.01)
    for fraction in (0.0, 1.5):
        with pytest.raises(ValueError, match="fraction"):
            Partial(fraction=fraction)
