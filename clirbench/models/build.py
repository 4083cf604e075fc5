"""From what a suite says of an encoder to one that was tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clirbench.models.dense import load_dense
from clirbench.models.encoder import Encoder
from clirbench.models.open import open_backbone
from clirbench.models.reading import Reading, resolve
from clirbench.models.scratch import build_scratch
from clirbench.models.settings import Reader
from clirbench.models.trial import check_alone, check_lengths

__all__ = ["build_encoder"]


def build_encoder(reader: Reader, texts: Callable[[], Sequence[str]]) -> Encoder:
    """Make the encoder that a suite describes.

    Args:
        reader: the teacher, or what students start from.
        texts: gives the text that the tokenizer of an encoder from scratch is trained on.

    Raises:
        DataError: the backbone cannot be loaded, or gives no vectors of its own for texts of those
            lengths.
    """
    opened = dense = None
    if reader.scratch is not None:
        reading = resolve(Reading(), reader)
        longest = max(reader.query_tokens or 0, reader.document_length)
        parts = build_scratch(reader.scratch, texts(), longest)
    else:
        opened = open_backbone(reader)
        reading, parts = opened.reading, opened.parts
        dense = load_dense(opened.folder, reading.dense, int(parts[0].config.hidden_size))
    encoder = Encoder(
        *parts,
        interaction=reader.interaction,
        special_tokens=reader.special_tokens,
        projection=reader.projection,
        reading=reading,
        dense=dense,
    )
    if opened is not None:
        encoder.revision, encoder.note = opened.revision, opened.note
    check_lengths(reader, encoder)
    if reader.scratch is None:
        check_alone(reader, encoder)
    return encoder
