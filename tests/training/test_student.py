from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from clirbench.data.base import JSON, SentencePair
from clirbench.methods.base import Distillation
from clirbench.methods.greedy import TokenGreedy
from clirbench.methods.mixed import Mixed, Part
from clirbench.methods.optical import Optical
from clirbench.methods.sentence_contrastive import SentenceContrastive
from clirbench.methods.sentence_mse import SentenceMSE
from clirbench.methods.staged import Staged, StageOfTraining
from clirbench.models.encoder import Encoder
from clirbench.models.memory import MicroBatches
from clirbench.models.settings import LoRA
from clirbench.models.units import read_units
from clirbench.models.vectors import Memory, Vectors
from clirbench.spec.model import Training
from clirbench.training.loop import Step
from clirbench.training.student import train_student

FOREIGN = [f"neno la {'kwa ' * (i % 4)}namba {i}" for i in range(24)]
ENGLISH = [f"word {'for ' * (i % 3)}number {i}" for i in range(24)]
PAIRS = [SentencePair(*pair) for pair in zip(FOREIGN, ENGLISH, strict=True)]


@pytest.mark.parametrize(
    ("method", "anchor"),
    [(Optical(), 0.0), (SentenceContrastive(), 0.5)],
    ids=["optical", "anchored"],
)
def test_training_teaches_and_repeats(
    method: Distillation, anchor: float, encoder: Callable[..., Encoder]
) -> None:
    """The loss falls; the same seed gives the same weights bit for bit, another seed others."""

    def teach(seed: int) -> tuple[list[float], dict[str, torch.Tensor]]:
        student = encoder()
        targets = student.tokens(ENGLISH, 16)
        steps = train_student(
            student,
            PAIRS,
            targets,
            method=method,
            training=Training(epochs=6, batch_size=8, learning_rate=3e-3, anchor=anchor),
            length=16,
            pair="sw-en",
            seed=seed,
        )
        return [step.loss for step in steps], student.state_dict()

    before = torch.random.get_rng_state()
    losses, weights = teach(1)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert sum(losses[-3:]) < sum(losses[:3])
    again, same = teach(1)
    assert again == losses
    assert all(torch.equal(weights[name], same[name]) for name in weights)
    _, other = teach(2)
    assert any(not torch.equal(weights[name], other[name]) for name in weights)


def test_an_anchor_is_the_same_term_for_every_method(encoder: Callable[..., Encoder]) -> None:
    """The loss, and its weight times the loss of the student's own reading of the English sides."""
    mix = Mixed(loss=(Part(method=Optical()), Part(method=SentenceMSE(), weight=0.5)))
    for method in (TokenGreedy(), SentenceContrastive(), mix):
        teacher, student = encoder().eval(), encoder().eval()
        with torch.no_grad():  # else its English is the teacher's, and the term 0
            student.backbone.get_input_embeddings().weight.mul_(1.5)
        targets = teacher.tokens(ENGLISH, 16)
        tokens, mask = targets.padded(range(24))
        known = Memory(means=targets.means, batch=torch.arange(24), past=torch.arange(0), seed=0)
        with torch.no_grad():
            foreign, english = (
                method.loss(student(student.tokenize(texts, 16)), Vectors(tokens, mask, known))
                for texts in (FOREIGN, ENGLISH)
            )
        assert english > 0.01
        for anchor in (0.0, 2.0):
            (step,) = train_student(
                copy.deepcopy(student),
                PAIRS,
                targets,
                method=method,
                training=Training(epochs=1, batch_size=24, anchor=anchor),
                length=16,
                pair="sw-en",
                seed=1,
            )
            assert step.loss == pytest.approx(float(foreign + anchor * english), rel=1e-4)
            sides = (FOREIGN, ENGLISH) if anchor else (FOREIGN,)
            assert step.tokens == sum(map(len, student.tokenize([t for s in sides for t in s], 16)))


class Kept:
    """A checkpoint in memory, saved after every step."""

    def __init__(self) -> None:
        self.saved: tuple[dict[str, torch.Tensor], JSON] | None = None

    def due(self) -> bool:
        return True

    def save(self, tensors: dict[str, torch.Tensor], state: JSON) -> None:
        self.saved = {name: tensor.clone() for name, tensor in tensors.items()}, state

    def load(self) -> tuple[dict[str, torch.Tensor], JSON] | None:
        return self.saved


