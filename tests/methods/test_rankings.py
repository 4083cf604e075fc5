from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

from clirbench.methods.base import Ranking
from clirbench.methods.code_switch import CodeSwitch
from clirbench.methods.margin_mse import MarginMSE
from clirbench.methods.score_kl import ScoreKL
from clirbench.methods.translate_train import TranslateTrain

LEXICON = {"house": [("haus", 0.6), ("heim", 0.3), ("x", 0.05)], "garden": [("garten", 1.0)]}


def scores(seed: int, count: int = 5) -> torch.Tensor:
    """Of six queries."""
    return torch.randn(6, count, generator=torch.Generator().manual_seed(seed)) / 5


def softmax(rows: np.ndarray) -> np.ndarray:
    """Over columns."""
    return np.asarray(np.exp(rows) / np.exp(rows).sum(1, keepdims=True))


def test_translate_train() -> None:
    """Cross entropy of the first candidate; what has −∞ is none; the teacher has no part in it."""
    s, t = scores(1), scores(2)
    s[2, 3] = -torch.inf
    expected = -np.log(softmax(s.double().numpy() / 0.2)[:, 0]).mean()
    for teacher in (t, 9 * t):
        found = TranslateTrain(temperature=0.2).loss(s, teacher)
        assert found.item() == pytest.approx(expected, rel=1e-5)
    s.requires_grad_()
    (gradient,) = torch.autograd.grad(TranslateTrain().loss(s, t), s)
    assert torch.isfinite(gradient).all()


def test_score_kl() -> None:
    """The divergence of the student's softmax from the teacher's, times the temperature squared."""
    s, t = scores(1), scores(2)
    p, q = (softmax(x.double().numpy() / 0.1) for x in (t, s))
    expected = 0.01 * (p * np.log(p / q)).sum(1).mean()
    assert ScoreKL(temperature=0.1).loss(s, t).item() == pytest.approx(expected, rel=1e-4)
    assert ScoreKL().loss(t, t).item() == pytest.approx(0, abs=1e-9)


def test_margin_mse() -> None:
    """The squared error of the leads; a constant added to all scores of a query changes nothing."""
    s, t = scores(1), scores(2)
    a, b = (x.double().numpy() for x in (s, t))
    expected = np.mean(
        [(b[i, 0] - b[i, k] - a[i, 0] + a[i, k]) ** 2 for i in range(6) for k in range(1, 5)]
    )
    assert MarginMSE().loss(s, t).item() == pytest.approx(expected, rel=1e-5)
    torch.testing.assert_close(MarginMSE().loss(s + 3, t), MarginMSE().loss(s, t))


@pytest.mark.parametrize("method", [TranslateTrain(), ScoreKL(), MarginMSE()], ids=lambda m: m.name)
def test_descent(method: Ranking) -> None:
    """A step against the gradient lowers the loss."""
    s, t = scores(1).requires_grad_(), scores(2)
    loss = method.loss(s, t)
    (gradient,) = torch.autograd.grad(loss, s)
    assert method.loss(s - 0.01 * gradient, t) < loss


def test_code_switch_replaces_its_share() -> None:
    """Each known word with the chance asked for, by a translation as likely as it is said to be."""
    method = CodeSwitch(share=0.4)
    drawn = [method.switch("the house", LEXICON, seed).split() for seed in range(3000)]
    assert all(first == "the" for first, _ in drawn)
    count = Counter(second for _, second in drawn)
    assert set(count) == {"house", "haus", "heim"}
    assert count["house"] / 3000 == pytest.approx(0.6, abs=0.04)
    assert count["haus"] / (count["haus"] + count["heim"]) == pytest.approx(2 / 3, abs=0.05)
    assert method.switch("the house", LEXICON, 5) == method.switch("the house", LEXICON, 5)


def test_code_switch_of_all_words_translates_word_by_word() -> None:
    """Punctuation goes with its word; what is not known, or is of several words, stays."""
    method = CodeSwitch(share=1.0, smallest=0.5)
    found = method.switch("A house, garden-house ... Garden?", LEXICON, 1)
    assert found == "A haus garden-house ... garten"
    assert CodeSwitch(share=0.0).switch("the house", LEXICON, 1) == "the house"
