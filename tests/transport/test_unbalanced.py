from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ot
import pytest
import torch

from clirbench.transport import plan
from clirbench.transport.sinkhorn import Sinkhorn
from clirbench.transport.unbalanced import Unbalanced

LENGTHS = ((12, 7), (1, 5), (16, 16), (3, 1))


@pytest.mark.parametrize(("epsilon", "tau"), [(0.1, 1.0), (0.05, 0.2), (0.5, 3.0)])
def test_plan_is_that_of_pot(make: Callable[..., Any], epsilon: float, tau: float) -> None:
    """The converged plan is POT's for the unpadded block."""
    batch = make(LENGTHS, weighted=True, padding=2)
    mass = plan(*batch[:3], Unbalanced(epsilon=epsilon, tau=tau, iterations=300))
    for index, (n, m) in enumerate(LENGTHS):
        cost, source, target = (x[0].numpy() for x in batch.item(index))
        expected = ot.unbalanced.sinkhorn_unbalanced(
            source, target, cost, epsilon, tau, reg_type="kl", numItermax=5000, stopThr=1e-14
        )
        torch.testing.assert_close(
            mass[index, :n, :m], torch.from_numpy(expected), atol=1e-9, rtol=0
        )


def test_hard_marginals_are_sinkhorn(make: Callable[..., Any]) -> None:
    """As tau grows the marginals become hard, in no more iterations."""
    batch = make(LENGTHS, weighted=True)
    mass = plan(*batch[:3], Unbalanced(tau=1e6))
    expected = plan(*batch[:3], Sinkhorn(iterations=500))
    torch.testing.assert_close(mass, expected, atol=1e-5, rtol=0)


def test_default_iterations_suffice(make: Callable[..., Any]) -> None:
    """With the defaults, more iterations change nothing."""
    batch = make([(30, 26)] * 4, weighted=True)
    expected = plan(*batch[:3], Unbalanced(iterations=1000))
    torch.testing.assert_close(plan(*batch[:3], "unbalanced"), expected, atol=1e-9, rtol=0)


def test_iterations_converge(make: Callable[..., Any]) -> None:
    """The more of them, the nearer the plan is to its end."""
    batch = make([(30, 26)], weighted=True)
    end = plan(*batch[:3], Unbalanced(epsilon=0.05, iterations=1000))
    away = [
        (plan(*batch[:3], Unbalanced(epsilon=0.05, iterations=count)) - end).abs().sum().item()
        for count in (1, 4, 16)
    ]
    assert away[0] > 2 * away[1] > 4 * away[2]


def test_costly_tokens_send_less() -> None:
    """A token far from all others moves less of its mass than one that has a counterpart."""
    cost = torch.tensor([[[0.0, 1.0], [1.0, 0.0], [1.9, 1.9]]])
    mass = plan(cost, torch.ones(1, 3), torch.ones(1, 2), "unbalanced")[0]
    sent = mass.sum(1) * 3
    assert sent[2] < 0.5 * sent[0]
    assert sent[0] == pytest.approx(sent[1].item())
