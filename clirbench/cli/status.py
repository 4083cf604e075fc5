"""`clirbench status`: how far a run is, from another terminal."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

from clirbench.errors import SuiteError
from clirbench.results.events import Event
from clirbench.results.folder import Folder
from clirbench.results.names import EVENTS, SETTINGS
from clirbench.screen import Screen
from clirbench.wording import counted, duration

__all__ = ["add_arguments"]

_RUNNING = "running"
_STOPPED = "stopped before its end; the same command goes on"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("results", type=Path, metavar="RESULTS", help="results folder")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    results = Folder(arguments.results)
    events = list(results.events)
    if not events:
        return _without_events(results)
    last = max(index for index, event in enumerate(events) if event.event == "run")
    run, *after = events[last:]
    console = Screen(highlight=False)
    ended = {event.stage for event in after if event.event in {"finished", "failed"}}
    total = run.stages + sum(event.stages for event in after if event.event == "more")
    state = _state(run, after)
    console.print(f"{state}: {len(ended)} of {counted(total, 'stage')}")
    for event in after:
        if event.event == "failed" and not event.lost:
            console.print(f"failed: {event.stage}: {event.text}")
    working = {event.stage: event for event in after if event.event == "started"}
    if state.startswith(_RUNNING):
        for stage, event in working.items():
            if stage not in ended:
                since = duration((datetime.now(UTC) - event.time).total_seconds())
                where = "" if event.host == run.host else f" on {event.host}"
                console.print(f"at work{where}: {stage}, since {since}")
    return 0


def _without_events(results: Folder) -> int:
    """Tell of a folder that was passed on without its log what there is to be seen."""
    if not (results.path / SETTINGS).exists():
        raise SuiteError(f"{results.path}: no {EVENTS}; expected the results folder of a run")
    done = len(results.every.scores)
    total = done + len(results.lacking)
    cells_have = "cell has" if total == 1 else "cells have"
    sys.stdout.write(
        f"{done} of {total} {cells_have} results; no {EVENTS}, so nothing is known of a run\n"
    )
    return 0


def _state(run: Event, after: list[Event]) -> str:
    ended = [event for event in after if event.event == "ended"]
    if ended:
        return f"{_STOPPED} ({ended[-1].text})" if ended[-1].text else "ended"
    if run.host != socket.gethostname():
        return f"{_RUNNING} on {run.host}, as far as can be seen from here"
    try:
        os.kill(run.process, 0)
    except ProcessLookupError:
        return f"{_STOPPED} (killed)"
    except PermissionError:
        pass
    return _RUNNING
