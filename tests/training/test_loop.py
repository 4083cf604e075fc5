from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from clirbench.data.base import JSON
from clirbench.errors import CellError, DivergenceError
from clirbench.models.memory import MicroBatches
from clirbench.models.settings import Clip
from clirbench.models.vectors import Vectors
from clirbench.spec.model import Optimisation
from clirbench.training.gradients import Objective
from clirbench.training.loop import train

HOW = Optimisation(epochs=2, learning_rate=0.1, warmup=0.25, weight_decay=0.5, clip=1.0)
EPOCHS = [[[0, 1], [2, 3]], [[1, 0], [3, 2]]]


def fresh() -> nn.Linear:
    """A small model from a fixed start."""
    torch.manual_seed(1)
    return nn.Linear(3, 1)


def objective(loss_of: Callable[[Sequence[int]], Tensor]) -> Objective:
    """An objective whose loss needs no vectors."""
    return Objective(
        encode=lambda batch: (),
        loss=lambda sides, batch, step: loss_of(batch),
        tokens=[1] * 4,
        example="row",
    )


def data() -> tuple[Tensor, Tensor]:
    """Four examples."""
    generator = torch.Generator().manual_seed(2)
    return torch.randn(4, 3, generator=generator), torch.randn(4, 1, generator=generator)


def test_equals_a_plain_loop() -> None:
    """The same numbers as AdamW, a linear schedule and clipping written out."""
    x, y = data()
    model = fresh()
    steps = list(
        train(model, EPOCHS, objective(lambda b: (model(x[b]) - y[b]).square().mean()), HOW, seed=5)
    )

    plain = fresh()
    optimiser = torch.optim.AdamW(
        [
            {"params": [plain.weight], "weight_decay": 0.5},
            {"params": [plain.bias], "weight_decay": 0.0},
        ]
    )
    rates = [0.1, 0.1, 0.1 * 2 / 3, 0.1 / 3]
    losses = []
    for rate, batch in zip(rates, [b for epoch in EPOCHS for b in epoch], strict=True):
        for group in optimiser.param_groups:
            group["lr"] = rate
        loss = (plain(x[batch]) - y[batch]).square().mean()
        losses.append(loss.item())
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(plain.parameters(), 1.0)
        optimiser.step()
    assert [step.learning_rate for step in steps] == pytest.approx(rates)
    assert [step.loss for step in steps] == pytest.approx(losses, rel=1e-5)
    torch.testing.assert_close(model.weight, plain.weight)
    torch.testing.assert_close(model.bias, plain.bias)
    assert [(s.step, s.steps, s.epoch) for s in steps] == [
        (1, 4, 1),
        (2, 4, 1),
        (3, 4, 2),
        (4, 4, 2),
    ]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_stops_the_cell(bad: float) -> None:
    """The error says at which step, and the weights of that step are not used."""
    x, y = data()
    model = fresh()
    calls = []

    def loss_of(batch: object) -> Tensor:
        calls.append(batch)
        factor = bad if len(calls) == 3 else 1.0
        return (model(x[batch]) - y[batch]).square().mean() * factor  # type: ignore[index]

    with pytest.raises(CellError, match=r"training stopped at step 3 of 4: loss (nan|inf)"):
        list(train(model, EPOCHS, objective(loss_of), HOW, seed=5))
    assert all(torch.isfinite(p).all() for p in model.parameters())


class Kept:
    """A checkpoint in memory, saved after every step."""

    def __init__(self) -> None:
        self.saved: tuple[dict[str, Tensor], JSON] | None = None

    def due(self) -> bool:
        return True

    def save(self, tensors: dict[str, Tensor], state: JSON) -> None:
        self.saved = {name: tensor.clone() for name, tensor in tensors.items()}, state

    def load(self) -> tuple[dict[str, Tensor], JSON] | None:
        return self.saved


