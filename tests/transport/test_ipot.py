from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from clirbench.transport import plan, transport_cost
from clirbench.transport.ipot import IPOT

LENGTHS = ((12, 7), (1, 5), (16, 16), (3, 1))
domains = pytest.mark.parametrize("domain", ["log", "scaling"])


def algorithm_1(
    cost: np.ndarray,
    source: np.ndarray,
    target: np.ndarray,
    *,
    kernel: np.ndarray,
    iterations: int,
    inner: int,
) -> np.ndarray:
    """Xie et al., algorithm 1, in their order of steps: the oracle.

    POT is none: up to 0.9.7 its batched proximal method takes the last plan with the wrong sign
    (PythonOT/POT#842).
    """
    sigma = np.full(len(target), 1 / len(target))
    moved = np.ones_like(cost)
    for _ in range(iterations):
        q = kernel * moved
        for _ in range(inner):
            delta = source / (q @ sigma)
            sigma = target / (q.T @ delta)
        moved = np.diag(delta) @ q @ np.diag(sigma)
    return moved


@domains
@pytest.mark.parametrize(
    ("beta", "iterations", "inner"), [(0.5, 1, 1), (0.5, 2, 1), (0.2, 50, 1), (1.0, 20, 4)]
)
def test_is_the_papers_algorithm(
    make: Callable[..., Any], domain: str, beta: float, iterations: int, inner: int
) -> None:
    """Each item's plan is that of the paper's algorithm on its unpadded block, step by step."""
    batch = make(LENGTHS, weighted=True, padding=2)
    solver = IPOT(beta=beta, iterations=iterations, inner=inner, domain=domain)
    mass = plan(*batch[:3], solver)
    for index, (n, m) in enumerate(LENGTHS):
        cost, source, target = (x[0].numpy() for x in batch.item(index))
        expected = algorithm_1(
            cost,
            source,
            target,
            kernel=np.exp(-cost / beta),
            iterations=iterations,
            inner=inner,
        )
        np.testing.assert_allclose(mass[index, :n, :m], expected, atol=1e-11)


@domains
def test_beta_divides(make: Callable[..., Any], domain: str) -> None:
    """A smaller step size is nearer to exact after as many steps: multiplied, it would be farther."""
    batch = make([(10, 10), (8, 12)], weighted=True)
    exact = transport_cost(plan(*batch[:3], "exact"), batch.cost)
    gaps = [
        transport_cost(plan(*batch[:3], IPOT(beta=beta, iterations=15, domain=domain)), batch.cost)
        - exact
        for beta in (8.0, 2.0, 0.5)
    ]
    assert (gaps[0] > 2 * gaps[1]).all()
    assert (gaps[1] > 2 * gaps[2]).all()


@pytest.mark.parametrize("multiplied", [False, True])
def test_oracle_tells_the_two_betas_apart(make: Callable[..., Any], *, multiplied: bool) -> None:
    """A kernel of cost times beta, as one public port has it, is not this solver's."""
    batch = make([(12, 7)])
    cost, source, target = (x[0].numpy() for x in batch[:3])
    kernel = np.exp(-cost * 0.5 if multiplied else -cost / 0.5)
    reference = algorithm_1(cost, source, target, kernel=kernel, iterations=50, inner=1)
    difference = np.abs(plan(*batch[:3], "ipot")[0].numpy() - reference).max()
    assert (difference > 1e-3) if multiplied else (difference < 1e-11)


@domains
def test_tends_to_exact(make: Callable[..., Any], domain: str) -> None:
    """Many steps reach the exact cost, whatever the step size, with no blur left."""
    batch = make([(9, 9), (6, 8)], weighted=True)
    exact = transport_cost(plan(*batch[:3], "exact"), batch.cost)
    for beta in (0.1, 1.0):
        paid = transport_cost(
            plan(*batch[:3], IPOT(beta=beta, iterations=3000, domain=domain)), batch.cost
        )
        torch.testing.assert_close(paid, exact, atol=1e-3, rtol=0)


def test_identical_tokens_cost_little() -> None:
    """With the defaults, equal sets of distinct tokens are matched at next to no cost."""
    vectors = torch.nn.functional.normalize(
        torch.randn(1, 20, 64, generator=torch.Generator().manual_seed(3)), dim=2
    )
    cost = 1 - vectors @ vectors.mT[:, :, torch.randperm(20)]
    solved = plan(cost, torch.ones(1, 20), torch.ones(1, 20), "ipot")
    assert transport_cost(solved, cost).item() < 1e-4


@domains
def test_single_precision_at_the_limit(make: Callable[..., Any], domain: str) -> None:
    """In float32 cells that underflow on the way come back: a hard cost still tends to exact."""
    batch = make([(40, 30)], dtype=torch.float32)
    generator = torch.Generator().manual_seed(0)
    cost = torch.where(torch.rand(1, 40, 30, generator=generator) < 0.1, 0.0, 2.0)
    mass = plan(cost, *batch[1:3], IPOT(beta=0.05, iterations=1000, domain=domain))
    exact = transport_cost(plan(cost, *batch[1:3], "exact"), cost)
    torch.testing.assert_close((mass * cost).sum((1, 2)), exact, atol=1e-5, rtol=0)
    assert (mass.sum(2) - batch.source).abs().sum() < 1e-5
    assert (mass.sum(1) - batch.target).abs().sum() < 1e-5


def test_scaling_refuses_a_small_beta() -> None:
    """Settings that would underflow are refused with the way out."""
    with pytest.raises(ValueError, match=r'beta must be >= 0.05.*got 0.01.*domain = "log"'):
        IPOT(beta=0.01)
