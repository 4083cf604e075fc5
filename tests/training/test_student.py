from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from clirbench.data.base import SentencePair
from clirbench.methods.base import Distillation
from clirbench.methods.optical import Optical
from clirbench.methods.sentence_contrastive import SentenceContrastive
from clirbench.models.encoder import Encoder
from clirbench.models.memory import MicroBatches
from clirbench.models.units import read_units
from clirbench.spec.model import Training
from clirbench.training.student import train_student

FOREIGN = [f"neno la {'kwa ' * (i % 4)}namba {i}" for i in range(24)]
ENGLISH = [f"word {'for ' * (i % 3)}number {i}" for i in range(24)]
PAIRS = [SentencePair(*pair) for pair in zip(FOREIGN, ENGLISH, strict=True)]


@pytest.mark.parametrize(
    "method", [Optical(), SentenceContrastive(anchor=0.5)], ids=lambda m: m.name
)
def test_training_teaches_and_repeats(
    method: Distillation, encoder: Callable[..., Encoder]
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
            training=Training(epochs=6, batch_size=8, learning_rate=3e-3),
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


def test_words_and_rarity_are_known_to_the_loss(encoder: Callable[..., Encoder]) -> None:
    """Also where a batch goes through the encoder in parts, and for the English side of an anchor."""

    def teach(parts: int) -> list[float]:
        student = encoder()
        steps = train_student(
            student,
            PAIRS,
            student.tokens(ENGLISH, 16),
            read_units(student, ENGLISH, 16, scored=True),
            method=Optical(unit="word", marginals="idf", anchor=1.0),
            training=Training(epochs=3, batch_size=8, learning_rate=3e-3),
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
