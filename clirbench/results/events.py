"""What happens in a run: events, for the display and for the log.

`events.jsonl` in a results folder, format 2, and `logs/CELL/events.jsonl` with the part of each
cell: one line of JSON for an event, with `time` (UTC), `host`, `process`, `event`, and with it what
is not empty of the other fields of `Event`. Progress and downloads are shown, not written.
"""

from __future__ import annotations

import json
import math
import os
import socket
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from clirbench.artifacts.meter import Cost
from clirbench.errors import StoreError
from clirbench.files import parse_json
from clirbench.results.names import EVENTS, LOGS

__all__ = ["Event", "Reporter", "event_log", "read_events"]

_FORMAT = 2
_SHOWN_ONLY = {"progress", "download"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened."""

    event: Literal[
        "run",
        "more",
        "started",
        "progress",
        "download",
        "note",
        "repaired",
        "finished",
        "failed",
        "ended",
    ]
    """`run`: stages are to be made; `more`: further ones are, since artifacts are damaged; `note`:
    something that the user should know; `repaired`: a damaged artifact was found and will be made
    again; `ended`: absent if the process was killed."""
    stage: str = ""
    """Kind and title of the stage, as `str(stage)`."""
    stages: int = 0
    """For `run`: stages to be made. For `more`: additional stages."""
    kinds: Mapping[str, int] = field(default_factory=dict)
    """For `run`: numbers of stages to be made, by kind."""
    seconds: float = 0.0
    """Wall time of the stage, or of the run."""
    done: int = 0
    """Steps, texts or bytes so far."""
    total: int = 0
    text: str = ""
    """Progress: the loss, say; download: the address; note: what to know; failed and repaired: why;
    ended: why before the last stage."""
    lost: str = ""
    """For a failed stage that never started: the input that failed."""
    trace: str = ""
    """Traceback of an unexpected error."""
    cost: Cost | None = None
    """Cost of a finished stage."""
    time: datetime = field(default_factory=lambda: datetime.now(UTC))
    host: str = field(default_factory=socket.gethostname)
    process: int = field(default_factory=os.getpid)


Reporter = Callable[[Event], None]
"""Hears what happens."""


@contextmanager
def event_log(results: Path, shown: Reporter, cells: Collection[str] = ()) -> Iterator[Reporter]:
    """Write what is told to a results folder, and pass it on; at the end, why it came.

    Args:
        results: the folder.
        shown: what it is passed on to.
        cells: names of the cells that have a log of their own; no other title is the name of a folder,
            for that of a model is its path.

    Raises:
        StoreError: the folder cannot be written to.
    """
    start = datetime.now(UTC)

    def report(event: Event) -> None:
        if event.event not in _SHOWN_ONLY:
            _write(results, event, cells)
        shown(event)

    why = ""
    try:
        yield report
    except BaseException as error:
        why = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
        raise
    finally:
        seconds = (datetime.now(UTC) - start).total_seconds()
        _write(results, Event(event="ended", seconds=round(seconds, 3), text=why))


def _write(results: Path, event: Event, cells: Collection[str] = ()) -> None:
    values = asdict(event)
    first = {key: values.pop(key) for key in ("time", "host", "process", "event")}
    first["time"] = event.time.isoformat(timespec="milliseconds")
    if event.event == "run":
        first["format"] = _FORMAT
    line = json.dumps({**first, **{key: value for key, value in values.items() if value}})
    _append(results / EVENTS, line)
    title = event.stage.partition(" ")[2]
    if title in cells:
        _append(results / LOGS / title / EVENTS, line)


def _append(path: Path, line: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            # A killed process may have left half a line, which is to spoil no other.
            if file.tell() and file.seek(-1, os.SEEK_END) and file.read(1) != b"\n":
                file.write(b"\n")
            file.write(line.encode() + b"\n")
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error


def read_events(results: Path) -> Iterator[Event]:
    """Read the log; a damaged line, or one that a killed process left half-written, is skipped."""
    try:
        lines = (results / EVENTS).read_bytes().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            values = parse_json(line.decode())
            values.pop("format", None)
            values["time"] = datetime.fromisoformat(values["time"])
            if "cost" in values:
                values["cost"] = Cost(**values["cost"])
            event = Event(**values)
            sound = _sound(event)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            continue
        if sound:
            yield event


def _sound(event: Event) -> bool:
    """Whether what was read is of the types that an event has."""
    cost = event.cost or Cost(seconds=0.0)
    numbers = [event.stages, event.seconds, event.done, event.total, event.process]
    numbers += [*event.kinds.values(), cost.seconds, cost.memory or 0, cost.energy or 0.0]
    texts = [event.event, event.stage, event.text, event.lost, event.host, cost.device]
    return (
        all(map(math.isfinite, numbers))
        and all(isinstance(text, str) for text in texts)
        and event.time.tzinfo is not None
    )
