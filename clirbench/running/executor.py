"""Runs the stages of a plan; who does the work is the workers' affair."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from clirbench.artifacts.meter import Cost
from clirbench.errors import ClirbenchError, StoreError
from clirbench.heap import return_memory
from clirbench.results.events import Event, Reporter
from clirbench.running.schedule import Schedule
from clirbench.running.stage import Context, Stage, walk
from clirbench.running.store import Store
from clirbench.wording import counted

__all__ = ["Failure", "Here", "Outcome", "Workers", "execute", "pending"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a stage could not be made."""

    text: str
    """One line."""
    trace: str = ""
    """Traceback, if the error was not foreseen."""
    lost: str = ""
    """The stage whose failure is the reason, if this one was not begun."""

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Describe an error."""
        from clirbench.models.memory import out_of_memory

        if isinstance(error, ClirbenchError):
            return cls(text=str(error))
        text = str(error) or type(error).__name__
        if out_of_memory(error):
            text = (
                "out of memory; try a smaller backbone, a smaller batch_size or shorter texts, "
                f"or give this stage more memory ({text.splitlines()[0]})"
            )
        return cls(text=text, trace="".join(traceback.format_exception(error)))


class Workers(Protocol):
    """Make stages whose inputs are there, one or several at a time."""

    def free(self) -> bool:
        """Whether another stage may be submitted."""

    def submit(self, stage: Stage) -> None:
        """Begin a stage, or queue it; its start and progress are reported by the workers."""

    def wait(self) -> tuple[Stage, Cost | Failure]:
        """Wait for the next stage that ends."""


class Here:
    """Makes stages in this process, one after another."""

    def __init__(self, store: Store, context: Context, report: Reporter) -> None:
        self._store = store
        self._context = context
        self._report = report
        self._stage: Stage | None = None

    def free(self) -> bool:
        """Whether nothing is submitted."""
        return self._stage is None

    def submit(self, stage: Stage) -> None:
        """Keep the stage for `wait`."""
        self._stage = stage

    def wait(self) -> tuple[Stage, Cost | Failure]:
        """Make the stage that was submitted.

        Raises:
            StoreError: the artifact cannot be written.
        """
        stage, self._stage = self._stage, None
        if stage is None:
            raise RuntimeError("nothing was submitted")
        return stage, make(stage, self._store, self._context, self._report)


def make(stage: Stage, store: Store, context: Context, report: Reporter) -> Cost | Failure:
    """Make one stage in this process, reporting its start and progress.

    Raises:
        StoreError: the artifact cannot be written: no other could be, either.
        KeyboardInterrupt: the process is to stop.
    """
    title = str(stage)

    def progress(done: int, total: int, note: str) -> None:
        report(Event(event="progress", stage=title, done=done, total=total, text=note))
        if context.stopping():
            raise KeyboardInterrupt

    def says(text: str) -> None:
        report(Event(event="note", stage=title, text=text))

    if context.stopping():
        raise KeyboardInterrupt
    report(Event(event="started", stage=title))
    if stage.on_device and not stage.keeps_last:
        context.last.drop()
    if context.micro_batches is not None:
        context.micro_batches.says = says
    try:
        return store.make(stage, replace(context, progress=progress, says=says))
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - one cell's fault must not stop the others
        if gone := next((each for each in stage.inputs.values() if not store.done(each)), None):
            return Failure(
                text=f"{store.folder(gone)} was deleted or changed during the run; run the same "
                "command again to remake it"
            )
        return Failure.of(error)
    finally:
        return_memory()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the goals."""

    made: int
    """Stages made."""
    failed: Mapping[str, Failure]
    """Identity of a failed stage → what went wrong first, in it or in what it needs."""
    seconds: float
    """Wall time."""


def pending(goals: Iterable[Stage], store: Store) -> list[Stage]:
    """The stages to be made for the goals, inputs first: what is done needs no inputs."""
    order: dict[str, Stage] = {}
    seen: set[str] = set()

    def visit(stage: Stage) -> None:
        key = stage.identity()
        if key in seen:
            return
        seen.add(key)
        if store.done(stage):
            return
        for needed in stage.inputs.values():
            visit(needed)
        order[key] = stage

    for goal in _together(goals):
        visit(goal)
    return list(order.values())


def _together(goals: Iterable[Stage]) -> list[Stage]:
    """Goals in their order, but those of one encoder after its first, as a student's with perturbed topics.

    Then it is read once, and where it is not kept it leaves the store early.
    """
    groups: dict[str, list[Stage]] = {}
    for goal in goals:
        reading = goal.inputs.get("run", goal)
        groups.setdefault(reading.inputs.get("encoder", goal).identity(), []).append(goal)
    return [goal for group in groups.values() for goal in group]


