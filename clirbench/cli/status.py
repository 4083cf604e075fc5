"""`clirbench status`: how far a run is, from another terminal."""

from __future__ import annotations

import argparse
import os
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from clirbench.artifacts.meter import Cost
from clirbench.cli.as_json import add_json, write_json
from clirbench.cli.options import positive
from clirbench.display import Clock
from clirbench.errors import SuiteError
from clirbench.results.events import Event
from clirbench.results.folder import Folder
from clirbench.results.names import EVENTS, SETTINGS
from clirbench.screen import Screen
from clirbench.wording import counted, duration, size

__all__ = ["add_arguments"]

_RUNNING, _STOPPED = "running", "stopped"
_RESUME = "stopped early; the same command resumes it"
_EVERY = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What the log of a run tells now."""

    state: str
    text: str
    done: int
    total: int
    seconds_left: float | None
    failed: Sequence[dict[str, object]]
    working: Sequence[dict[str, object]]
    cost: dict[str, object]

    @property
    def lines(self) -> Iterator[str]:
        """For people."""
        if self.state == "unknown":
            cells_have = "cell has" if self.total == 1 else "cells have"
            yield f"{self.done} of {self.total} {cells_have} results; {self.text}"
            return
        share = f" ({self.done / self.total:.0%})" if self.total else ""
        left = "" if self.seconds_left is None else f", {duration(self.seconds_left)} left"
        yield f"{self.text}: {self.done} of {counted(self.total, 'stage')}{share}{left}"
        if self.cost["seconds"]:
            yield f"cost so far: {_said(self.cost)}"
        for each in self.failed:
            yield f"failed: {each['stage']}: {each['why']}"
        for each in self.working:
            where = f" on {each['host']}" if each["host"] else ""
            since = duration(float(str(each["seconds"])))
            yield f"now running{where}: {each['stage']}, since {since}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("results", type=Path, metavar="RESULTS", help="results folder")
    parser.add_argument(
        "--watch",
        nargs="?",
        type=positive,
        const=_EVERY,
        metavar="SECONDS",
        help=f"look again every so many seconds (default: {_EVERY:g}) until the run ends",
    )
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    results = Folder(arguments.results)
    seen = _look(results)
    if arguments.json:
        if arguments.watch:
            raise SuiteError("--watch shows text; leave out --json, or call the command repeatedly")
        write_json("status", {key: getattr(seen, key) for key in _Seen.__slots__})
        return 0
    console = Screen()
    if not arguments.watch:
        for line in seen.lines:
            console.print(line)
        return 0
    return _watch(results, arguments.watch, console)


def _watch(results: Folder, every: float, console: Screen) -> int:
    """Show the status, on a terminal always in the same place, for as long as the run goes on."""
    from rich.live import Live
    from rich.text import Text

    with Live(console=console, auto_refresh=False) as live:
        while True:
            seen = _look(results)
            live.update(Text("\n".join(seen.lines)), refresh=True)
            if seen.state != _RUNNING:
                return 0
            try:
                time.sleep(every)
            except KeyboardInterrupt:  # the watching ends, not the run
                return 0


def _look(results: Folder) -> _Seen:
    """Read the log, or of a folder that was passed on without it, what there is to be seen.

    Raises:
        SuiteError: this is not the results folder of a run.
    """
    events = list(results.events)
    last = max((index for index, event in enumerate(events) if event.event == "run"), default=None)
    if last is None:
        return _without_events(results)
    clock = Clock()
    for event in events:
        clock.hear(event)
    run, *after = events[last:]
    state, text = _state(run, after)
    ended = {event.stage for event in after if event.event in {"finished", "failed"}}
    now = datetime.now(UTC)
    working = {
        event.stage: {
            "stage": event.stage,
            "host": "" if event.host == run.host else event.host,
            "seconds": round((now - event.time).total_seconds(), 1),
        }
        for event in after
        if event.event == "started" and event.stage not in ended and state == _RUNNING
    }
    return _Seen(
        state=state,
        text=text,
        done=len(ended),
        total=clock.total,
        seconds_left=clock.seconds_left(now) if state == _RUNNING else None,
        failed=[
            {"stage": event.stage, "why": event.text}
            for event in after
            if event.event == "failed" and not event.lost
        ],
        working=list(working.values()),
        cost=_sum([event.cost for event in events if event.cost]),
    )


def _without_events(results: Folder) -> _Seen:
    if not (results.path / SETTINGS).exists():
        raise SuiteError(f"{results.path}: no {EVENTS}; expected the results folder of a run")
    done = len(results.every.scores)
    return _Seen(
        state="unknown",
        text=f"no {EVENTS}, so nothing is known of a run",
        done=done,
        total=done + len(results.lacking),
        seconds_left=None,
        failed=(),
        working=(),
        cost=_sum([]),
    )


def _state(run: Event, after: list[Event]) -> tuple[str, str]:
    """The state of a run, in a word and for people."""
    ended = [event for event in after if event.event == "ended"]
    if ended:
        why = ended[-1].text
        return (_STOPPED, f"{_RESUME} ({why})") if why else ("ended", "ended")
    if run.host != socket.gethostname():
        return _RUNNING, f"{_RUNNING} on {run.host}, as far as can be seen from here"
    try:
        os.kill(run.process, 0)
    except ProcessLookupError:
        return _STOPPED, f"{_RESUME} (killed)"
    except PermissionError:
        pass
    return _RUNNING, _RUNNING


def _sum(costs: Sequence[Cost]) -> dict[str, object]:
    """What all stages took that were made, by this run or before."""
    energy = [cost.energy for cost in costs if cost.energy is not None]
    return {
        "seconds": round(sum(cost.seconds for cost in costs), 3),
        "gpu_seconds": round(sum(cost.seconds for cost in costs if cost.device == "cuda"), 3),
        "memory": max((cost.memory for cost in costs if cost.memory is not None), default=None),
        "energy": round(sum(energy), 1) if energy else None,
    }


def _said(cost: dict[str, object]) -> str:
    parts = [f"{duration(float(str(cost['seconds'])))} of work"]
    if cost["gpu_seconds"]:
        parts.append(f"{duration(float(str(cost['gpu_seconds'])))} of it on a GPU")
    if cost["memory"]:
        parts.append(f"{size(int(str(cost['memory'])))} of memory at most")
    if cost["energy"]:
        parts.append(f"{float(str(cost['energy'])) / 1000:,.1f} kJ")
    return ", ".join(parts)
