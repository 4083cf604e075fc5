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
from clirbench.training.adapt import adapted
from clirbench.training.batches import bucketed
from clirbench.training.gradients import Objective
from clirbench.training.loop import GoingOn, Step, train
from clirbench.training.stages import TrainingStage, in_stages

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
        method: gives the loss, or one after another.
        training: the settings.
        length: longest sentence in word pieces.
        pair: name of the language pair.
        seed: of the cell.
        going_on: as of `train`.

    Raises:
        CellError: the loss is not finite, or memory does not suffice for one pair.
    """
    stages = method.in_stages(training)
    ids = student.packed([each.foreign for each in pairs], length)
    anchored = training.anchor > 0
    english = student.packed([each.english for each in pairs], length) if anchored else []
    lengths = [len(text) for text in ids]
    device = student.backbone.device
    epochs: list[list[list[list[int]]]] = []  # of each stage
    for _, how in stages:
        before = sum(map(len, epochs))
        epochs.append(
            [
                bucketed(lengths, how.batch_size, seed, pair, "order", before + epoch)
                for epoch in range(how.epochs)
            ]
        )

    every = [batch for stage in epochs for batches in stage for batch in batches]
    order = torch.tensor([index for batch in every for index in batch])
    starts = [0, *accumulate(map(len, every))]
    means = cache(teacher.means)
    read = [
        read_units(student, [getattr(each, side) for each in pairs], length, scored=False)
        for side in (("foreign", "english") if anchored else ("foreign",))
        if units is not None
    ]

    def encode(batch: Sequence[int]) -> tuple[Vectors, ...]:
        sides = (ids, english) if anchored else (ids,)
        return tuple(student([side[index] for index in batch]) for side in sides)

    def stage(number: int) -> TrainingStage:
        own, how = stages[number]
        before = sum(len(batches) for stage in epochs[:number] for batches in stage)

        def loss(sides: tuple[Vectors, ...], batch: Sequence[int], step: int) -> Tensor:
            memory = Memory(
                means=means,
                batch=torch.tensor(batch),
                past=order[: starts[before + step]],
                seed=seed_for(seed, pair, "negatives", before + step),
                texts=teacher.padded,
            )
            tokens, mask = teacher.padded(batch)
            target = Vectors(tokens.to(device), mask.to(device), memory)
            if units is not None:
                target = target._replace(units=units_of(units, batch, device))
                sides = tuple(
                    side._replace(units=units_of(each, batch, device))
                    for side, each in zip(sides, read, strict=True)
                )
            found = own.loss(sides[0], target)
            if anchored:
                found = found + training.anchor * own.loss(sides[1], target)
            return found

        objective = Objective(
            encode=encode,
            loss=loss,
            tokens=[
                sum(map(len, texts))
                for texts in zip(ids, *([english] if english else []), strict=True)
            ],
            example="sentence pair",
        )
        drawn = (number,) if number else ()  # the first stage is as a training without others
        return TrainingStage(
            steps=sum(map(len, epochs[number])),
            epochs=how.epochs,
            train=lambda saved: train(
                student,
                epochs[number],
                objective,
                how,
                seed=seed_for(seed, pair, "dropout", *drawn),
                checkpoint=saved,
                micro_batches=going_on.get("micro_batches"),
            ),
        )

    lora = adapted(student, training, seed_for(seed, pair, "lora"))
    with lora, only_rows(student, ids, english):
        student.train(training.dropout)
        yield from in_stages(
            [stage(number) for number in range(len(stages))], going_on.get("checkpoint")
        )
