from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from clirbench.transport import cosine_cost, transport_cost


def test_is_scipys_cosine_distance() -> None:
    """Every cell is SciPy's cosine distance."""
    source, target = torch.randn(3, 5, 8).double(), torch.randn(3, 7, 8).double()
    cost = cosine_cost(source, target)
    expected = [cdist(s, t, "cosine") for s, t in zip(source, target, strict=True)]
    np.testing.assert_allclose(cost, np.stack(expected), atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_is_single_precision_at_least(dtype: torch.dtype) -> None:
    """Half-precision vectors, and autocast, are computed in float32."""
    source, target = torch.randn(2, 5, 8).to(dtype), torch.randn(2, 7, 8).to(dtype)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cost = cosine_cost(source, target)
    assert cost.dtype == torch.float32
    expected = cosine_cost(source.double(), target.double())
    torch.testing.assert_close(cost.double(), expected, atol=1e-6, rtol=0)


def test_zero_vectors_have_finite_gradients() -> None:
    """Padding that holds zeros costs 1, and gives no NaN to the gradient."""
    source = torch.randn(1, 3, 4)
    source[0, 2] = 0
    source.requires_grad_()
    cost = cosine_cost(source, torch.randn(1, 2, 4))
    assert cost[0, 2].tolist() == [1, 1]
    cost[:, :2].sum().backward()
    assert source.grad.isfinite().all()
    assert source.grad[0, 2].count_nonzero() == 0


def test_transport_cost_is_the_inner_product() -> None:
    """<T, C> is NumPy's sum of products, item by item, also of a half-precision cost."""
    mass, cost = torch.rand(4, 3, 5), torch.rand(4, 3, 5).bfloat16()
    paid = transport_cost(mass, cost)
    expected = np.einsum("bij,bij->b", mass.numpy(), cost.float().numpy())
    np.testing.assert_allclose(paid, expected, rtol=1e-5)


def test_costs_without_mass_are_not_read() -> None:
    """NaN at padding is ignored; NaN where there is mass, or in the mass, is not hidden."""
    mass = torch.tensor([[[1.0, 0.0]]]).requires_grad_()
    cost = torch.tensor([[[0.25, float("nan")]]])
    paid = transport_cost(mass, cost)
    paid.sum().backward()
    assert paid.item() == 0.25
    assert mass.grad.tolist() == [[[0.25, 0.0]]]
    assert transport_cost(mass, cost.flip(2)).isnan().all()
    assert transport_cost(mass * float("nan"), cost).isnan().all()