@pytest.mark.parametrize("clip", [1.0, "adaptive", "off"])
@pytest.mark.parametrize("stopped", [1, 2, 3])
def test_resumed_equals_uninterrupted(stopped: int, clip: Clip) -> None:
    """Stopped after any step and gone on in a fresh process, weights and log are the same bit for bit."""
    (x, y), how = data(), replace(HOW, clip=clip)

    def noisy(model: nn.Linear) -> Objective:
        return objective(lambda b: (model(nn.functional.dropout(x[b], 0.5)) - y[b]).square().mean())

    whole = fresh()
    expected = list(train(whole, EPOCHS, noisy(whole), how, seed=5))

    first, kept = fresh(), Kept()
    steps = train(first, EPOCHS, noisy(first), how, seed=5, checkpoint=kept)
    for _ in range(stopped):
        next(steps)
    steps.close()
    second = fresh()
    resumed = list(train(second, EPOCHS, noisy(second), how, seed=6, checkpoint=kept))
    assert resumed == expected
    assert torch.equal(second.weight, whole.weight)
    assert torch.equal(second.bias, whole.bias)


def test_memory_that_runs_out_halves_the_parts() -> None:
    """Parts get smaller until they fit, the step counts once, and the later ones remember."""
    x, y = data()
    model, said = fresh(), []
    sizes: list[int] = []

    def encode(batch: Sequence[int]) -> tuple[Vectors, ...]:
        sizes.append(len(batch))
        if len(batch) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return (
            Vectors(model(x[list(batch)])[:, None], torch.ones(len(batch), 1, dtype=torch.bool)),
        )

    def loss(sides: tuple[Vectors, ...], batch: Sequence[int], step: int) -> Tensor:
        return (sides[0].tokens[:, 0] - y[list(batch)]).square().mean()

    micro = MicroBatches(says=said.append)
    task = Objective(encode=encode, loss=loss, tokens=[1] * 4, example="row")
    steps = list(train(model, EPOCHS, task, HOW, seed=5, micro_batches=micro))
    assert sizes == [2, *[1] * 4 * 4]
    (text,) = said
    assert text == (
        "out of memory with batches of 2: from here on the encoder reads them in parts of 1; "
        "the effective batch, and so the loss, stays the same"
    )
    plain = fresh()
    expected = list(
        train(plain, EPOCHS, objective(lambda b: (plain(x[b]) - y[b]).square().mean()), HOW, seed=5)
    )
    assert [s.loss for s in steps] == pytest.approx([s.loss for s in expected], rel=1e-5)
    torch.testing.assert_close(model.weight, plain.weight)


def test_not_even_one_example_fits() -> None:
    """Where a single example is too much, the error says what can be done."""

    def encode(batch: Sequence[int]) -> tuple[Vectors, ...]:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 4 bytes")

    task = Objective(encode=encode, loss=lambda *_: torch.zeros(()), tokens=[1] * 4, example="row")
    with pytest.raises(CellError, match="out of memory: not even a single row fits; try a smaller"):
        list(train(fresh(), EPOCHS, task, HOW, seed=5))


def test_other_errors_are_not_taken_for_memory() -> None:
    """A bug stays a bug."""

    def encode(batch: Sequence[int]) -> tuple[Vectors, ...]:
        raise RuntimeError("shapes do not match")

    task = Objective(encode=encode, loss=lambda *_: torch.zeros(()), tokens=[1] * 4, example="row")
    with pytest.raises(RuntimeError, match="shapes do not match"):
        list(train(fresh(), EPOCHS, task, HOW, seed=5))


def test_weights_that_are_not_finite_after_the_last_step() -> None:
    """The loss of the last step is of the weights before it; those that are kept are looked at, too."""
    model, (inputs, targets) = fresh(), data()
    how = Optimisation(
        epochs=1, learning_rate=1e39, warmup=0.0, weight_decay=0.0, clip=1.0, batch_size=4
    )
    steps = train(
        model,
        [[[0, 1, 2, 3]]],
        objective(lambda batch: (model(inputs) - targets).square().mean()),
        how,
        seed=1,
    )
    assert next(steps).loss < 100
    with pytest.raises(
        DivergenceError, match="after the last of 1 steps the weights are not finite"
    ):
        next(steps)
