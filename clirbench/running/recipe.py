"""What a process needs to make stages as the one does that the user has started."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.data.lock import Lock
from clirbench.results.events import Event, Reporter
from clirbench.running.stage import Context, Stage
from clirbench.running.store import Store

if TYPE_CHECKING:
    from clirbench.models.memory import MicroBatches

__all__ = ["Recipe", "memory"]

_BASE_MEMORY = 2**30
"""Bytes that torch, transformers and a small model take before any data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How stages are made in another process; between machines every path is a shared one."""

    store: Path
    results: Path
    cache: Path
    mirror: Path | None
    offline: bool = False
    lock: Lock
    """As it was when the run began: what is written to its file since is another run's."""
    device: str
    threads: int | None
    """None: torch's own choice."""
    deterministic: bool
    checkpoint_every: float
    tensorboard: Path | None = None

    def place(self) -> Store:
        """Where artifacts lie."""
        return Store(shared=self.store, results=self.results)

    def context(self, device: str, report: Reporter, stopping: Callable[[], bool]) -> Context:
        """Set up this process, and give what its stages may use.

        Args:
            device: what to compute on.
            report: is told of downloads.
            stopping: whether the work is to stop.
        """
        from clirbench.data.download import Cache
        from clirbench.models.device import prepare

        _quieten()
        prepare(threads=self.threads, deterministic=self.deterministic)

        def downloaded(url: str, done: int, total: int) -> None:
            report(Event(event="download", text=url, done=done, total=total))

        return Context(
            fetch=Cache(self.cache, self.mirror, downloaded, lock=self.lock),
            device=device,
            stopping=stopping,
            checkpoint_every=self.checkpoint_every,
            tensorboard=self.tensorboard,
            micro_batches=_micro_batches(),
        )


def _quieten() -> None:
    """Keep transformers' own bars and load reports out of the display."""
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


@functools.cache
def _micro_batches() -> MicroBatches:
    """The same for all stages of a process: what one stage learned the next one knows."""
    from clirbench.models.memory import MicroBatches

    return MicroBatches()


def memory(stage: Stage, store: Store) -> int:
    """Bytes that a stage may need: vectors and weights are in memory once, gradients and moments thrice."""
    inputs = 0
    for needed in stage.inputs.values():
        if record := store.record(needed):
            inputs += sum(int(file["bytes"]) for file in record.files.values())
    return _BASE_MEMORY + 4 * inputs
