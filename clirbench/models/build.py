"""From what a suite says of the teacher to an encoder that was tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clirbench.models.dense import load_dense
from clirbench.models.encoder import Encoder
from clirbench.models.open import open_backbone
from clirbench.models.reading import Reading, resolve
from clirbench.models.scratch import build_scratch
from clirbench.models.settings import Teacher
from clirbench.models.trial import check_alone, check_lengths

__all__ = ["build_encoder"]


def build_encoder(teacher: Teacher, texts: Callable[[], Sequence[str]]) -> Encoder:
    """Make the encoder that a suite's [teacher] describes.

    Args:
        teacher: the section.
        texts: gives the text that the tokenizer of an encoder from scratch is trained on.

    Raises:
        DataError: the backbone cannot be loaded, or gives no vectors of its own for texts of those
            lengths.
    """
    opened = dense = None
    if teacher.scratch is not None:
        reading = resolve(Reading(), teacher)
        longest = max(teacher.query_length, teacher.document_length)
        parts = build_scratch(teacher.scratch, texts(), longest)
    else:
        opened = open_backbone(teacher)
        reading, parts = opened.reading, opened.parts
        dense = load_dense(opened.folder, reading.dense, int(parts[0].config.hidden_size))
    encoder = Encoder(
        *parts,
        interaction=teacher.interaction,
        special_tokens=teacher.special_tokens,
        projection=teacher.projection,
        reading=reading,
        dense=dense,
    )
    if opened is not None:
        encoder.revision, encoder.note = opened.revision, opened.note
    check_lengths(teacher, encoder)
    if teacher.scratch is None:
        check_alone(teacher, encoder)
    return encoder
