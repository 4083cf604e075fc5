"""The steps of a training, as a results folder tells them."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["TrainingStep"]


class TrainingStep(NamedTuple):
    """A step of a training, as its log has it."""

    step: int
    """From 1."""
    loss: float
    norm: float | None
    """Of the gradient before clipping; none where that was not recorded."""
    clipped: bool | None
    """Whether the gradient was; none where that was not recorded."""
