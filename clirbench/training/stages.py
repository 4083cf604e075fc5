"""Trainings that follow one another, with one log and one checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple, TypeAlias

from torch import Tensor

from clirbench.data.base import JSON
from clirbench.training.loop import Checkpoint, Step

__all__ = ["TrainingStage", "in_stages"]

_Saved: TypeAlias = tuple[dict[str, Tensor], JSON]


class TrainingStage(NamedTuple):
    """One of them."""

    steps: int
    epochs: int
    train: Callable[[Checkpoint | None], Iterator[Step]]
    """Trains, and goes on from a checkpoint; as `loop.train`."""


def in_stages(stages: Sequence[TrainingStage], checkpoint: Checkpoint | None) -> Iterator[Step]:
    """Train stage by stage; steps and epochs are counted through all of them.

    A checkpoint says which stage it is of, and has the log of those before. It has all that is trained,
    so that a training which goes on from it leaves earlier stages out.
    """
    saved = checkpoint.load() if checkpoint else None
    first, log = _earlier(saved)
    yield from log
    for number, stage in enumerate(stages[first:], first):
        before = stages[:number]
        own = None
        if checkpoint:
            own = _Own(checkpoint, number, tuple(log), saved if number == first else None)
        for step in stage.train(own):
            log.append(
                replace(
                    step,
                    step=step.step + sum(each.steps for each in before),
                    steps=sum(each.steps for each in stages),
                    epoch=step.epoch + sum(each.epochs for each in before),
                )
            )
            yield log[-1]


@dataclass(frozen=True, slots=True)
class _Own:
    """What a stage sees of the checkpoint."""

    whole: Checkpoint
    number: int
    before: Sequence[Step]
    saved: _Saved | None

    def due(self) -> bool:
        return self.whole.due()

    def save(self, tensors: dict[str, Tensor], state: JSON) -> None:
        own: dict[str, JSON] = {"stage": self.number, "before": [asdict(s) for s in self.before]}
        self.whole.save(tensors, {**state, **own} if isinstance(state, dict) else own)

    def load(self) -> _Saved | None:
        return self.saved


def _earlier(saved: _Saved | None) -> tuple[int, list[Step]]:
    """The stage that a checkpoint is of, and the steps of those before."""
    state = saved[1] if saved else None
    if not isinstance(state, dict):
        return 0, []
    steps = [Step(**step) for step in state.get("before", [])]  # type: ignore[union-attr, arg-type]
    return int(state.get("stage", 0)), steps  # type: ignore[arg-type]
