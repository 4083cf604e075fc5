"""The steps of a training, as a results folder tells them."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["TrainingStep"]


class TrainingStep(NamedTuple):
    """A step of a training, as its log has it."""

    step: int
    """Number of the step, from 1."""
    loss: float
    norm: float | None
    """Norm of the gradient before clipping. None: not recorded."""
    clipped: bool | None
    """Whether the gradient was clipped. None: not recorded."""