TWO = Staged(
    stages=(
        StageOfTraining(method=SentenceMSE(), epochs=1),
        StageOfTraining(
            method=SentenceContrastive(queue=8, hard=2), epochs=2, rate=0.5, batch_size=6
        ),
    )
)
"""Three steps of 8, then eight of 6."""


def staged(student: Encoder, training: Training, **going_on: Any) -> Iterator[Step]:  # noqa: ANN401
    """A training in two stages."""
    return train_student(
        student,
        PAIRS,
        student.tokens(ENGLISH, 16),
        method=TWO,
        training=training,
        length=16,
        pair="sw-en",
        seed=3,
        **going_on,
    )


def test_stages_follow_one_another(encoder: Callable[..., Encoder]) -> None:
    """The first is the training by its loss alone; the second starts where that ended."""
    training = Training(batch_size=8, learning_rate=3e-3, anchor=1.0)
    whole, alone = encoder(), encoder()
    log = list(staged(whole, training))
    assert [step.step for step in log] == list(range(1, 12))
    assert {step.steps for step in log} == {11}
    assert [step.epoch for step in log] == [1] * 3 + [2] * 4 + [3] * 4
    assert [step.examples for step in log] == [8] * 3 + [6] * 8
    peaks = max(s.learning_rate for s in log[:3]), max(s.learning_rate for s in log[3:])
    assert peaks == (3e-3, 1.5e-3)
    first = list(
        train_student(
            alone,
            PAIRS,
            alone.tokens(ENGLISH, 16),
            method=SentenceMSE(),
            training=Training(batch_size=8, learning_rate=3e-3, epochs=1, anchor=1.0),
            length=16,
            pair="sw-en",
            seed=3,
        )
    )
    assert [step.loss for step in log[:3]] == [step.loss for step in first]
    assert [step.tokens for step in log[:3]] == [step.tokens for step in first]
    steps = staged(between := encoder(), training)
    for _ in range(4):
        next(steps)
    steps.close()
    state = alone.state_dict()
    assert any(not torch.equal(own, state[name]) for name, own in between.state_dict().items())


@pytest.mark.parametrize("settings", [{}, {"lora": LoRA(rank=2)}, {"freeze": ("embeddings",)}])
@pytest.mark.parametrize("stopped", [1, 2, 3, 4, 7])
def test_stages_resumed_equal_uninterrupted(
    settings: dict[str, Any], stopped: int, encoder: Callable[..., Encoder]
) -> None:
    """In the middle of either, and between them: weights and log are the same to the bit."""
    training = Training(batch_size=8, learning_rate=3e-3, dropout=True, anchor=1.0, **settings)
    whole = encoder()
    expected = list(staged(whole, training))
    kept = Kept()
    steps = staged(encoder(), training, checkpoint=kept)
    for _ in range(stopped):
        next(steps)
    steps.close()
    again = encoder()
    assert list(staged(again, training, checkpoint=kept)) == expected
    state = whole.state_dict()
    assert all(torch.equal(own, state[name]) for name, own in again.state_dict().items())


def test_words_and_rarity_are_known_to_the_loss(encoder: Callable[..., Encoder]) -> None:
    """Also where a batch goes through the encoder in parts, and for the English side of an anchor."""

    def teach(parts: int) -> list[float]:
        student = encoder()
        steps = train_student(
            student,
            PAIRS,
            student.tokens(ENGLISH, 16),
            read_units(student, ENGLISH, 16, scored=True),
            method=Optical(unit="word", marginals="idf"),
            training=Training(epochs=3, batch_size=8, learning_rate=3e-3, anchor=1.0),
            length=16,
            pair="sw-en",
            seed=1,
            checkpoint=None,
            micro_batches=MicroBatches(parts=parts),
        )
        return [step.loss for step in steps]

    whole = teach(1)
    assert sum(whole[-3:]) < sum(whole[:3])
    assert teach(3) == pytest.approx(whole, abs=1e-4)
