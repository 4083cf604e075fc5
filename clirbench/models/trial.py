"""A trial of an encoder before anything rests on it: whether it can read what the suite asks for."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import normalize

from clirbench.errors import DataError
from clirbench.models.loading import positions
from clirbench.models.memory import out_of_memory
from clirbench.models.reading import Side

if TYPE_CHECKING:
    from clirbench.models.encoder import Encoder
    from clirbench.models.settings import Reader

__all__ = ["check_alone", "check_lengths"]

_APART = 1e-5
"""Largest difference between numbers of two unit vectors of a token that rounding explains."""


def check_lengths(reader: Reader, encoder: Encoder) -> None:
    """Refuse lengths that leave nothing of a text, or that the backbone has no positions or layers for.

    Tokenizers cut to no length that their own pieces fill, and a GPU is of no use to its process after
    a position that is not there.

    Raises:
        DataError: says which setting is wrong.
    """
    most = positions(encoder.backbone)
    layers = getattr(encoder.backbone.config, "num_hidden_layers", None)
    if reader.layer is not None and layers is not None and reader.layer > layers:
        raise DataError(
            f'{reader.section}.layer must be <= {layers}, the layers of backbone "{reader.backbone}" (got '
            f"{reader.layer})"
        )
    sides: tuple[tuple[str, int | None, Side], ...] = (
        ("query_length", reader.query_tokens, "query"),
        ("document_length", reader.document_length, "passage"),
    )
    for key, length, side in sides:
        own = encoder.text.around(side)
        if length is None:
            continue
        where = f'of backbone "{reader.backbone}" (got {length})'
        if length <= own:
            raise DataError(f"{reader.section}.{key} must be > {own}, the special tokens {where}")
        if most is not None and length > most:
            raise DataError(f"{reader.section}.{key} must be <= {most}, the positions {where}")


@torch.no_grad()
def check_alone(reader: Reader, encoder: Encoder) -> None:
    """Refuse a backbone for which a text's vectors depend on what else is in its batch.

    Raises:
        DataError: they do, or there are none.
    """
    training = encoder.training
    encoder.eval()
    long = "one two three four five six seven eight nine ten " * reader.document_length
    try:
        texts = encoder.tokenize(["one", long], reader.document_length, "passage")
        # In this order: BigBird reads a short text in another way than a long one, and stays with that.
        beside = encoder(texts, "passage")
        alone = encoder(texts[:1], "passage")
        own = normalize(alone.tokens[0][alone.mask[0]], dim=-1)
        other = normalize(beside.tokens[0][beside.mask[0]], dim=-1)
        apart = float((own - other).abs().max())
    except (RuntimeError, ValueError, TypeError, AttributeError, IndexError, KeyError) as error:
        if out_of_memory(error):
            raise
        text = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DataError(
            f'backbone "{reader.backbone}" ({type(encoder.backbone).__name__}) gives no vectors of '
            f"texts of {reader.document_length} tokens: {text}; choose another backbone"
        ) from error
    finally:
        encoder.train(training)
    if not isfinite(apart):
        raise DataError(
            f'backbone "{reader.backbone}" ({type(encoder.backbone).__name__}) gives vectors '
            "that are not finite; its weights are damaged, or do not belong to its config.json"
        )
    if apart > _APART:
        raise DataError(
            f'backbone "{reader.backbone}" ({type(encoder.backbone).__name__}) gives a text '
            f"different vectors alone and beside a longer text (up to {apart:.2g} apart), so "
            "scores would depend on batches; choose another backbone"
        )
