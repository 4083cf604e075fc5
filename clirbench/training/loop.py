"""The one training loop."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol, TypedDict, Unpack

import torch
from torch import Tensor, nn

from clirbench.data.base import JSON
from clirbench.errors import DivergenceError
from clirbench.models.memory import MicroBatches, out_of_memory
from clirbench.spec.model import Optimisation
from clirbench.training.clipping import Clipping
from clirbench.training.gradients import Objective, backward, generators, seeded, set_generators

__all__ = ["Checkpoint", "GoingOn", "Step", "train"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one optimisation step did."""

    step: int
    """From 1."""
    steps: int
    """In all."""
    epoch: int
    """From 1."""
    loss: float
    gradient_norm: float
    """Before clipping."""
    learning_rate: float
    examples: int
    """In the batch."""
    tokens: int
    """Word pieces that the model read."""
    clipped: bool = False
    """Whether the gradient was scaled down."""


class Checkpoint(Protocol):
    """Where a training that is interrupted goes on."""

    def due(self) -> bool:
        """Whether it is time to save."""

    def save(self, tensors: dict[str, Tensor], state: JSON) -> None:
        """Keep the state of the training."""

    def load(self) -> tuple[dict[str, Tensor], JSON] | None:
        """What was saved, if anything sound was."""


class GoingOn(TypedDict, total=False):
    """How a training goes on after an interruption, and when memory runs out."""

    checkpoint: Checkpoint | None
    """Where to go on from, and where to save; the numbers are those of a training that was never
    interrupted, on the CPU bit for bit."""
    micro_batches: MicroBatches | None
    """Into how many parts a batch is cut, which grows when memory runs out."""


def train(
    model: nn.Module,
    epochs: Sequence[Sequence[Sequence[int]]],
    objective: Objective,
    how: Optimisation,
    *,
    seed: int,
    **going_on: Unpack[GoingOn],
) -> Iterator[Step]:
    """Train a model in place: AdamW, linear warm-up and decay, gradients clipped.

    Args:
        model: what is trained, on its device, in training mode.
        epochs: for each epoch its batches, as numbers of the examples.
        objective: gives the loss of a batch.
        how: the settings.
        seed: of what is drawn on the way, such as dropout; the caller's generators stay as they are.
        going_on: after an interruption, and when memory runs out.

    Yields:
        Each step once it is done; first those that were done before a checkpoint.

    Raises:
        DivergenceError: the loss or the gradient is not finite.
        CellError: memory does not suffice for one example.
    """
    checkpoint = going_on.get("checkpoint")
    micro_batches = going_on.get("micro_batches") or MicroBatches()
    optimiser = torch.optim.AdamW(
        _groups(model, how.weight_decay), lr=how.learning_rate, fused=True
    )
    batches = [(epoch, batch) for epoch, each in enumerate(epochs, 1) for batch in each]
    with seeded(seed):
        log: list[Step] = []
        if checkpoint and (saved := checkpoint.load()):
            log = _resume(model, optimiser, micro_batches, *saved)
            yield from log
        clipping = Clipping(how.clip, (step.gradient_norm for step in log))
        for step, (epoch, batch) in enumerate(batches[len(log) :], len(log)):
            rate = how.learning_rate * _schedule(step, len(batches), how.warmup)
            for group in optimiser.param_groups:
                group["lr"] = rate
            loss = _gradient(objective, batch, step, optimiser, micro_batches)
            norm = nn.utils.get_total_norm(
                [own.grad for own in model.parameters() if own.grad is not None]
            )
            limit = clipping.limit(size := norm.item())
            if size > limit:
                nn.utils.clip_grads_with_norm_(model.parameters(), limit, norm)
            done = Step(
                step=step + 1,
                steps=len(batches),
                epoch=epoch,
                loss=loss.item(),
                gradient_norm=size,
                clipped=size > limit,
                learning_rate=rate,
                examples=len(batch),
                tokens=sum(objective.tokens[index] for index in batch),
            )
            if not (math.isfinite(done.loss) and math.isfinite(done.gradient_norm)):
                raise DivergenceError(
                    f"training stopped at step {done.step} of {done.steps}: loss {done.loss}, gradient "
                    f"norm {done.gradient_norm} at learning rate {rate:.3g}; try a smaller learning_rate"
                )
            optimiser.step()
            optimiser.zero_grad()
            log.append(done)
            if checkpoint and done.step < done.steps and checkpoint.due():
                checkpoint.save(*_state(model, optimiser, micro_batches, log))
            yield done
        # The loss of each step is of the weights before it.
        broken = [name for name, own in model.named_parameters() if not own.isfinite().all()]
        if broken:
            raise DivergenceError(
                f"after the last of {len(batches)} steps the weights are not finite: "
                f"{broken[0]}; try a smaller learning_rate"
            )


def _gradient(
    objective: Objective,
    batch: Sequence[int],
    step: int,
    optimiser: torch.optim.Optimizer,
    micro_batches: MicroBatches,
) -> Tensor:
    """The gradient of a batch, in as many parts as memory asks for."""
    before = generators()
    while True:
        parts = min(micro_batches.parts, len(batch))
        try:
            return backward(objective, batch, step, parts)
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            why = str(error) or type(error).__name__
        # Outside of the handler, whose traceback would keep the tensors alive.
        optimiser.zero_grad()
        set_generators(before)
        micro_batches.halve(len(batch), objective.example, why)


def _state(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    micro_batches: MicroBatches,
    log: Sequence[Step],
) -> tuple[dict[str, Tensor], JSON]:
    """All that the next steps depend on; which batches they see follows from their number."""
    trained = ((name, own) for name, own in model.named_parameters() if own.requires_grad)
    tensors = {f"model.{name}": value.detach() for name, value in trained}
    for index, moments in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{key}": value for key, value in moments.items()}
    tensors |= {f"generator.{device}": state for device, state in generators().items()}
    return tensors, {"parts": micro_batches.parts, "log": [asdict(step) for step in log]}


def _resume(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    micro_batches: MicroBatches,
    tensors: dict[str, Tensor],
    state: JSON,
) -> list[Step]:
    """Put back what `_state` took; gives the steps done."""
    values = state if isinstance(state, dict) else {}
    moments: dict[int, dict[str, Tensor]] = {}
    states: dict[str, Tensor] = {}
    parameters = dict(model.named_parameters())
    for name, value in tensors.items():
        kind, _, rest = name.partition(".")
        if kind == "model":
            with torch.no_grad():
                parameters[rest].copy_(value)
        elif kind == "optimiser":
            index, _, key = rest.partition(".")
            moments.setdefault(int(index), {})[key] = value
        else:
            states[rest] = value
    optimiser.load_state_dict(
        {"state": moments, "param_groups": optimiser.state_dict()["param_groups"]}
    )
    set_generators(states)
    micro_batches.parts = max(micro_batches.parts, int(values["parts"]))  # type: ignore[arg-type]
    return [Step(**step) for step in values["log"]]  # type: ignore[union-attr, arg-type]


def _schedule(step: int, steps: int, warmup: float) -> float:
    rising = max(1, round(warmup * steps))
    if step < rising:
        return (step + 1) / rising
    return (steps - step) / max(1, steps - rising)


def _groups(model: nn.Module, decay: float) -> list[dict[str, object]]:
    trained = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
