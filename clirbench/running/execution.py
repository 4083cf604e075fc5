"""How the stages of a run are made: on which device, by which workers, with which log."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from clirbench.data.lock import Lock
from clirbench.errors import SuiteError
from clirbench.results.environment import environment, forget_environments, keep_environment
from clirbench.results.events import Event, Reporter, event_log
from clirbench.running.cores import cores
from clirbench.running.executor import Here, Outcome, Workers, execute
from clirbench.running.recipe import Recipe
from clirbench.running.stage import Stage
from clirbench.running.stop import stop_on_signals
from clirbench.running.store import Store
from clirbench.wording import counted, duration, show

if TYPE_CHECKING:
    from clirbench.data.download import Cache

__all__ = ["LOGGER", "PROCESSES", "Execution", "default_processes", "make_stages"]

LOGGER = logging.getLogger("clirbench.run")
"""Logs every event; progress and downloads as DEBUG."""
LOGGER.addHandler(logging.NullHandler())  # else warnings go to the terminal a second time
_LEVELS = {
    "progress": logging.DEBUG,
    "download": logging.DEBUG,
    "note": logging.WARNING,
    "repaired": logging.WARNING,
    "failed": logging.ERROR,
}
PROCESSES = "CLIRBENCH_PROCESSES"
"""Environment variable: how many stages run at once, unless told otherwise."""
_STOPPING = "stopping after this step; press Ctrl-C again to stop at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """How stages are made."""

    mirror: Path | None = None
    """A folder or zip file that downloads are taken from, laid out as host/path. None: the one that
    CLIRBENCH_MIRROR names, else the network."""
    offline: bool = False
    """Never use the network. What is missing on this machine and in the mirror is reported before
    any work."""
    device: str = "auto"
    """auto, cpu, cuda or mps."""
    deterministic: bool = False
    """Use only algorithms that repeat to the last bit on a GPU too. Slower."""
    threads: int | None = None
    """CPU threads of a stage. None: 1, or all cores beside a GPU. Another number of threads can
    change the last digits."""
    processes: int | None = None
    """Stages that run at once on this machine, each in its own process. None: one on a GPU; on a
    CPU, as many as the cores allow. The numbers are the same."""
    checkpoint_every: float = 10.0
    """Minutes between two checkpoints of a training. It resumes from the last one after a crash."""
    fail_fast: bool = False
    """Stop at the first failure. Otherwise go on with the rest."""
    executor: Literal["here", "ray"] = "here"
    """here: on this machine; ray: on all nodes of a Ray cluster."""
    address: str | None = None
    """Address of the Ray cluster. None: one on this machine."""
    gpu_share: float = 1.0
    """Part of a GPU that a stage takes on a Ray cluster."""
    tensorboard: Path | None = None
    """Folder for TensorBoard logs of each training step. None: no logs."""

    def __post_init__(self) -> None:
        if self.tensorboard is not None and find_spec("tensorboard") is None:
            raise SuiteError(
                "TensorBoard is not installed, so trainings cannot be logged for it; pip "
                "install 'clirbench[tensorboard]'"
            )

    def cache(self, lock: Lock, progress: Callable[[str, int, int], None] | None = None) -> Cache:
        """Give what fetches downloads."""
        from clirbench.data.download import Cache, default_folder, default_mirror

        return Cache(default_folder(), self.mirror or default_mirror(), progress, lock=lock)


def default_processes() -> int | None:
    """What the environment says of how many stages are made at once; None: nothing.

    Raises:
        SuiteError: it is no whole number above 0.
    """
    text = os.environ.get(PROCESSES, "")
    if text and not (text.isdecimal() and int(text)):
        raise SuiteError(f"{PROCESSES}: expected a whole number of 1 or more (got {show(text)})")
    return int(text) if text else None


def make_stages(
    goals: Sequence[Stage],
    store: Store,
    lock: Lock,
    execution: Execution,
    shown: Reporter,
    *,
    says: Callable[[str], None],
    warns: Callable[[str], None] | None = None,
    recorded: bool = True,
) -> Outcome:
    """Make stages and all that they need.

    Args:
        goals: what is to be there in the end.
        store: where it is to lie.
        lock: of the suite.
        execution: how.
        shown: is told every event, for people to see.
        says: is told what else the user should know.
        warns: is told that the work stops after its step, from within a signal handler; None: `says`.
        recorded: whether events and environment are written to the results folder.

    Raises:
        StoreError: the store or the results cannot be written to.
        SuiteError: the device or the Ray cluster is not there.
        KeyboardInterrupt: the user or the system asked to stop.
    """
    with ExitStack() as stack:
        report = _logged(shown)
        if recorded:
            report = stack.enter_context(
                event_log(store.results, report, {goal.title for goal in goals})
            )
        stop = stack.enter_context(stop_on_signals(lambda: (warns or says)(_STOPPING)))
        workers, device, beside = _workers(execution, store, lock, report, stop, most=len(goals))
        if isinstance(workers, AbstractContextManager):
            stack.enter_context(workers)
        says(f"device: {device}{beside}")
        if recorded:
            keep_environment(store.results, environment(device))
        outcome = execute(goals, store, workers, report, fail_fast=execution.fail_fast)
        if recorded:
            forget_environments(store.results)
    says(f"{counted(outcome.made, 'stage')} made in {duration(outcome.seconds)}")
    return outcome


def _workers(
    execution: Execution,
    store: Store,
    lock: Lock,
    report: Reporter,
    stop: Callable[[], bool],
    *,
    most: int,
) -> tuple[Workers, str, str]:
    """Give who makes the stages, on what, and how many at once if that is to be said.

    More processes than `most`, the goals, would have little to do: what one goal needs is a chain.
    """
    from clirbench.data.download import default_folder, default_mirror

    recipe = Recipe(
        store=store.shared.absolute(),
        results=store.results.absolute(),
        cache=default_folder().absolute(),
        mirror=execution.mirror or default_mirror(),
        offline=execution.offline,
        lock=lock.absolute(),
        device=execution.device,
        threads=execution.threads,
        deterministic=execution.deterministic,
        checkpoint_every=60 * execution.checkpoint_every,
        tensorboard=execution.tensorboard and execution.tensorboard.absolute(),
    )
    if execution.executor == "ray":
        from clirbench.running.ray_workers import RayWorkers

        ray = RayWorkers(
            recipe,
            store,
            report,
            stop=stop,
            address=execution.address,
            gpu_share=execution.gpu_share,
        )
        return ray, ray.describe(), ""
    from clirbench.models.device import describe_device, prepare, resolve_device

    if execution.address:
        raise SuiteError("--address: only with --executor ray")
    device = resolve_device(execution.device)
    recipe = replace(recipe, threads=execution.threads or (1 if device == "cpu" else None))
    count = execution.processes or (cores() // (recipe.threads or 1) if device == "cpu" else 1)
    count = min(count, most)
    if count <= 1:
        here = Here(store, recipe.context(device, report, stop), report)
        return here, describe_device(device), ""
    from clirbench.running.processes import Processes

    prepare(threads=recipe.threads, deterministic=recipe.deterministic)
    processes = Processes(recipe, device, store, report, count=count, stop=stop)
    return processes, describe_device(device), f"; up to {count} stages at once"


def _logged(shown: Reporter) -> Reporter:
    """Log what is shown."""

    def report(event: Event) -> None:
        level = _LEVELS.get(event.event, logging.INFO)
        if LOGGER.isEnabledFor(level):
            parts = [event.event, event.stage, event.text]
            if event.total:
                parts.append(f"{event.done} of {event.total}")
            if event.seconds:
                parts.append(f"{event.seconds} s")
            text = ": ".join(part for part in parts if part)
            LOGGER.log(level, "%s", "\n".join(filter(None, [text, event.trace])))
        shown(event)

    return report
