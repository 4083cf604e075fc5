"""What [tune] chose, as a results folder has it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from clirbench.data.base import JSON
from clirbench.errors import DataError
from clirbench.results.reading import read_object

__all__ = ["Choice", "read_choice"]


class Choice(NamedTuple):
    """What [tune] chose for a method on a pair."""

    name: str
    """Name of the choice, such as "sw-en/optical"; "joint/optical" for all pairs together."""
    measure: str
    trials: int
    """Number of trials in the grid; all methods have the same."""
    topics: tuple[int, ...]
    """Number of development topics of each pair that the trial was scored on."""
    further: bool
    """Whether there was one more trial, beyond the grid's learning rates."""
    edge: str | None
    """Whether the best trial has the "lowest" or "highest" learning rate that was tried."""
    settings: Mapping[str, JSON]
    """Settings of the best trial: its learning rate, and what else differs between trials."""


def read_choice(path: Path) -> Choice:
    """Read what a run wrote of a method on a pair.

    Raises:
        DataError: the file is damaged.
    """
    values: dict[str, Any] = read_object(path)
    try:
        best = values["trials"][values["best"]]
        further, edge = values.get("beyond") is not None, values.get("edge")
        return Choice(
            name=f"{path.parent.name}/{path.stem}",
            measure=str(values["measure"]),
            trials=len(values["trials"]) - further,
            topics=tuple(best["topics"].values()),
            further=further,
            edge=None if edge is None else str(edge),
            settings=dict(best["settings"]),
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise DataError(f"{path}: not a choice as written by `clirbench run`") from error
