"""Training of a student on bitext, against cached teacher vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate
from typing import Unpack

import torch
from torch import Tensor

from clirbench.data.base import SentencePair
from clirbench.methods.base import Distillation
from clirbench.models.encoder import Encoder
from clirbench.models.index import Index
from clirbench.models.ragged import Ragged
from clirbench.models.rows import only_rows
from clirbench.models.units import read_units, units_of
from clirbench.models.vectors import Memory, Vectors
from clirbench.spec.identity import seed_for
from clirbench.spec.model import Training
from clirbench.training.batches import bucketed
from clirbench.training.gradients import Objective
from clirbench.training.loop import GoingOn, Step, train

__all__ = ["train_student"]


def train_student(
    student: Encoder,
    pairs: Sequence[SentencePair],
    teacher: Ragged | Index,
    units: Ragged | None = None,
    *,
    method: Distillation,
    training: Training,
    length: int,
    pair: str,
    seed: int,
    **going_on: Unpack[GoingOn],
) -> Iterator[Step]:
    """Train a student in place, yielding each step.

    The same seed and pair give every method the same batches in the same order and the same
    dropout where it is on, so that methods can be compared seed by seed.

    Args:
        student: starts as the teacher.
        pairs: the sentence pairs.
        teacher: token vectors of their English sides.
        units: what these are of, by `read_units`; for a method that needs to know.
        method: gives the loss.
        training: the settings.
        length: longest sentence in word pieces.
        pair: name of the language pair.
        seed: of the cell.
        going_on: as of `train`.

    Raises:
        CellError: the loss is not finite, or memory does not suffice for one pair.
    """
    ids = student.packed([each.foreign for each in pairs], length)
    english = (
        student.packed([each.english for each in pairs], length) if method.reads_english else []
    )
    lengths = [len(text) for text in ids]
    device = student.backbone.device
    epochs = [
        bucketed(lengths, training.batch_size, seed, pair, "order", epoch)
        for epoch in range(training.epochs)
    ]

    order = torch.tensor([index for batches in epochs for batch in batches for index in batch])
    starts = [0, *accumulate(len(batch) for batches in epochs for batch in batches)]
    means = cache(teacher.means)
    read = [
        read_units(student, [getattr(each, side) for each in pairs], length, scored=False)
        for side in (("foreign", "english") if method.reads_english else ("foreign",))
        if units is not None
    ]

    def encode(batch: Sequence[int]) -> tuple[Vectors, ...]:
        sides = (ids, english) if method.reads_english else (ids,)
        return tuple(student([side[index] for index in batch]) for side in sides)

    def loss(sides: tuple[Vectors, ...], batch: Sequence[int], step: int) -> Tensor:
        memory = Memory(
            means=means,
            batch=torch.tensor(batch),
            past=order[: starts[step]],
            seed=seed_for(seed, pair, "negatives", step),
        )
        tokens, mask = teacher.padded(batch)
        target = Vectors(tokens.to(device), mask.to(device), memory)
        if units is not None:
            target = target._replace(units=units_of(units, batch, device))
            sides = tuple(
                side._replace(units=units_of(own, batch, device))
                for side, own in zip(sides, read, strict=True)
            )
        return method.objective(sides[0], sides[1] if method.reads_english else None, target)

    objective = Objective(
        encode=encode,
        loss=loss,
        tokens=[
            sum(map(len, texts)) for texts in zip(ids, *([english] if english else []), strict=True)
        ],
        example="sentence pair",
    )
    student.train(training.dropout)
    with only_rows(student, ids, english):
        yield from train(
            student,
            epochs,
            objective,
            training,
            seed=seed_for(seed, pair, "dropout"),
            **going_on,
        )
