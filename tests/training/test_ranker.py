from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from clirbench.errors import CellError
from clirbench.methods.base import Ranking
from clirbench.methods.margin_mse import MarginMSE
from clirbench.methods.score_kl import ScoreKL
from clirbench.methods.token_contrastive import max_sim
from clirbench.methods.translate_train import TranslateTrain
from clirbench.models.encoder import Encoder
from clirbench.models.ragged import Ragged
from clirbench.models.vectors import Vectors
from clirbench.settings import settings
from clirbench.spec.model import Training
from clirbench.training.batches import bucketed
from clirbench.training.ranker import Candidates, train_ranker

ENGLISH = [f"word {'for ' * (i % 3)}number {i}" for i in range(20)]
FOREIGN = [f"neno la {'kwa ' * (i % 4)}namba {i}" for i in range(20)]
SEEN: list[tuple[Tensor, Tensor]] = []


@settings
class Spy(TranslateTrain):
    """Remembers the scores of each step."""

    def loss(self, student: Tensor, teacher: Tensor) -> Tensor:
        """As its base."""
        SEEN.append((student.detach().clone(), teacher.clone()))
        return super().loss(student, teacher)


def known(
    encoder: Encoder, *, relevant: list[int] | None = None, texts: list[str] | None = None
) -> Candidates:
    """Query i's passage is the English text i, its best others are the three after it."""
    vectors = encoder.encode(ENGLISH, 16)
    return Candidates(
        queries=vectors,
        passages=vectors,
        relevant=relevant or list(range(20)),
        others=[[(i + k) % 20 for k in (1, 2, 3)] for i in range(20)],
        texts=texts or ENGLISH,
    )


def teach(
    method: Ranking,
    make: Callable[..., Encoder],
    *,
    epochs: int = 8,
    seed: int = 1,
    **changes: object,
) -> tuple[list[float], Encoder]:
    """Train a fresh student; gives its losses."""
    student = make()
    candidates = changes.pop("candidates", None) or known(student)
    how = {"learning_rate": 3e-3, "batch_size": 6, **changes}
    steps = train_ranker(
        student,
        [FOREIGN] * epochs,
        candidates,  # type: ignore[arg-type]
        method=method,
        training=Training(epochs=epochs, **how),  # type: ignore[arg-type]
        length=16,
        pair="sw-en",
        seed=seed,
    )
    return [step.loss for step in steps], student


@pytest.mark.parametrize(
    "method",
    [TranslateTrain(), TranslateTrain(passages=3), ScoreKL(passages=4), MarginMSE(passages=2)],
    ids=lambda m: f"{m.name}-{m.passages}",
)
def test_training_teaches_and_repeats(method: Ranking, encoder: Callable[..., Encoder]) -> None:
    """The loss falls; the same seed gives the same losses, another seed others."""
    losses, _ = teach(method, encoder)
    assert sum(losses[-4:]) < sum(losses[:4])
    assert teach(method, encoder)[0] == losses
    assert teach(method, encoder, seed=2)[0] != losses


@pytest.mark.parametrize("interaction", ["late", "single"])
def test_scores_are_those_of_the_candidates(
    interaction: str, encoder: Callable[..., Encoder]
) -> None:
    """Own passages first, the relevant one at their head, then the batch's others, none of them twice."""
    SEEN.clear()
    teach(Spy(passages=3), lambda: encoder(interaction=interaction), epochs=1, batch_size=20)
    student, teacher = encoder(interaction=interaction), encoder(interaction=interaction)
    texts = teacher.encode(ENGLISH, 16)

    def scores(queries: Ragged) -> Tensor:
        rows, columns = (
            [Vectors(*side.padded([i])) for i in range(20)] for side in (queries, texts)
        )
        return torch.tensor([[max_sim(q, d).item() for d in columns] for q in rows])

    lengths = [len(text) for text in student.tokenize(FOREIGN, 16)]
    (batch,) = bucketed(lengths, 20, 1, "sw-en", "queries", 0)
    ((found_student, found_teacher),) = SEEN
    others = torch.tensor([[(i + k) % 20 for k in (1, 2, 3)] for i in batch])
    for found, full in (
        (found_student, scores(student.encode(FOREIGN, 16))),
        (found_teacher, scores(texts)),
    ):
        torch.testing.assert_close(found[:, 0], full.diagonal()[batch], atol=1e-5, rtol=0)
        drawn, known_others = found[:, 1:3], full[batch].gather(1, others)
        gaps = (drawn[:, :, None] - known_others[:, None]).abs()  # (20, 2, 3)
        assert gaps.amin(dim=2).max() < 1e-5
        in_batch = full[batch][:, batch].fill_diagonal_(-torch.inf)
        torch.testing.assert_close(found[:, 3:], in_batch, atol=1e-5, rtol=0)


def test_a_passage_of_two_queries_is_no_negative(encoder: Callable[..., Encoder]) -> None:
    """Queries of the batch that share their relevant passage do not push it away."""
    SEEN.clear()
    shared = [0, 0, *range(2, 20)]
    teach(Spy(), encoder, epochs=1, batch_size=20, candidates=known(encoder(), relevant=shared))
    ((student, _),) = SEEN
    assert torch.isinf(student[:, 1:]).sum() == 20 + 2


def test_too_few_candidates(encoder: Callable[..., Encoder]) -> None:
    """What is asked for has to be there."""
    with pytest.raises(CellError, match="has 3 passages beside the relevant one, but passages = 6"):
        teach(ScoreKL(), encoder)


def test_each_epoch_has_its_reading(encoder: Callable[..., Encoder]) -> None:
    """Queries that are read otherwise in the second epoch give other losses there, and only there."""
    student, again = encoder(), encoder()
    losses = []
    for one, second in ((student, FOREIGN), (again, ENGLISH)):
        steps = train_ranker(
            one,
            [FOREIGN, second],
            known(one),
            method=ScoreKL(passages=2),
            training=Training(epochs=2, batch_size=10),
            length=16,
            pair="sw-en",
            seed=1,
        )
        losses.append([step.loss for step in steps])
    assert losses[0][:2] == losses[1][:2]
    assert losses[0][2:] != losses[1][2:]


def test_another_passage_of_the_same_query_is_no_negative(encoder: Callable[..., Encoder]) -> None:
    """A query that stands there with two passages is not taught to rank one above the other."""
    SEEN.clear()
    texts = [ENGLISH[min(i, 17)] for i in range(20)]  # the last three ask the same
    candidates = known(encoder(), texts=texts)
    teach(Spy(), encoder, epochs=1, batch_size=20, candidates=candidates)
    lengths = [len(text) for text in encoder().tokenize(FOREIGN, 16)]
    (batch,) = bucketed(lengths, 20, 1, "sw-en", "queries", 0)
    ((student, teacher),) = SEEN
    expected = torch.tensor([[texts[i] == texts[j] for j in batch] for i in batch])
    for scores in (student, teacher):
        assert torch.equal(scores[:, 1:] == -torch.inf, expected)
