"""The rows of an embedding that some texts read, trained in place of the whole table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from clirbench.models.embedding import embedding

if TYPE_CHECKING:
    from clirbench.models.encoder import Encoder

__all__ = ["only_rows"]


@contextmanager
def only_rows(encoder: Encoder, *texts: Iterable[Sequence[int]]) -> Iterator[None]:
    """Hold just the rows of the embedding that some texts read, as one small parameter.

    Of the 118 million weights of multilingual-e5-small 96 million are such rows, of which a training
    reads a tenth: gradient, moments and checkpoints are of the small table. The encoder reads these
    texts as before, and no others. In the end the rows go back into the whole table; all others are
    as they were.

    A table that is frozen, or that another layer shares, stays as it is. `Encoder.rows` keeps which rows
    were trained.

    Args:
        encoder: on its device.
        texts: word pieces of all that it will read.
    """
    table = embedding(encoder.backbone)
    if table is None or not table.weight.requires_grad:
        yield
        return
    whole, padding = table.weight, table.padding_idx
    rows = _reached(len(whole), [*texts, [[encoder.text.pad]]]).to(whole.device)
    encoder.rows = torch.unique(torch.cat([encoder.rows, rows.cpu()]))
    place = torch.full((len(whole),), -1, device=whole.device)  # which no table has
    place[rows] = torch.arange(len(rows), device=whole.device)

    def placed(module: nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        del module
        ids, *others = arguments
        return (place[ids], *others)

    table.weight = nn.Parameter(whole.detach()[rows])
    table.num_embeddings = len(rows)
    if padding is not None:
        # Its row has no gradient. Where no text reads it, there is no such row.
        own = int(place[padding])
        table.padding_idx = own if own >= 0 else None
    hook = table.register_forward_pre_hook(placed)
    try:
        yield
    finally:
        hook.remove()
        with torch.no_grad():
            whole[rows] = table.weight
        table.weight, table.num_embeddings, table.padding_idx = whole, len(whole), padding


def _reached(size: int, texts: Iterable[Iterable[Sequence[int]]]) -> Tensor:
    """The numbers that stand in some texts, in ascending order."""
    seen = np.zeros(size, dtype=bool)
    for side in texts:
        for text in side:
            seen[np.asarray(text)] = True
    return torch.from_numpy(seen.nonzero()[0])
