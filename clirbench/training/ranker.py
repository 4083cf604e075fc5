"""Training of a student on queries and candidate passages, against cached teacher vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Unpack

import torch
from torch import Tensor

from clirbench.errors import CellError
from clirbench.methods.base import Ranking
from clirbench.methods.token_contrastive import max_sim, own_scores
from clirbench.models.encoder import Encoder
from clirbench.models.ragged import Ragged
from clirbench.models.rows import only_rows
from clirbench.models.vectors import Vectors
from clirbench.spec.identity import seed_for
from clirbench.spec.model import Training
from clirbench.training.adapt import adapted
from clirbench.training.batches import bucketed
from clirbench.training.gradients import Objective
from clirbench.training.loop import GoingOn, Step, train

__all__ = ["Candidates", "train_ranker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What the teacher knows of N training queries and P passages."""

    queries: Ragged
    """Its vectors of the English queries."""
    passages: Ragged
    """Its vectors of the passages."""
    relevant: Sequence[int]
    """(N,), each query's passage."""
    others: Sequence[Sequence[int]]
    """For each query its best other passages, best first."""
    texts: Sequence[str]
    """(N,), the English queries; one may stand there with several passages."""


def train_ranker(
    student: Encoder,
    readings: Sequence[Sequence[str]],
    candidates: Candidates,
    *,
    method: Ranking,
    training: Training,
    length: int,
    pair: str,
    seed: int,
    **going_on: Unpack[GoingOn],
) -> Iterator[Step]:
    """Train a student in place, yielding each step.

    The same seed and pair give every method that reads the same queries the same batches in the same
    order.

    Args:
        student: starts as the teacher.
        readings: for each epoch the N queries as the student is to read them.
        candidates: the teacher's side.
        method: gives the loss.
        training: the settings.
        length: longest query in word pieces.
        pair: name of the language pair.
        seed: of the cell.
        going_on: as of `train`.

    Raises:
        CellError: the loss is not finite, there are not enough passages, or memory does not suffice
            for one query.
    """
    drawn = method.passages - 1
    if (fewest := min(map(len, candidates.others))) < drawn:
        raise CellError(
            f"{method.name}: a query has {fewest} passages beside the relevant one, but passages = "
            f"{method.passages} asks for {drawn}; lower `passages`, or raise `depth`"
        )
    # An example is a query in one epoch's reading: number epoch · N + query.
    count = len(candidates.relevant)
    ids = student.packed([text for reading in readings for text in reading], length)
    epochs = [
        [
            [epoch * count + index for index in batch]
            for batch in bucketed(
                [len(text) for text in ids[epoch * count : (epoch + 1) * count]],
                training.batch_size,
                *(seed, pair, "queries", epoch),
            )
        ]
        for epoch in range(len(readings))
    ]
    device = student.backbone.device

    def padded(texts: Ragged, which: Sequence[int] | Tensor) -> Vectors:
        tokens, mask = texts.padded(which)
        return Vectors(tokens.to(device), mask.to(device))

    def encode(batch: Sequence[int]) -> tuple[Vectors, ...]:
        vectors = student([ids[index] for index in batch])
        return (vectors.pooled() if student.interaction == "single" else vectors,)

    def loss(sides: tuple[Vectors, ...], batch: Sequence[int], step: int) -> Tensor:
        queries = [index % count for index in batch]
        generator = torch.Generator().manual_seed(seed_for(seed, pair, "candidates", step))
        rows = [
            [
                candidates.relevant[query],
                *(
                    candidates.others[query][place]
                    for place in torch.randperm(len(candidates.others[query]), generator=generator)[
                        :drawn
                    ].tolist()
                ),
            ]
            for query in queries
        ]
        own = torch.tensor(rows)  # (B, C)
        passages = padded(candidates.passages, own.flatten())
        readers = sides[0], padded(candidates.queries, queries)
        scores = [own_scores(reader, passages) for reader in readers]
        if method.in_batch:
            relevant = padded(candidates.passages, own[:, 0])
            # A passage of another query that is this one's, too, is no negative of it, nor is another
            # passage of the same query.
            texts = [candidates.texts[query] for query in queries]
            asked = torch.tensor([[one == other for other in texts] for one in texts])
            same = (asked | (own[:, :1] == own[:, 0])).to(device)
            scores = [
                torch.cat([score, max_sim(reader, relevant).masked_fill(same, -torch.inf)], dim=1)
                for score, reader in zip(scores, readers, strict=True)
            ]
        return method.loss(scores[0], scores[1])

    objective = Objective(
        encode=encode, loss=loss, tokens=[len(text) for text in ids], example="query"
    )
    with adapted(student, training, seed_for(seed, pair, "lora")), only_rows(student, ids):
        student.train(training.dropout)
        yield from train(
            student,
            epochs,
            objective,
            training,
            seed=seed_for(seed, pair, "dropout"),
            **going_on,
        )
