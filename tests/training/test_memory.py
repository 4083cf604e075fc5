from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import pytest
import torch
from torch import Tensor

from clirbench.data.base import JSON, SentencePair
from clirbench.methods.base import Distillation
from clirbench.methods.mixed import Mixed, Part
from clirbench.methods.sentence_contrastive import SentenceContrastive
from clirbench.methods.sentence_crd import SentenceCRD
from clirbench.models.encoder import Encoder
from clirbench.models.memory import MicroBatches
from clirbench.models.vectors import Memory, Vectors
from clirbench.settings import settings
from clirbench.spec.model import Training
from clirbench.training.student import train_student

PAIRS = [
    SentencePair(f"neno la {'kwa ' * (i % 4)}namba {i}", f"word {'for ' * (i % 3)}number {i}")
    for i in range(22)
]
SEEN: list[Memory] = []


@settings
class Spy(SentenceContrastive):
    """Remembers what each step was told."""

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """As its base."""
        assert teacher.memory is not None
        SEEN.append(teacher.memory)
        return super().loss(student, teacher)


class Saved:
    """A checkpoint of the latest step, in memory."""

    def __init__(self) -> None:
        self.state: tuple[dict[str, Tensor], JSON] | None = None

    def due(self) -> bool:
        return True

    def save(self, tensors: dict[str, Tensor], state: JSON) -> None:
        self.state = {name: value.clone() for name, value in tensors.items()}, state

    def load(self) -> tuple[dict[str, Tensor], JSON] | None:
        return self.state


def teach(
    method: Distillation,
    encoder: Callable[..., Encoder],
    epochs: int = 2,
    *,
    stop: int | None = None,
    checkpoint: Saved | None = None,
    parts: int = 1,
) -> list[float]:
    """Train a fresh student, maybe not to the end; gives its losses."""
    student = encoder()
    steps = train_student(
        student,
        PAIRS,
        student.tokens([pair.english for pair in PAIRS], 16),
        method=method,
        training=Training(epochs=epochs, batch_size=8, learning_rate=3e-3),
        length=16,
        pair="sw-en",
        seed=1,
        checkpoint=checkpoint,
        micro_batches=MicroBatches(parts=parts),
    )
    return [step.loss for step in islice(steps, stop)]


def test_a_step_knows_the_batches_before_it(encoder: Callable[..., Encoder]) -> None:
    """The past is what earlier steps saw; seeds of steps differ; the vectors are the teacher's means."""
    SEEN.clear()
    teach(Spy(), encoder)
    past: list[int] = []
    for memory in SEEN:
        assert memory.past.tolist() == past
        past += memory.batch.tolist()
    assert sorted(past) == sorted([*range(22), *range(22)])
    assert len({memory.seed for memory in SEEN}) == len(SEEN) == 6
    english = encoder().tokens([pair.english for pair in PAIRS], 16)
    for index in (0, 7, 21):
        own = english.vectors[english.offsets[index] : english.offsets[index + 1]]
        torch.testing.assert_close(SEEN[0].sentences[index], own.mean(0))


def test_more_negatives_change_what_is_learned_and_repeat(encoder: Callable[..., Encoder]) -> None:
    """The first step has no past, later ones do; the same seed gives the same losses."""
    plain, queue = (teach(SentenceContrastive(queue=size), encoder) for size in (0, 16))
    assert queue[0] == plain[0]
    assert all(more > less for more, less in zip(queue[1:], plain[1:], strict=True))
    assert teach(SentenceContrastive(queue=16), encoder) == queue
    few, many = (teach(SentenceCRD(negatives=size), encoder, 8) for size in (0, 512))
    assert few != many
    assert sum(many[-3:]) < sum(many[:3])


WITH_MEMORY = [
    SentenceContrastive(queue=16),
    SentenceCRD(negatives=5),
    Mixed(loss=(Part(method=SentenceCRD()), Part(method=SentenceContrastive(queue=8)))),
]


@pytest.mark.parametrize("method", WITH_MEMORY, ids=lambda method: method.name)
def test_resumed_is_uninterrupted(method: Distillation, encoder: Callable[..., Encoder]) -> None:
    """No state of a method is lost with the process: there is none."""
    whole = teach(method, encoder, epochs=3)
    saved = Saved()
    teach(method, encoder, epochs=3, stop=4, checkpoint=saved)
    assert teach(method, encoder, epochs=3, checkpoint=saved) == whole


@pytest.mark.parametrize("method", WITH_MEMORY, ids=lambda method: method.name)
def test_in_parts_is_whole(method: Distillation, encoder: Callable[..., Encoder]) -> None:
    """A batch that goes through the encoder in parts has the same loss."""
    found = teach(method, encoder, parts=3)
    assert found == pytest.approx(teach(method, encoder), rel=1e-3)
