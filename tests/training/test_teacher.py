from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from torch import nn

from clirbench.data.base import TrainingQuery
from clirbench.models.encoder import Encoder
from clirbench.models.memory import MicroBatches
from clirbench.spec.model import Teacher, TeacherTraining
from clirbench.training.teacher import train_teacher

TEACHER = Teacher(backbone="scratch", query_length=16, document_length=32)
Make = Callable[..., Encoder]


def examples(count: int, *, negatives: bool) -> list[TrainingQuery]:
    """Queries, passages, and others beside them, of several lengths."""
    return [
        TrainingQuery(
            f"word number {i}",
            f"neno la namba {i} " * (1 + i % 3),
            f"kwa neno {i + 7}" * (1 + i % 2) if negatives else None,
        )
        for i in range(count)
    ]


def vectors(encoder: Encoder, texts: Sequence[str], length: int) -> list[np.ndarray]:
    """Unit vectors of each text as scored: of its tokens, or of their mean."""
    found = []
    for text in texts:
        given = encoder(encoder.tokenize([text], length)).tokens[0].detach().numpy()
        if encoder.interaction == "single":
            given = given.mean(axis=0, keepdims=True)
        found.append(given / np.linalg.norm(given, axis=1, keepdims=True))
    return found


def expected_loss(
    encoder: Encoder, data: Sequence[TrainingQuery], temperature: float, *, masked: bool
) -> float:
    """Cross entropy over passage, passages of the batch and own negative, written out."""
    queries = vectors(encoder, [each.query for each in data], 16)
    passages = vectors(encoder, [each.passage for each in data], 32)
    others = vectors(encoder, [each.negative for each in data if each.negative], 32)
    losses = []
    for i, query in enumerate(queries):
        scores = {j: (query @ p.T).max(axis=1).mean() for j, p in enumerate(passages)}
        if masked:
            scores = {
                j: score
                for j, score in scores.items()
                if j == i or (data[j].query != data[i].query and data[j].passage != data[i].passage)
            }
        if others:
            scores[-1] = (query @ others[i].T).max(axis=1).mean()
        logits = np.array(list(scores.values())) / temperature
        losses.append(np.log(np.exp(logits).sum()) - scores[i] / temperature)
    return float(np.mean(losses))


def without_dropout(encoder: Encoder) -> Encoder:
    """The encoder as evaluation knows it, though it is trained."""
    for module in encoder.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return encoder


def trained(
    encoder: Encoder,
    data: Sequence[TrainingQuery],
    micro: MicroBatches | None = None,
    **settings: object,
) -> list[float]:
    """The loss of each step."""
    how = TeacherTraining(batch_size=8, temperature=0.1, **settings)  # type: ignore[arg-type]
    return [step.loss for step in train_teacher(encoder, data, TEACHER, how, micro_batches=micro)]


@pytest.mark.parametrize("interaction", ["late", "single"])
@pytest.mark.parametrize("negatives", [True, False])
def test_the_loss(interaction: str, negatives: bool, encoder: Make) -> None:  # noqa: FBT001
    """The first step's loss is that of the untrained encoder on the whole batch."""
    data = examples(8, negatives=negatives)
    start = encoder(interaction=interaction)
    expected = expected_loss(start.eval(), data, 0.1, masked=False)
    assert trained(without_dropout(encoder(interaction=interaction)), data, epochs=1)[
        0
    ] == pytest.approx(expected, rel=1e-4)


def test_what_stands_beside_the_same_query_is_no_negative(encoder: Make) -> None:
    """In data of the suite's own, where a query may have several passages, and a passage several."""
    data = examples(6, negatives=True)
    data[1] = data[1]._replace(query=data[0].query)
    data[2] = data[2]._replace(passage=data[3].passage)
    masked, plain = (expected_loss(encoder().eval(), data, 0.1, masked=m) for m in (True, False))
    for source, expected in (("irds:x", masked), (None, plain)):
        found = trained(without_dropout(encoder()), data, epochs=1, source=source)
        assert found == [pytest.approx(expected, rel=1e-4)]
    assert masked < plain - 1e-3


def test_in_parts_as_whole(encoder: Make) -> None:
    """With little memory the steps are the same, the negatives' side included."""
    data = examples(24, negatives=True)
    one = trained(without_dropout(encoder()), data, epochs=2)
    other = trained(without_dropout(encoder()), data, epochs=2, micro=MicroBatches(parts=3))
    assert other == pytest.approx(one, rel=1e-4)


def test_it_learns(encoder: Make) -> None:
    """The loss goes down."""
    losses = trained(encoder(), examples(32, negatives=True), epochs=20, learning_rate=1e-2)
    assert np.mean(losses[-4:]) < 0.8 * np.mean(losses[:4])
