"""A backbone laid over the one that it was trained from: what differs alone is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file, save_file

from clirbench.models.embedding import embedding

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

__all__ = ["load_changes", "save_changes"]

_FILE = "changes.safetensors"
_ROWS = "rows of "
"""Before the name of a weight: the numbers of the rows of it that are kept."""


def save_changes(backbone: PreTrainedModel, folder: Path, over: Path, rows: Tensor) -> None:
    """Write the weights of a backbone that are not bit for bit those of an earlier one.

    Args:
        backbone: on the CPU.
        folder: where to.
        over: folder of the earlier encoder.
        rows: of the embedding, the only ones that can have changed (`Encoder.rows`).
    """
    before: dict[str, Tensor] = {}
    for file in over.glob("*.safetensors"):
        before |= load_file(file)
    table = embedding(backbone)
    kept: dict[str, Tensor] = {}
    for name, value in backbone.state_dict().items():
        if table is not None and value.data_ptr() == table.weight.data_ptr():
            kept |= {_ROWS + name: rows, name: value[rows]}
        elif name not in before or not _same(value, before[name]):
            kept[name] = value.clone()  # safetensors writes no memory that two share
    save_file(kept, folder / _FILE)


def load_changes(backbone: PreTrainedModel, folder: Path) -> None:
    """Put what `save_changes` wrote over the earlier backbone."""
    kept = load_file(folder / _FILE)
    weights = backbone.state_dict()
    for name, value in kept.items():
        if name.startswith(_ROWS):
            continue
        if (rows := kept.get(_ROWS + name)) is None:
            weights[name].copy_(value)
        else:
            weights[name][rows] = value


def _same(one: Tensor, other: Tensor) -> bool:
    return (
        one.shape == other.shape
        and one.dtype == other.dtype
        and torch.equal(one.flatten().view(torch.uint8), other.flatten().view(torch.uint8))
    )
