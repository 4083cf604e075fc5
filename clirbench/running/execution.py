"""How the stages of a run are made: on which device, by which workers, with which log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from clirbench.data.lock import Lock
from clirbench.errors import SuiteError
from clirbench.results.environment import environment, forget_environments, keep_environment
from clirbench.results.events import Event, Reporter, event_log
from clirbench.running.executor import Here, Outcome, Workers, execute
from clirbench.running.stage import Context, Stage
from clirbench.running.stop import stop_on_signals
from clirbench.running.store import Store
from clirbench.wording import counted, duration

if TYPE_CHECKING:
    from clirbench.data.download import Cache
    from clirbench.running.ray_workers import RayWorkers

__all__ = ["LOGGER", "Execution", "make_stages"]

LOGGER = logging.getLogger("clirbench.run")
"""Is told every event; progress and downloads as DEBUG."""
LOGGER.addHandler(logging.NullHandler())  # else warnings go to the terminal a second time
_LEVELS = {
    "progress": logging.DEBUG,
    "download": logging.DEBUG,
    "note": logging.WARNING,
    "repaired": logging.WARNING,
    "failed": logging.ERROR,
}
_STOPPING = "stopping after this step; once more to stop at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """How stages are made."""

    mirror: Path | None = None
    """A folder or zip file that downloads are taken from, laid out as host/path; None: the one that
    CLIRBENCH_MIRROR names, else the network."""
    device: str = "auto"
    """auto, cpu, cuda or mps."""
    deterministic: bool = False
    """Only algorithms that repeat to the last bit on a GPU, too; slower."""
    threads: int | None = None
    """CPU threads of a stage; None: all cores, with Ray 1. Sums in another order differ in the last
    digits."""
    checkpoint_every: float = 10.0
    """Minutes between two savings of a training, from which it goes on after a crash."""
    fail_fast: bool = False
    """Stop at the first failure, instead of going on with the rest."""
    executor: Literal["here", "ray"] = "here"
    """here: in this process; ray: on all nodes of a Ray cluster."""
    address: str | None = None
    """Of the Ray cluster; None: one on this machine."""
    gpu_share: float = 1.0
    """Part of a GPU that a stage takes on a Ray cluster."""

    def cache(self, lock: Lock, progress: Callable[[str, int, int], None] | None = None) -> Cache:
        """Give what fetches downloads."""
        from clirbench.data.download import Cache, default_folder, default_mirror

        return Cache(default_folder(), self.mirror or default_mirror(), progress, lock=lock)


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
    _quieten()
    with ExitStack() as stack:
        report = _logged(shown)
        if recorded:
            report = stack.enter_context(
                event_log(store.results, report, {goal.title for goal in goals})
            )
        stop = stack.enter_context(stop_on_signals(lambda: (warns or says)(_STOPPING)))
        if execution.executor == "ray":
            ray, described = _on_ray(execution, store, lock, report, stop)
            workers: Workers = stack.enter_context(ray)
        else:
            workers, described = _here(execution, store, lock, report, stop)
        says(f"device: {described}")
        if recorded:
            keep_environment(store.results, environment(described))
        outcome = execute(goals, store, workers, report, fail_fast=execution.fail_fast)
        if recorded:
            forget_environments(store.results)
    says(f"{counted(outcome.made, 'stage')} made in {duration(outcome.seconds)}")
    return outcome


def _here(
    execution: Execution, store: Store, lock: Lock, report: Reporter, stop: Callable[[], bool]
) -> tuple[Workers, str]:
    from clirbench.models.device import describe_device, prepare, resolve_device
    from clirbench.models.memory import MicroBatches

    if execution.address:
        raise SuiteError("--address: only with --executor ray")
    device = resolve_device(execution.device)
    prepare(threads=execution.threads, deterministic=execution.deterministic)

    def downloaded(url: str, done: int, total: int) -> None:
        report(Event(event="download", text=url, done=done, total=total))

    context = Context(
        fetch=execution.cache(lock, downloaded),
        device=device,
        stopping=stop,
        checkpoint_every=60 * execution.checkpoint_every,
        micro_batches=MicroBatches(),
    )
    return Here(store, context, report), describe_device(device)


def _on_ray(
    execution: Execution, store: Store, lock: Lock, report: Reporter, stop: Callable[[], bool]
) -> tuple[RayWorkers, str]:
    from clirbench.data.download import default_folder, default_mirror
    from clirbench.running.ray_workers import RayWorkers, Recipe

    recipe = Recipe(
        store=store.shared.absolute(),
        results=store.results.absolute(),
        cache=default_folder().absolute(),
        mirror=execution.mirror or default_mirror(),
        lock=lock.path.absolute(),
        device=execution.device,
        threads=execution.threads or 1,
        deterministic=execution.deterministic,
        checkpoint_every=60 * execution.checkpoint_every,
    )
    workers = RayWorkers(
        recipe,
        store,
        report,
        stop=stop,
        address=execution.address,
        gpu_share=execution.gpu_share,
    )
    return workers, workers.describe()


def _quieten() -> None:
    """Keep transformers' own bars and load reports out of the display."""
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


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
