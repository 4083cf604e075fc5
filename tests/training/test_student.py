from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch

from clirbench.data.base import SentencePair
from clirbench.methods.base import Distillation
from clirbench.methods.greedy import TokenGreedy
from clirbench.methods.mixed import Mixed, Part
from clirbench.methods.optical import Optical
from clirbench.methods.sentence_contrastive import SentenceContrastive
from clirbench.methods.sentence_mse import SentenceMSE
from clirbench.models.encoder import Encoder
from clirbench.models.memory import MicroBatches
from clirbench.models.units import read_units
from clirbench.models.vectors import Memory, Vectors
from clirbench.spec.model import Training
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
