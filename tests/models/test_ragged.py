from __future__ import annotations

from pathlib import Path

import torch

from clirbench.models.ragged import Ragged

RAGGED = Ragged(torch.arange(24.0).view(12, 2), torch.tensor([0, 3, 4, 4, 12]))


def test_padded() -> None:
    """Texts are gathered in the order asked for, zeros where they end."""
    values, mask = RAGGED.padded([1, 0, 2])
    assert mask.tolist() == [[True, False, False], [True, True, True], [False, False, False]]
    assert values[0].tolist() == [[6, 7], [0, 0], [0, 0]]
    assert values[1].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert not values[2].any()


def test_saved_is_the_same(tmp_path: Path) -> None:
    """What is saved is loaded."""
    RAGGED.save(tmp_path / "v.safetensors")
    again = Ragged.load(tmp_path / "v.safetensors")
    assert torch.equal(again.vectors, RAGGED.vectors)
    assert torch.equal(again.offsets, RAGGED.offsets)
    assert again.size == 4


def test_means() -> None:
    """One mean a text, zeros for a text without vectors; pooled, of unit length."""
    means = RAGGED.means()
    assert means.tolist() == [[2, 3], [6, 7], [0, 0], [15, 16]]
    pooled = RAGGED.pooled()
    assert pooled.size == RAGGED.size
    assert pooled.lengths.tolist() == [1, 1, 1, 1]
    torch.testing.assert_close(pooled.vectors, torch.nn.functional.normalize(means, dim=1))
