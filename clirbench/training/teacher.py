"""Training of the teacher on queries and relevant passages of the documents' own language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Unpack

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from clirbench.data.base import TrainingQuery
from clirbench.methods.token_contrastive import max_sim, own_scores
from clirbench.models.encoder import Encoder
from clirbench.models.lengths import length_for
from clirbench.models.loading import positions
from clirbench.models.reading import Side
from clirbench.models.rows import only_rows
from clirbench.models.vectors import Vectors
from clirbench.spec.identity import seed_for
from clirbench.spec.model import Teacher, TeacherTraining
from clirbench.training.adapt import adapted
from clirbench.training.batches import bucketed
from clirbench.training.gradients import Objective
from clirbench.training.loop import GoingOn, Step, train

__all__ = ["train_teacher"]


def train_teacher(
    encoder: Encoder,
    examples: Sequence[TrainingQuery],
    teacher: Teacher,
    how: TeacherTraining,
    **going_on: Unpack[GoingOn],
) -> Iterator[Step]:
    """Train an encoder in place, yielding each step.

    The loss is the cross entropy of picking a query's passage among those of the batch and the
    query's own negative, where the examples have one, by the score of the encoder's own interaction:
    InfoNCE as in DPR (Karpukhin et al. 2020, equation 2), where negatives serve the whole batch.

    In data that the suite names, a passage of the batch that stands beside the same query, or is the
    same text, is no negative.

    Args:
        encoder: on its device.
        examples: all with a negative, or none.
        teacher: lengths.
        how: the settings.
        going_on: as of `train`.

    Raises:
        CellError: the loss is not finite, or memory does not suffice for one example.
    """
    negatives = [example.negative for example in examples if example.negative is not None]
    sides: tuple[Side, ...] = ("query", "passage", "passage")
    queries = [example.query for example in examples]
    texts = [
        encoder.packed(queries, _query_length(teacher, encoder, queries), "query"),
        *(
            encoder.packed(passages, teacher.document_length, "passage")
            for passages in ([example.passage for example in examples], negatives)
            if passages
        ),
    ]
    lengths = [max(map(len, passages)) for passages in zip(*texts[1:], strict=True)]
    epochs = [
        bucketed(lengths, how.batch_size, how.seed, "teacher", "order", epoch)
        for epoch in range(how.epochs)
    ]

    def encode(batch: Sequence[int]) -> tuple[Vectors, ...]:
        read = (
            encoder([ids[index] for index in batch], side)
            for ids, side in zip(texts, sides, strict=False)
        )
        return tuple(s.pooled() if encoder.interaction == "single" else s for s in read)

    def loss(sides: tuple[Vectors, ...], batch: Sequence[int], step: int) -> Tensor:
        del step
        query, passage, *others = sides
        scores = max_sim(query, passage)  # (B, B)
        if how.source is not None or how.sources:
            scores = scores.masked_fill(same(batch).to(scores.device), -torch.inf)
        scores = torch.cat([scores, *(own_scores(query, other) for other in others)], dim=1)
        right = torch.arange(len(scores), device=scores.device)
        return cross_entropy(scores / how.temperature, right)

    def same(batch: Sequence[int]) -> Tensor:
        """(B, B): the passage of another example that is the query's, too."""
        chosen = [examples[index] for index in batch]
        return torch.tensor(
            [
                [a is not b and (a.query == b.query or a.passage == b.passage) for b in chosen]
                for a in chosen
            ]
        )

    objective = Objective(
        encode=encode,
        loss=loss,
        tokens=[sum(map(len, each)) for each in zip(*texts, strict=True)],
        example="query and its passages" if negatives else "query and its passage",
    )
    lora = adapted(encoder, how, seed_for(how.seed, "teacher", "lora"))
    with lora, only_rows(encoder, *texts):
        encoder.train()
        yield from train(
            encoder,
            epochs,
            objective,
            how,
            seed=seed_for(how.seed, "teacher", "dropout"),
            **going_on,
        )


def _query_length(teacher: Teacher, encoder: Encoder, queries: Sequence[str]) -> int:
    """As the suite says; else what 95 % of these queries need, at most all positions."""
    if teacher.query_tokens is not None:
        return teacher.query_tokens
    needed = length_for(encoder.text, list(dict.fromkeys(queries)))
    return min(needed, positions(encoder.backbone) or needed)
