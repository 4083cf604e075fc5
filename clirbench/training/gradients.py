"""The gradient of a batch's loss, whole or in parts that fit into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from clirbench.models.vectors import Vectors

__all__ = ["Objective", "backward", "generators", "seeded", "set_generators"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What training minimises: examples become vectors, and the vectors of a batch a loss."""

    encode: Callable[[Sequence[int]], tuple[Vectors, ...]]
    """Vectors of some examples, with gradient: one entry for each side that the model reads. The
    rows of an entry follow the examples, the same number of rows each."""
    loss: Callable[[tuple[Vectors, ...], Sequence[int], int], Tensor]
    """Scalar loss of a batch from its vectors, its examples and the number of the step, from 0."""
    tokens: Sequence[int]
    """Word pieces of each example that the model reads."""
    example: str
    """What one example is, for messages."""


def backward(objective: Objective, batch: Sequence[int], step: int, parts: int) -> Tensor:
    """Add the gradient of a batch's loss to the model's parameters; gives the loss.

    In several parts, the vectors are computed without gradient first, the loss and its gradient
    with respect to them second, and each part goes through the model again to carry that gradient
    to the parameters: gradient caching (Gao et al., RepL4NLP 2021, arXiv 2101.06983). So the loss
    sees the whole batch, in-batch negatives included, however little of it fits into memory at once.
    """
    if parts == 1:
        loss = objective.loss(objective.encode(batch), batch, step)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss
    size = -(-len(batch) // parts)
    chunks = [batch[start : start + size] for start in range(0, len(batch), size)]
    states, encoded = [], []
    with torch.no_grad():
        for chunk in chunks:
            states.append(generators())
            encoded.append(objective.encode(chunk))
    sides = tuple(_joined(side) for side in zip(*encoded, strict=True))
    loss = objective.loss(sides, batch, step)
    loss.backward()  # type: ignore[no-untyped-call]
    gradients = [_zero_if_none(side.tokens) for side in sides]
    row = [0] * len(sides)
    for chunk, state in zip(chunks, states, strict=True):
        with _restored(state):  # the same dropout as in the first pass
            again = objective.encode(chunk)
        pieces = []
        for index, part in enumerate(again):
            rows, width = part.tokens.shape[:2]
            pieces.append(gradients[index][row[index] : row[index] + rows, :width])
            row[index] += rows
        torch.autograd.backward([part.tokens for part in again], pieces)
    return loss


def generators() -> dict[str, Tensor]:
    """States of torch's generators, by device."""
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        states["cuda"] = torch.cuda.get_rng_state()
    if torch.backends.mps.is_available():
        states["mps"] = torch.mps.get_rng_state()
    return states


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw from a seed; the generators go on from their present states afterwards.

    Unlike `torch.random.fork_rng`, which makes use of every GPU of the machine, also on the CPU.
    """
    with _restored(generators()):
        torch.manual_seed(seed)
        yield


@contextmanager
def _restored(states: dict[str, Tensor]) -> Iterator[None]:
    """Draw from earlier states of the generators, and go on from the present ones afterwards."""
    now = generators()
    set_generators(states)
    try:
        yield
    finally:
        set_generators(now)


def set_generators(states: dict[str, Tensor]) -> None:
    """Go back to earlier states of the generators."""
    torch.set_rng_state(states["cpu"])
    if "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"])
    if "mps" in states and torch.backends.mps.is_available():
        torch.mps.set_rng_state(states["mps"])


def _joined(parts: Sequence[Vectors]) -> Vectors:
    """The parts of a batch as one, padded to the widest, with a gradient to be filled."""
    width = max(part.tokens.shape[1] for part in parts)
    tokens = torch.cat([pad(p.tokens, (0, 0, 0, width - p.tokens.shape[1])) for p in parts])
    mask = torch.cat([pad(p.mask, (0, width - p.mask.shape[1])) for p in parts])
    return Vectors(tokens.detach().requires_grad_(), mask)


def _zero_if_none(tokens: Tensor) -> Tensor:
    return tokens.grad if tokens.grad is not None else torch.zeros_like(tokens)
