"""A process that makes stages for another one, which schedules them: see `clirbench.running.processes`."""

from __future__ import annotations

import logging
import threading
import time
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from clirbench.artifacts.meter import Cost
from clirbench.errors import StoreError
from clirbench.offline import go_offline
from clirbench.results.events import Event
from clirbench.running.executor import Failure, make

if TYPE_CHECKING:
    from clirbench.running.recipe import Recipe
    from clirbench.running.stage import Stage

__all__ = ["work"]

_PAUSE = 0.05
"""Seconds between two messages of how far a stage is: a step may take a millisecond."""


class _Line(logging.Handler):
    """The line to the process that schedules. It hears events, what libraries log, and results."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection
        self._one = threading.Lock()  # libraries log from threads of their own
        self._last = 0.0
        self._stopped = False

    def stopping(self) -> bool:
        """Whether the other process wants this one to stop, or is gone."""
        if not self._stopped and self._connection.poll():
            self._stopped = True
        return self._stopped

    def report(self, event: Event) -> None:
        """Pass an event on."""
        if event.event == "progress" and event.done != event.total:
            if time.monotonic() - self._last < _PAUSE:
                return
            self._last = time.monotonic()
        self.send(event)

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on what is logged."""
        plain = {"name": record.name, "levelno": record.levelno, "levelname": record.levelname}
        self.send(logging.makeLogRecord({**plain, "msg": self.format(record)}))

    def send(self, message: object) -> None:
        """Send whatever can be pickled."""
        try:
            with self._one:
                self._connection.send(message)
        except OSError:  # nobody hears it any more
            self._stopped = True


def work(descriptor: int) -> None:
    """Make the stages that come, until no more can.

    Args:
        descriptor: of one end of a pipe, whose other end the scheduling process has.
    """
    connection = Connection(descriptor)
    line = _Line(connection)
    logging.getLogger().addHandler(line)
    logging.captureWarnings(capture=True)
    recipe: Recipe
    device: str
    try:
        recipe, device = connection.recv()
    except (EOFError, OSError):  # the other process is gone already
        return
    if recipe.offline:
        go_offline()
    store = recipe.place()
    context = recipe.context(device, line.report, line.stopping)
    while (stage := _next(connection)) is not None:
        result: Cost | Failure | StoreError | None
        try:
            result = make(stage, store, context, line.report)
        except KeyboardInterrupt:
            result = None
        except StoreError as error:
            result = error
        line.send(result)


def _next(connection: Connection) -> Stage | None:
    """The next stage; None if no more come."""
    try:
        stage: Stage | None = connection.recv()
    except (EOFError, OSError):
        return None
    return stage
