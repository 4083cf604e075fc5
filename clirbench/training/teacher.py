"""Training of the teacher on queries and relevant passages of the documents' own language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from clirbench.data.base import TrainingQuery
from clirbench.methods.base import Vectors
from clirbench.methods.token_contrastive import max_sim
from clirbench.models.encoder import Encoder
from clirbench.models.memory import MicroBatches
from clirbench.suite.identity import seed_for
from clirbench.suite.model import Teacher, TeacherTraining
from clirbench.training.batches import bucketed
from clirbench.training.gradients import Objective
from clirbench.training.loop import Checkpoint, Step, train

__all__ = ["train_teacher"]


def train_teacher(
    encoder: Encoder,
    examples: Sequence[TrainingQuery],
    teacher: Teacher,
    how: TeacherTraining,
    *,
    checkpoint: Checkpoint | None = None,
    micro_batches: MicroBatches | None = None,
) -> Iterator[Step]:
    """Train an encoder in place with in-batch negatives, yielding each step.

    The loss is the cross entropy of picking a query's passage among those of the batch, by the
    score of the encoder's own interaction: InfoNCE as in DPR (Karpukhin et al. 2020, equation 2).

    Raises:
        CellError: the loss is not finite, or memory does not suffice for one example.
    """
    queries = encoder.tokenize([example.query for example in examples], teacher.query_length)
    passages = encoder.tokenize([example.passage for example in examples], teacher.document_length)
    lengths = [len(text) for text in passages]
    epochs = [
        bucketed(lengths, how.batch_size, how.seed, "teacher", "order", epoch)
        for epoch in range(how.epochs)
    ]

    def encode(batch: Sequence[int]) -> tuple[Vectors, ...]:
        sides = (encoder([ids[index] for index in batch]) for ids in (queries, passages))
        return tuple(s.pooled() if encoder.interaction == "single" else s for s in sides)

    def loss(sides: tuple[Vectors, ...], batch: Sequence[int], step: int) -> Tensor:
        del batch, step
        scores = max_sim(*sides) / how.temperature
        return cross_entropy(scores, torch.arange(len(scores), device=scores.device))

    objective = Objective(
        encode=encode,
        loss=loss,
        tokens=[
            len(query) + len(passage) for query, passage in zip(queries, passages, strict=True)
        ],
        example="query and its passage",
    )
    encoder.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed_for(how.seed, "teacher", "dropout"))
        yield from train(
            encoder,
            epochs,
            objective,
            how,
            checkpoint=checkpoint,
            micro_batches=micro_batches,
        )
