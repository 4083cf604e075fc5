"""Checkpoints: where a stage that trains for hours goes on after it was stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.artifacts.artifact import damage, filling, remove
from clirbench.artifacts.record import read_record
from clirbench.data.base import JSON

if TYPE_CHECKING:
    from torch import Tensor

    from clirbench.running.stage import Context

__all__ = ["SavedTraining"]

_KIND = "checkpoint"


@dataclass(slots=True, kw_only=True)
class SavedTraining:
    """The latest state of one stage's training, an artifact in the store beside the finished ones.

    It is written as every artifact is: whole, with checksums, in place of the one before. A damaged
    one is dropped, and the training begins anew.
    """

    folder: Path
    identity: str
    """Of the stage."""
    title: str
    context: Context
    check: Callable[[], None]
    """Raises an error if the files that the training reads have changed."""
    made_with: list[Mapping[str, JSON]]
    """As a record's, of the stage; what made the checkpoint that it goes on from is added."""
    _last: float = field(default_factory=time.monotonic)

    def due(self) -> bool:
        """Whether enough time has passed since the last one, or the process is asked to stop."""
        since = time.monotonic() - self._last
        return since >= self.context.checkpoint_every or self.context.stopping()

    def save(self, tensors: dict[str, Tensor], state: JSON) -> None:
        """Write tensors and state.

        Raises:
            DataError: a file that the training reads was changed.
            StoreError: the disk is full or cannot be written to.
        """
        from safetensors.torch import save_file

        self.check()

        with filling(
            self.folder,
            kind=_KIND,
            identity=self.identity,
            title=self.title,
            settings=None,
            made_with=self.made_with,
        ) as (folder, commit):
            save_file({n: t.contiguous() for n, t in tensors.items()}, folder / "state.safetensors")
            (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
            commit(self.context.meter.read(), replace=True)
        self._last = time.monotonic()

    def load(self) -> tuple[dict[str, Tensor], JSON] | None:
        """What was saved last, if it is there and sound."""
        from safetensors.torch import load_file

        record = read_record(self.folder)
        if record is None or record.identity != self.identity:
            return None
        if fault := damage(self.folder, record, checksums=True):
            self.context.says(f"the checkpoint is damaged, so training starts again: {fault}")
            remove(self.folder)
            return None
        self.context.meter.carry(record.cost)
        self.made_with += [one for one in record.made_with if one not in self.made_with]
        state: JSON = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
        return load_file(self.folder / "state.safetensors"), state
