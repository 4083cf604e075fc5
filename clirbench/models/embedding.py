"""The table of a model's word pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["embedding"]


def embedding(backbone: PreTrainedModel) -> nn.Embedding | None:
    """The table of a backbone's word pieces; none where it has none, or shares it with another layer."""
    try:
        table = backbone.get_input_embeddings()
    except (NotImplementedError, AttributeError):  # as a model of characters
        return None
    if not isinstance(table, nn.Embedding):
        return None
    owners = [
        name
        for name, own in backbone.named_parameters(remove_duplicate=False)
        if own is table.weight
    ]
    return table if len(owners) == 1 else None
