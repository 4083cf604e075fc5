from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from clirbench.data.base import SentencePair
from clirbench.models.settings import Scratch
from clirbench.models.translator import Translator
from clirbench.spec.model import Training
from clirbench.training.translator import train_translator

WORDS = dict(zip(["moja", "mbili", "tatu", "nne", "tano", "sita"], ["one", "two", "three", "four", "five", "six"], strict=True))  # fmt: skip


def pairs(count: int, seed: int) -> list[SentencePair]:
    """Sentences of three words, in English the other way round."""
    draws = random.Random(seed)  # noqa: S311 - not for secrets
    found = []
    for _ in range(count):
        words = draws.choices(list(WORDS), k=3)
        found.append(SentencePair(" ".join(words), " ".join(WORDS[w] for w in reversed(words))))
    return found


def untrained() -> Translator:
    """A small one, from the same start each time."""
    shape = Scratch(layers=1, width=48, heads=4, vocabulary=100, dropout=0.0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Translator.build(shape, [text for pair in pairs(100, 1) for text in pair[:2]], 16)


def teach(translator: Translator, epochs: int, smoothing: float = 0.1) -> list[float]:
    """Train it on 150 sentences; gives the losses."""
    steps = train_translator(
        translator,
        pairs(150, 1),
        training=Training(epochs=epochs, batch_size=15, learning_rate=4e-3),
        smoothing=smoothing,
        length=16,
        pair="sw-en",
        seed=1,
    )
    return [step.loss for step in steps]


def test_learns_to_translate() -> None:
    """From nothing, a dictionary and a word order: sentences that it has not seen come out right."""
    translator = untrained()
    losses = teach(translator, 35)
    assert losses[-1] < losses[0] / 2
    known = {pair.foreign for pair in pairs(150, 1)}
    unseen = [pair for pair in pairs(60, 2) if pair.foreign not in known]
    found = translator.translate([pair.foreign for pair in unseen], beams=2, length=16)
    assert len(unseen) > 20
    right = [text == pair.english for text, pair in zip(found, unseen, strict=True)]
    assert np.mean(right) > 0.9


def test_training_repeats() -> None:
    """The same seed gives the same losses."""
    assert teach(untrained(), 2) == teach(untrained(), 2)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_loss_is_smoothed_cross_entropy(smoothing: float) -> None:
    """Of each piece given those before it, the end included, over the first batch."""
    translator = untrained()
    losses = teach(translator, 1, smoothing)
    fresh = untrained()
    every = [fresh.tokenize([p[side] for p in pairs(150, 1)], 16) for side in (0, 1)]
    per_pair = []
    with torch.no_grad():
        for foreign, english in zip(*every, strict=True):
            log_p = fresh([foreign], [english]).tokens[0].log_softmax(-1)
            right = log_p[range(len(english) - 1), english[1:]]
            per_pair.append((-(1 - smoothing) * right - smoothing * log_p.mean(-1)).mean().item())
    # All sentences are of three words, and the first batch is a tenth of them.
    assert losses[0] == pytest.approx(np.mean(per_pair), rel=0.05)