def execute(
    goals: Sequence[Stage],
    store: Store,
    workers: Workers,
    report: Reporter,
    *,
    fail_fast: bool = False,
) -> Outcome:
    """Make the goals and what they need; a failure stops only what rests on it.

    The same call again goes on where an interrupted one was.

    Args:
        goals: what is to be there in the end.
        store: where artifacts lie.
        workers: make the stages.
        report: hears what happens.
        fail_fast: whether a failure stops everything after it, too.

    Raises:
        StoreError: the store or the results folder cannot be written to.
    """
    start = time.perf_counter()
    store.sweep()
    stages = pending(goals, store)
    report(Event(event="run", stages=len(stages), kinds=_kinds(stages)))
    _name_damaged(stages, store, report)
    store.uses.end(_needless(goals, stages))
    schedule = Schedule(stages)
    failed: dict[str, Failure] = {}
    causes_told: dict[str, Stage] = {}
    working = made = 0

    def end(stage: Stage, result: Cost | Failure) -> None:
        nonlocal made
        waiting = schedule.waiting(stage)
        schedule.end(stage)
        if isinstance(result, Cost):
            made += 1
            store.trust(stage)
            report(Event(event="finished", stage=str(stage), seconds=result.seconds, cost=result))
            needless = (n for n in stage.inputs.values() if n.transient and not schedule.used(n))
            store.end(needless)
        else:
            causes = [failed[n.identity()] for n in stage.inputs.values() if n.identity() in failed]
            failed[stage.identity()] = causes[0] if causes else result
            first = causes_told.setdefault(result.text, stage)
            if first is not stage and not result.lost:  # such as a model that two stages read
                result = replace(result, text=f"as {first}")
            report(_told(stage, result, waiting))

    while schedule and not (fail_fast and failed):
        stage = schedule.take() if workers.free() else None
        if stage is None:
            end(*workers.wait())
            working -= 1
        elif lost := next((n for n in stage.inputs.values() if n.identity() in failed), None):
            end(stage, Failure(text=f"needs {lost}, which failed", lost=str(lost)))
        elif not _repairing(stage, store, schedule, report):
            workers.submit(stage)
            working += 1
    for _ in range(working):
        end(*workers.wait())
    _clear(goals, store)
    store.sweep()  # of workers that were lost meanwhile
    return Outcome(made=made, failed=failed, seconds=time.perf_counter() - start)


def _needless(goals: Iterable[Stage], stages: Iterable[Stage]) -> Iterator[str]:
    """Identities of the transient stages that are not needed: what was made from them is there."""
    needed = {each.identity() for stage in stages for each in (stage, *stage.inputs.values())}
    for stage in walk(goals):
        if stage.transient and stage.identity() not in needed:
            yield stage.identity()


def _told(stage: Stage, failure: Failure, waiting: int) -> Event:
    """What is said of a stage that failed, and with it of those that rest on it."""
    text = failure.text
    if waiting and not failure.lost:
        verb = "that waits" if waiting == 1 else "that wait"
        text += f"; {counted(waiting, 'stage')} {verb} for it cannot run"
    return Event(
        event="failed", stage=str(stage), text=text, trace=failure.trace, lost=failure.lost
    )


def _kinds(stages: Iterable[Stage]) -> dict[str, int]:
    return dict(Counter(stage.kind for stage in stages))


def _name_damaged(stages: Iterable[Stage], store: Store, report: Reporter) -> None:
    """Name those of the stages to be made that are so because what they left is damaged."""
    for stage in stages:
        if fault := store.unreadable(stage):
            report(Event(event="repaired", stage=str(stage), text=fault))


def _repairing(stage: Stage, store: Store, schedule: Schedule, report: Reporter) -> bool:
    """Whether a stage must wait for inputs that turn out to be damaged, and are made again first."""
    for needed in stage.inputs.values():
        if needed not in schedule and (fault := store.fault(needed)):
            report(Event(event="repaired", stage=str(needed), text=fault))
            store.drop(needed)
            store.uses.add(each.identity() for each in walk([needed]))
            again = [each for each in pending([needed], store) if each not in schedule]
            report(Event(event="more", stages=len(again), kinds=_kinds(again)))
            _name_damaged(again, store, report)
            for each in again:
                schedule.add(each, before=stage)
    if all(needed not in schedule for needed in stage.inputs.values()):
        return False
    schedule.add(stage)
    return True


def _clear(goals: Sequence[Stage], store: Store) -> None:
    """Drop what an interrupted run left after everything made from it was done."""
    needed = {goal.identity() for goal in goals}
    for goal in goals:
        if not store.done(goal):
            needed.update(stage.identity() for stage in walk([goal]))
    checkpoints = store.checkpoints()
    store.end(
        stage
        for stage in walk(goals)
        if stage.identity() not in needed
        and ((stage.transient and store.folder(stage).exists()) or stage.identity() in checkpoints)
    )
