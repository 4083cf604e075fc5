from __future__ import annotations

import math

import pytest
import torch

from clirbench.transport import uniform
from clirbench.transport.marginals import logarithm


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64, torch.float32])
def test_uniform(dtype: torch.dtype) -> None:
    """Tokens share the mass of 1; padding and empty sentences have none."""
    mask = torch.tensor([[1, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]]).to(dtype)
    third = pytest.approx(1 / 3)
    assert uniform(mask).tolist() == [[third, third, 0, third], [0, 0, 0, 0], [1, 0, 0, 0]]


def test_logarithm() -> None:
    """No mass has the logarithm -inf, and a gradient of 0."""
    mass = torch.tensor([[0.5, 0.0]], requires_grad=True)
    log = logarithm(mass)
    assert log.tolist() == [[pytest.approx(math.log(0.5)), -math.inf]]
    log.exp().sum().backward()
    assert mass.grad.tolist() == [[1, 0]]
