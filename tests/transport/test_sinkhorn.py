from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import ot
import pytest
import torch

from clirbench.transport import plan, transport_cost
from clirbench.transport.sinkhorn import Sinkhorn

LENGTHS = ((12, 7), (1, 5), (16, 16), (3, 1))
domains = pytest.mark.parametrize("domain", ["log", "scaling"])


@domains
@pytest.mark.parametrize("iterations", [1, 2, 7, 50])
def test_is_pots_iteration(make: Callable[..., Any], domain: str, iterations: int) -> None:
    """As many iterations of POT, on the unpadded block, give the same plan."""
    batch = make(LENGTHS, weighted=True, padding=2)
    mass = plan(*batch[:3], Sinkhorn(epsilon=0.1, iterations=iterations, domain=domain))
    for index, (n, m) in enumerate(LENGTHS):
        cost, source, target = (x[0] for x in batch.item(index))
        expected = ot.sinkhorn(  # which begins with the columns
            target,
            source,
            cost.T,
            0.1,
            method="sinkhorn_log",
            numItermax=iterations,
            stopThr=0,
            warn=False,
        ).T
        torch.testing.assert_close(mass[index, :n, :m], expected, atol=1e-12, rtol=0)


def test_small_epsilon_is_exact(make: Callable[..., Any]) -> None:
    """As epsilon falls, the cost falls to the exact one."""
    batch = make([(9, 9), (6, 8)], weighted=True)
    exact = transport_cost(plan(*batch[:3], "exact"), batch.cost)
    gaps = [
        transport_cost(plan(*batch[:3], Sinkhorn(epsilon=epsilon, iterations=4000)), batch.cost)
        - exact
        for epsilon in (0.3, 0.1, 0.03, 0.003)
    ]
    assert all((later < earlier).all() for earlier, later in pairwise(gaps))
    assert gaps[-1].abs().max() < 1e-3


def test_large_epsilon_is_the_product(make: Callable[..., Any]) -> None:
    """As epsilon grows, the cost ceases to matter."""
    batch = make(LENGTHS, weighted=True)
    mass = plan(*batch[:3], Sinkhorn(epsilon=1e7))
    torch.testing.assert_close(mass, plan(*batch[:3], "product"), atol=1e-7, rtol=0)


def test_log_domain_does_not_underflow(make: Callable[..., Any]) -> None:
    """In single precision, an epsilon whose kernel is 0 everywhere gives a plan all the same."""
    batch = make(LENGTHS, dtype=torch.float32)
    assert (-(batch.cost + 1) / 1e-3).exp().nan_to_num().count_nonzero() == 0
    solved = plan(batch.cost + 1, *batch[1:3], Sinkhorn(epsilon=1e-3, iterations=2000))
    torch.testing.assert_close(solved.sum((1, 2)), torch.ones(len(LENGTHS)))


@domains
def test_single_precision_at_the_limit(make: Callable[..., Any], domain: str) -> None:
    """At the smallest epsilon of the scaling domain float32 agrees with float64, at any cost."""
    batch = make([(40, 30)])
    cost = torch.where(torch.rand(1, 40, 30) < 0.1, 0.0, 2.0).double()
    solver = Sinkhorn(epsilon=0.05, iterations=200, domain=domain)
    single = plan(*(x.float() for x in (cost, *batch[1:3])), solver)
    double = plan(cost, *batch[1:3], solver)
    torch.testing.assert_close(single.double(), double, atol=1e-6, rtol=0)


def test_scaling_refuses_a_small_epsilon() -> None:
    """Settings that would underflow are refused with the way out."""
    with pytest.raises(ValueError, match=r'epsilon must be >= 0.05.*got 0.01.*domain = "log"'):
        Sinkhorn(epsilon=0.01, domain="scaling")
