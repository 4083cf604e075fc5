from __future__ import annotations

import numpy as np
import ot
import pytest
import scipy.linalg
import torch

from clirbench.methods.gaussian_map import GaussianMap
from clirbench.methods.procrustes import Procrustes
from clirbench.models.ragged import Ragged
from clirbench.models.vectors import Affine


def texts(seed: int, count: int = 60, size: int = 6) -> Ragged:
    """Random texts of one to four tokens, stretched and shifted."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, 5, (count,), generator=generator)
    offsets = torch.cat([torch.zeros(1, dtype=torch.long), lengths.cumsum(0)])
    stretch = torch.randn(size, size, generator=generator)
    vectors = torch.randn(int(offsets[-1]), size, generator=generator) @ stretch
    return Ragged(vectors + torch.randn(size, generator=generator), offsets)


def mapped(found: Affine, vectors: torch.Tensor) -> np.ndarray:
    """The map's values, in float64."""
    return np.asarray((vectors.double() @ found.matrix.T + found.shift).numpy())


def rotation(size: int, seed: int = 9) -> torch.Tensor:
    """A random orthogonal matrix."""
    generator = torch.Generator().manual_seed(seed)
    return torch.linalg.qr(torch.randn(size, size, generator=generator))[0]


@pytest.mark.parametrize("centre", [True, False])
def test_procrustes(*, centre: bool) -> None:
    """The rotation is SciPy's, and its map is of centred vectors where that is asked for."""
    s, t = texts(1), texts(2)
    found = Procrustes(centre=centre).fit(s, t)
    x, y = (side.means().double().numpy() for side in (s, t))
    origin, target = (x.mean(0), y.mean(0)) if centre else (np.zeros(6), np.zeros(6))
    expected, _ = scipy.linalg.orthogonal_procrustes(x - origin, y - target)
    np.testing.assert_allclose(found.matrix.numpy().T, expected, atol=1e-8)
    np.testing.assert_allclose(
        mapped(found, s.means()), (x - origin) @ expected + target, atol=1e-8
    )


def test_procrustes_undoes_a_rotation() -> None:
    """Sentences that were only turned and moved come back to where they were."""
    t = texts(2)
    s = Ragged(t.vectors @ rotation(6) + 3, t.offsets)
    found = Procrustes().fit(s, t)
    np.testing.assert_allclose(mapped(found, s.vectors), t.vectors.numpy(), atol=1e-4)


@pytest.mark.parametrize("vectors", ["token", "sentence"])
def test_gaussian_map(vectors: str) -> None:
    """Without shrinkage it is POT's map between Gaussians."""
    s, t = texts(1), texts(2)
    found = GaussianMap(vectors=vectors, shrinkage=0.0).fit(s, t)  # type: ignore[arg-type]
    x, y = (
        (side.vectors if vectors == "token" else side.means()).double().numpy() for side in (s, t)
    )
    matrix, shift = ot.gaussian.bures_wasserstein_mapping(
        x.mean(0), y.mean(0), np.cov(x.T), np.cov(y.T)
    )
    np.testing.assert_allclose(found.matrix.numpy(), matrix, atol=1e-8)
    np.testing.assert_allclose(found.shift.numpy(), np.ravel(shift), atol=1e-8)
    image = x @ found.matrix.numpy().T + found.shift.numpy()
    np.testing.assert_allclose(image.mean(0), y.mean(0), atol=1e-8)
    np.testing.assert_allclose(np.cov(image.T), np.cov(y.T), atol=1e-8)


def test_full_shrinkage_moves_and_scales() -> None:
    """Where nothing but the mean variance is kept, the map turns nothing."""
    s, t = texts(1), texts(2)
    matrix = GaussianMap(shrinkage=1.0).fit(s, t).matrix
    scale = (t.vectors.var(0).mean() / s.vectors.var(0).mean()).sqrt().item()
    np.testing.assert_allclose(matrix.numpy(), scale * np.eye(6), atol=1e-5)


def test_gaussian_map_of_few_vectors_is_finite() -> None:
    """Directions in which nothing varies are not divided by nothing; a language maps to itself."""
    flat = texts(1, count=40)
    flat.vectors[:, 3:] = 1.0
    found = GaussianMap(shrinkage=0.0).fit(flat, texts(2))
    assert torch.isfinite(found.matrix).all()
    assert found.matrix[:, 3:].abs().max() < 1e-6
    same = GaussianMap().fit(texts(1), texts(1))
    np.testing.assert_allclose(same.matrix.numpy(), np.eye(6), atol=1e-8)
