from __future__ import annotations

import numpy as np
import pytest
import torch

from clirbench.models.fitting import least_squares


@pytest.mark.parametrize("count", [200, 5])
def test_is_ridge_regression(count: int) -> None:
    """NumPy's least squares of the rows and, below them, of the penalty; also of fewer rows than columns."""
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(count, 12)) * 3 + 1, generator.normal(size=(count, 7)) - 2
    centred, target = x - x.mean(0), y - y.mean(0)
    penalty = 0.1 * (centred**2).mean() * count
    rows = np.vstack([centred, np.sqrt(penalty) * np.eye(12)])
    expected, *_ = np.linalg.lstsq(rows, np.vstack([target, np.zeros((12, 7))]), rcond=None)
    matrix, shift = least_squares(*map(torch.from_numpy, (x, y)))
    np.testing.assert_allclose(matrix.numpy(), expected.T, atol=1e-10)
    np.testing.assert_allclose(shift.numpy(), y.mean(0) - expected.T @ x.mean(0), atol=1e-10)


def test_finds_a_map_that_there_is() -> None:
    """Of many points, as varied in all directions, it is found but for the tenth that the penalty adds."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(500, 6, generator=generator)
    matrix, shift = torch.randn(4, 6, generator=generator), torch.randn(4, generator=generator)
    found = least_squares(x, x @ matrix.T + shift)
    torch.testing.assert_close(1.1 * found.matrix.float(), matrix, atol=0.05, rtol=0.02)
    torch.testing.assert_close(found.shift.float(), shift, atol=0.02, rtol=0.02)


def test_texts_that_are_all_alike_have_no_directions() -> None:
    """Everything is mapped to the mean."""
    found = least_squares(torch.ones(3, 2), torch.tensor([[1.0], [2.0], [6.0]]))
    assert found.matrix.tolist() == [[0, 0]]
    assert found.shift.tolist() == [3]
