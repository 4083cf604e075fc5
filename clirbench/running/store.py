"""Where artifacts lie: shared ones in the store, cells in the results folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from clirbench.artifacts.artifact import alone, damage, filling, remove, sweep
from clirbench.artifacts.meter import Cost, Meter
from clirbench.artifacts.record import Before, Record, read_record, unreadable
from clirbench.artifacts.uses import Use
from clirbench.data.base import JSON
from clirbench.data.download import default_folder
from clirbench.results.environment import versions
from clirbench.results.names import CELLS
from clirbench.running.checkpoint import SavedTraining
from clirbench.running.stage import Context, Stage
from clirbench.running.stages.cell import CellStage
from clirbench.running.training_log import curves_folder
from clirbench.running.untouched import Untouched, Watched

__all__ = ["Store", "store_folder"]


def store_folder(given: Path | None) -> Path:
    """The folder of shared artifacts: the one that is named, else the one in the cache."""
    return given or default_folder() / "store"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The artifacts of a suite."""

    shared: Path
    """The store: `KIND/IDENTITY/` for each artifact."""
    results: Path
    """The results folder: `cells/CELL/` for each cell."""
    keep: bool = False
    """Whether trained encoders stay when what was made from them is done, as the suite says."""
    uses: Use = field(init=False)
    """What this run uses of the store, and other runs do."""
    _sound: set[str] = field(default_factory=set)
    """Identities whose checksums were compared by this process."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "uses", Use(self.shared))

    def folder(self, stage: Stage) -> Path:
        """Where a stage's artifact lies or will lie."""
        return Path(self._place(stage))

    def _place(self, stage: Stage) -> str:
        if isinstance(stage, CellStage):
            return f"{self.results}/{CELLS}/{stage.title}"
        return f"{self.shared}/{stage.kind}/{stage.identity()}"

    def record(self, stage: Stage) -> Record | None:
        """The record of a stage's artifact, if it is done."""
        if not os.path.exists(self._place(stage)):  # noqa: PTH110 - a plan asks 30,000 times
            return None
        record = read_record(self.folder(stage))
        return record if record and record.identity == stage.identity() else None

    def done(self, stage: Stage) -> bool:
        """Whether the artifact is done and its files have the recorded sizes."""
        record = self.record(stage)
        return record is not None and self._damage(stage, record, checksums=False) is None

    def unreadable(self, stage: Stage) -> str | None:
        """Say that a finished artifact's record or the sizes of its files are not as they were."""
        record = read_record(self.folder(stage))
        if record is None:
            return unreadable(self.folder(stage))
        if record.identity != stage.identity():
            return None  # of other settings
        return self._damage(stage, record, checksums=False)

    def fault(self, stage: Stage) -> str | None:
        """Say what is wrong with a finished artifact, by checksums; None if it is sound."""
        if stage.identity() in self._sound:
            return None
        record = self.record(stage)
        if record is None:
            return f"{self.folder(stage)}: not finished"
        fault = self._damage(stage, record, checksums=True)
        if fault is None:
            self._sound.add(stage.identity())
        return fault

    def _damage(self, stage: Stage, record: Record, *, checksums: bool) -> str | None:
        folder = self.folder(stage)
        return damage(folder, record, checksums=checksums, optional=stage.optional)

    def make(self, stage: Stage, context: Context) -> Cost:
        """Do a stage's work and keep the artifact; gives what the work took.

        Where another run is making the same, this one waits for it, and takes what comes of it.

        Raises:
            StoreError: the artifact cannot be written.
            DataError: a file was changed while the stage read it.
            ClirbenchError: as the stage's work raises.
        """
        with alone(self.folder(stage), _waiting(context)):
            if (record := self.record(stage)) and not self.fault(stage):
                return record.cost  # another run was first
            cost = self._make(stage, context)
        self.trust(stage)
        return cost

    def _make(self, stage: Stage, context: Context) -> Cost:
        inputs: Mapping[str, Path] = {
            name: self.folder(needed) for name, needed in stage.inputs.items()
        }
        untouched, fetch = Untouched(stage), Watched(context.fetch)

        def check() -> None:
            untouched.check()
            fetch.check(str(stage))

        context = replace(
            context,
            meter=Meter(context.device if stage.on_device else "cpu"),
            tensorboard=context.tensorboard and curves_folder(context.tensorboard, str(stage)),
        )
        checkpoint = SavedTraining(
            folder=self._checkpoints() / stage.identity(),
            identity=stage.identity(),
            title=str(stage),
            context=context,
            check=check,
            made_with=(made_with := self._made_with(stage)),
        )
        with filling(
            self.folder(stage),
            kind=stage.kind,
            identity=stage.identity(),
            title=stage.title,
            settings=stage.settings(),
            before=self._before(stage),
            made_with=made_with,
        ) as (folder, commit):
            stage.make(folder, inputs, replace(context, fetch=fetch, checkpoint=checkpoint))
            check()
            cost = context.meter.read()
            commit(cost)
        remove(checkpoint.folder)
        return cost

    def _before(self, stage: Stage) -> dict[str, Before]:
        """The inputs that may be dropped after this stage, and those that these rest on; by kind."""
        found: dict[str, Before] = {}
        for needed in stage.inputs.values():
            record = self.record(needed)
            if record and (needed.transient or isinstance(stage, CellStage)):
                # A cell's own run comes before that of the unperturbed topics, which serves others.
                own = Before(cost=record.cost, identity=record.identity)
                found = {**record.before, needed.kind: own, **found}
        return found

    def _made_with(self, stage: Stage) -> list[Mapping[str, JSON]]:
        """What works here now, and what made the inputs, each once."""
        found: list[Mapping[str, JSON]] = [versions()]
        for needed in stage.inputs.values():
            record = self.record(needed)
            found += [one for one in (record.made_with if record else ()) if one not in found]
        return found

    def trust(self, stage: Stage) -> None:
        """Take a stage's artifact for sound: this process, or a worker of its, has just made it."""
        self._sound.add(stage.identity())

    def drop(self, stage: Stage) -> None:
        """Delete an artifact."""
        self._sound.discard(stage.identity())
        remove(self.folder(stage))

    def drop_damaged(self, stages: Iterable[Stage], says: Callable[[str], None]) -> None:
        """Compare the checksums of finished artifacts, and delete those that are damaged."""
        for stage in stages:
            if self.done(stage) and (fault := self.fault(stage)):
                says(f"damaged, will be made again: {fault}")
                self.drop(stage)

    def end(self, stages: Iterable[Stage]) -> None:
        """Delete what stages that this run needs no more have left, unless another run uses it.

        That is the artifacts of transient ones, and checkpoints.
        """
        ended = {stage.identity(): stage for stage in stages}

        def delete(identity: str) -> None:
            stage = ended[identity]
            kept = self.keep and stage.over is not None  # of transient artifacts the encoders
            if stage.transient and not kept:
                self.drop(stage)
            remove(self._checkpoints() / identity)

        self.uses.end(ended, delete)

    def sweep(self) -> None:
        """Delete what killed processes left half-made."""
        for root in (self.shared, self.results):
            sweep(root)

    def checkpoints(self) -> set[str]:
        """Identities of the stages that have a checkpoint."""
        folder = self._checkpoints()
        return {path.name for path in folder.iterdir()} if folder.is_dir() else set()

    def _checkpoints(self) -> Path:
        return self.shared / "checkpoint"


def _waiting(context: Context) -> Callable[[], None]:
    """What is done while another run makes a stage."""
    told = False

    def wait() -> None:
        nonlocal told
        if context.stopping():
            raise KeyboardInterrupt
        if not told:
            context.says("another run is making this; waiting for it")
        told = True

    return wait
