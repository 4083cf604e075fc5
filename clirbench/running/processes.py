"""Workers that are processes on this machine, as many at once as there are cores and memory for.

A worker is a fresh Python process, not a fork: a fork would share threads, locks and what a notebook
has loaded. It is begun when it is first needed. What it makes are artifacts in the shared folders, so
nothing is sent but stages, events and costs.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, Pipe, wait
from types import TracebackType
from typing import Self

from clirbench.artifacts.meter import Cost
from clirbench.errors import StoreError
from clirbench.results.events import Event, Reporter
from clirbench.running.cores import free_memory, resident
from clirbench.running.executor import Failure
from clirbench.running.recipe import Recipe, memory
from clirbench.running.stage import Stage
from clirbench.running.store import Store

__all__ = ["Processes"]

_POLL = 0.2
"""Seconds between two looks whether the user wants to stop."""
_GOODBYE = 5.0
"""Seconds for an idle worker to end."""
_TRIES = 2
_STOPS = {signal.SIGINT, signal.SIGTERM}


class Processes:
    """Makes stages in processes of this machine.

    Args:
        recipe: how.
        device: what they compute on.
        store: where artifacts lie.
        report: is told every event.
        count: how many processes at most.
        stop: whether the user wants to stop.
    """

    def __init__(
        self,
        recipe: Recipe,
        device: str,
        store: Store,
        report: Reporter,
        *,
        count: int,
        stop: Callable[[], bool],
    ) -> None:
        self._recipe = recipe
        self._count = count
        self._device = device
        self._store = store
        self._report = report
        self._stop = stop
        self._workers: list[_Worker] = []
        self._waiting: deque[Stage] = deque()
        self._lost: Counter[str] = Counter()
        self._told = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        killed = [worker for worker in self._workers if worker.stage is not None]
        for worker in killed:
            worker.process.kill()
        for worker in self._workers:
            worker.end()
        if killed:
            self._store.sweep()

    def free(self) -> bool:
        """Whether a process is idle, and no stage waits for memory."""
        return not self._waiting and len(self._busy()) < self._count

    def submit(self, stage: Stage) -> None:
        """Begin a stage, or keep it until there is memory for it."""
        self._waiting.append(stage)
        self._begin()

    def wait(self) -> tuple[Stage, Cost | Failure]:
        """Wait for a stage that ends, reporting meanwhile what the workers say.

        Raises:
            StoreError: a worker cannot write to the store or the results.
            KeyboardInterrupt: the process is to stop.
        """
        while True:
            self._begin()
            busy = self._busy()
            if not busy:
                raise KeyboardInterrupt
            if self._stop():
                for worker in busy:
                    worker.ask_to_stop()
            ready = wait([worker.connection for worker in busy], timeout=_POLL)
            for worker in busy:
                if worker.connection in ready and (ended := self._hear(worker)):
                    return ended

    def _busy(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.stage is not None]

    def _begin(self) -> None:
        """Begin what waits, as far as there is room."""
        while self._waiting and not self._stop() and self._room(self._waiting[0]):
            idle = next((each for each in self._workers if each.stage is None), None)
            if idle is None:
                idle = _Worker(self._recipe, self._device)
                self._workers.append(idle)
            stage = self._waiting.popleft()
            idle.begin(stage, memory(stage, self._store))

    def _room(self, stage: Stage) -> bool:
        """Whether a stage may be begun beside those at work: one that lost its process is left alone."""
        busy = self._busy()
        if not busy:
            return True
        if len(busy) >= self._count or any(
            each is not None and self._lost[each.identity()]
            for each in (stage, *(worker.stage for worker in busy))
        ):
            return False
        free = free_memory()
        if free is None:
            return True
        needed = memory(stage, self._store) + sum(worker.to_come() for worker in busy)
        if needed > free and not self._told:
            self._told = True
            text = (
                f"waits for memory: {needed / 2**30:.1f} GiB may be needed with the running "
                f"stages, {free / 2**30:.1f} GiB are free"
            )
            self._report(Event(event="note", stage=str(stage), text=text))
        return needed <= free

    def _hear(self, worker: _Worker) -> tuple[Stage, Cost | Failure] | None:
        """Take one message of a worker; gives its stage, if that has ended."""
        stage = worker.stage
        if stage is None:
            return None
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            self._workers.remove(worker)
            return self._mourn(stage, worker.end())
        if isinstance(message, Event):
            self._report(message)
            return None
        if isinstance(message, logging.LogRecord):
            logger = logging.getLogger(message.name)
            if logger.isEnabledFor(message.levelno):
                logger.handle(message)
            return None
        worker.stage = None
        if isinstance(message, StoreError):
            raise message
        return None if message is None else (stage, message)

    def _mourn(self, stage: Stage, status: int) -> tuple[Stage, Failure] | None:
        """Begin a stage whose process is gone again, alone; gives it as failed, if that has been done."""
        killed = status == -signal.SIGKILL
        how = (
            f"was killed by {signal.Signals(-status).name}"
            if status < 0
            else (f"ended with exit status {status}")
        )
        why = ", as the system does when memory runs out" if killed else ""
        self._lost[stage.identity()] += 1
        if self._lost[stage.identity()] < _TRIES:
            text = f"its process {how}{why}; it is retried with no other stage beside it"
            self._report(Event(event="note", stage=str(stage), text=text))
            self._waiting.appendleft(stage)
            return None
        remedy = "; try a smaller backbone, a smaller batch_size or shorter texts" if killed else ""
        text = f"its process {how} again, with no other stage beside it{why}{remedy}"
        return stage, Failure(text=text)


class _Worker:
    """A process, and the stage that it is at."""

    def __init__(self, recipe: Recipe, device: str) -> None:
        self.stage: Stage | None = None
        self._memory = 0
        self._asked = False
        self.connection: Connection
        self.connection, theirs = Pipe()
        program = (
            f"import sys; sys.path[:] = {sys.path!r}; from clirbench.running.worker import work; "
            f"work({theirs.fileno()})"
        )
        with _blocked():
            self.process = subprocess.Popen(  # noqa: S603 - this Python
                [sys.executable, "-c", program],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                # Tokenizers would take all cores.
                env={"RAYON_NUM_THREADS": str(recipe.threads or 1), **os.environ},
            )
        theirs.close()
        self.connection.send((recipe, device))

    def begin(self, stage: Stage, needs: int) -> None:
        """Hand over a stage, which may need so many bytes of memory."""
        self.stage, self._memory = stage, needs
        with suppress(OSError):  # it is gone, which is heard next
            self.connection.send(stage)

    def ask_to_stop(self) -> None:
        """Ask for an end after the step that is done just now, once."""
        if not self._asked:
            self._asked = True
            with suppress(OSError):
                self.connection.send(None)

    def to_come(self) -> int:
        """Bytes that the stage may still take."""
        return max(0, self._memory - resident(self.process.pid))

    def end(self) -> int:
        """Let an idle process end; gives its exit status."""
        self.connection.close()
        try:
            return self.process.wait(_GOODBYE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


@contextmanager
def _blocked() -> Iterator[None]:
    """Have a process that is begun never hear a signal that asks to stop.

    A terminal sends Ctrl-C to all, and so may a cluster SIGTERM; the one that schedules hears it, and
    asks the others to stop after their step.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
