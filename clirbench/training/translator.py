"""Training of a small translation model on bitext."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Unpack

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from clirbench.data.base import SentencePair
from clirbench.models.translator import Translator
from clirbench.models.vectors import Vectors
from clirbench.spec.identity import seed_for
from clirbench.spec.model import Training
from clirbench.training.batches import bucketed
from clirbench.training.gradients import Objective
from clirbench.training.loop import GoingOn, Step, train

__all__ = ["train_translator"]


def train_translator(
    translator: Translator,
    pairs: Sequence[SentencePair],
    *,
    training: Training,
    smoothing: float,
    length: int,
    pair: str,
    seed: int,
    **going_on: Unpack[GoingOn],
) -> Iterator[Step]:
    """Train a model in place to say the foreign sides in English, yielding each step.

    The loss is the cross entropy of each word piece given those before it, with label smoothing.

    Args:
        translator: on its device.
        pairs: the sentence pairs.
        training: the settings; the model's own dropout is always on.
        smoothing: share of the target that is spread over all word pieces.
        length: longest sentence in word pieces.
        pair: name of the language pair.
        seed: of the cell.
        going_on: as of `train`.

    Raises:
        CellError: the loss is not finite, or memory does not suffice for one pair.
    """
    foreign = translator.tokenize([each.foreign for each in pairs], length)
    english = translator.tokenize([each.english for each in pairs], length)
    tokens = [len(ours) + len(theirs) for ours, theirs in zip(foreign, english, strict=True)]
    epochs = [
        bucketed(tokens, training.batch_size, seed, pair, "translator", epoch)
        for epoch in range(training.epochs)
    ]

    def encode(batch: Sequence[int]) -> tuple[Vectors, ...]:
        return (translator([foreign[i] for i in batch], [english[i] for i in batch]),)

    def loss(sides: tuple[Vectors, ...], batch: Sequence[int], step: int) -> Tensor:
        del step
        (logits,) = sides
        wanted = torch.cat([torch.tensor(english[index][1:]) for index in batch])
        return cross_entropy(
            logits.tokens[logits.mask], wanted.to(logits.mask.device), label_smoothing=smoothing
        )

    objective = Objective(encode=encode, loss=loss, tokens=tokens, example="sentence pair")
    translator.train()
    yield from train(
        translator,
        epochs,
        objective,
        training,
        seed=seed_for(seed, pair, "dropout"),
        **going_on,
    )
