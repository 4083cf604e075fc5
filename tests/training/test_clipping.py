"""Clipping of gradients, against NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from clirbench.models.settings import Clip
from clirbench.spec.model import Optimisation
from clirbench.training.clipping import Clipping
from clirbench.training.gradients import Objective
from clirbench.training.loop import Step, train


def test_adaptive_is_a_percentile_of_the_norms_so_far() -> None:
    """That of the step itself included; started from the norms of a log, it goes on as before."""
    norms = np.random.default_rng(1).lognormal(size=50).tolist()
    clipping = Clipping("adaptive")
    limits = [clipping.limit(norm) for norm in norms]
    expected = [float(np.percentile(norms[: n + 1], 90)) for n in range(50)]
    assert limits == pytest.approx(expected, rel=1e-12)
    resumed = Clipping("adaptive", norms[:20])
    assert [resumed.limit(norm) for norm in norms[20:]] == limits[20:]


def test_fixed_and_off() -> None:
    """A number is the limit; off is none."""
    assert Clipping(2.0, [1.0]).limit(5.0) == 2.0
    assert Clipping("off").limit(5.0) == math.inf


def steps(clip: Clip, scale: float) -> list[Step]:
    """Train on rows of which every fifth has a gradient far larger than the others."""
    torch.manual_seed(1)
    model = nn.Linear(2, 1, bias=False)
    rows = torch.randn(20, 2) * (1 + 30 * (torch.arange(20) % 5 == 4))[:, None]

    how = Optimisation(epochs=1, learning_rate=1e-3, weight_decay=0.0, clip=clip)
    task = Objective(
        encode=lambda _: (),
        loss=lambda sides, batch, step: scale * model(rows[list(batch)]).sum(),
        tokens=[1] * 20,
        example="row",
    )
    return list(train(model, [[[index] for index in range(20)]], task, how, seed=1))


def test_it_favours_no_scale() -> None:
    """A loss a thousand times as large has the same steps clipped; at a fixed norm it has not."""
    found: dict[Clip, list[list[int]]] = {
        clip: [[s.step for s in steps(clip, scale) if s.clipped] for scale in (0.01, 10.0)]
        for clip in ("adaptive", "off", 1.0)
    }
    assert found["off"] == [[], []]
    small, large = found["adaptive"]
    assert small == large
    assert {5, 10} <= set(small)
    small, large = found[1.0]
    assert len(small) < 5 < len(large)


def test_a_clipped_step_has_a_gradient_of_the_limit() -> None:
    """AdamW is given the gradient scaled down, and the log the norm from before."""
    model = nn.Linear(2, 1, bias=False)
    rows = torch.tensor([[3.0, 4.0], [30.0, 40.0]])
    seen = []
    task = Objective(
        encode=lambda _: (),
        loss=lambda sides, batch, step: model(rows[list(batch)]).sum(),
        tokens=[1, 1],
        example="row",
    )
    handle = register_optimizer_step_pre_hook(
        lambda *_: seen.append(model.weight.grad.norm().item())  # type: ignore[union-attr]
    )
    how = Optimisation(epochs=1, learning_rate=1e-3)
    found = list(train(model, [[[0], [1]]], task, how, seed=1))
    handle.remove()
    assert [step.gradient_norm for step in found] == pytest.approx([5.0, 50.0])
    assert [step.clipped for step in found] == [False, True]
    assert seen == pytest.approx([5.0, np.percentile([5.0, 50.0], 90)], rel=1e-4)
