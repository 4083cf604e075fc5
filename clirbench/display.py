"""Progress of a run: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from clirbench.results.events import Event, Reporter
from clirbench.wording import duration

__all__ = ["Clock", "display"]

_BLINK = 0.1
"""Seconds between two looks at the bars: a step may take a millisecond; the eye does not."""
_LINES = 30.0
"""Seconds between two lines about one stage."""
_LOSS = re.compile(r"loss (-?[0-9.]+)")
_METHOD = re.compile(r"/([^/]+)/seed=[0-9]+$")


@contextmanager
def display(console: Console, *, verbose: bool = False) -> Iterator[Reporter]:
    """Show events in the way that suits the console: bars on a terminal, lines elsewhere."""
    notebook = console.is_jupyter and find_spec("ipywidgets") is not None
    if not (console.is_terminal or notebook):
        yield Lines(console, verbose=verbose)
        return
    progress = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=console,
    )
    summary, bars = _Summary(), Bars(progress, verbose=verbose)

    def hear(event: Event) -> None:
        summary.hear(event)
        bars(event)

    try:
        with progress:
            yield hear
    finally:  # the bars are gone
        if summary.ended > 1:
            console.print(summary.table())


class Clock:
    """Counts, and time left from the time that stages of each kind took, in this run or before."""

    def __init__(self) -> None:
        self.waiting: Counter[str] = Counter()
        self.spent: defaultdict[str, float] = defaultdict(float)
        self.made: Counter[str] = Counter()
        self.done = self.total = self.failures = 0
        self._before = 0.0
        self._start = datetime.now(UTC)

    def hear(self, event: Event) -> None:
        """Hear an event."""
        kind = event.stage.partition(" ")[0]
        match event.event:
            case "run":
                self.waiting = Counter(event.kinds)
                self.total = event.stages
                self.done = self.failures = 0
                self._before = sum(self.spent.values())
                self._start = event.time
            case "more":
                self.waiting.update(event.kinds)
                self.total += event.stages
            case "finished" | "failed":
                self.waiting[kind] -= 1
                self.done += 1
                if event.event == "failed":
                    self.failures += 1
                else:
                    self.spent[kind] += event.seconds
                    self.made[kind] += 1

    def left(self) -> str:
        """Time left as text, empty while too little is known."""
        seconds = self.seconds_left(datetime.now(UTC))
        return "" if seconds is None else f"{duration(seconds)} left"

    def seconds_left(self, now: datetime) -> float | None:
        """Time left, none while too little is known: no student was trained yet."""
        if any(count > 0 and not self.made[kind] for kind, count in self.waiting.items()):
            return None
        seconds = sum(
            count * self.spent[kind] / self.made[kind]
            for kind, count in self.waiting.items()
            if count > 0
        )
        # Several workers get through more than a second of work in a second.
        spent = sum(self.spent.values()) - self._before
        passed = (now - self._start).total_seconds()
        return seconds / max(1.0, spent / passed if passed > 0 else 1.0)


class _Summary:
    """What stays on a terminal when the bars are gone: stages, times, losses; by kind, and by method."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, list[float]] = defaultdict(list)
        self._failed: Counter[str] = Counter()
        self._loss: dict[str, float] = {}
        self._losses: defaultdict[str, list[float]] = defaultdict(list)

    @property
    def ended(self) -> int:
        """Stages that came to an end."""
        return sum(map(len, self._seconds.values())) + self._failed.total()

    def hear(self, event: Event) -> None:
        """Hear an event."""
        if event.event == "progress" and (loss := _LOSS.match(event.text)):
            self._loss[event.stage] = float(loss[1])
        elif event.event in {"finished", "failed"}:
            loss_at_end = self._loss.pop(event.stage, None)
            method = _METHOD.search(event.stage)
            kind = event.stage.partition(" ")[0]
            group = f"{kind} {method[1]}" if method and loss_at_end is not None else kind
            if event.event == "failed":
                self._failed[group] += 1
                return
            self._seconds[group].append(event.seconds)
            if loss_at_end is not None:
                self._losses[group].append(loss_at_end)

    def table(self) -> Table:
        """Draw it."""
        drawn = Table(title="made", title_justify="left")
        for head in ("stages", "made", "failed", "time", "longest", "last loss"):
            drawn.add_column(head, justify="left" if head == "stages" else "right")
        for group in dict.fromkeys([*self._seconds, *self._failed]):
            seconds, losses = self._seconds[group], sorted(self._losses[group])
            drawn.add_row(
                Text(group),
                str(len(seconds)),
                str(self._failed[group] or ""),
                duration(sum(seconds)),
                duration(max(seconds)) if len(seconds) > 1 else "",
                " to ".join(dict.fromkeys(f"{loss:.3f}" for loss in losses[:1] + losses[-1:])),
            )
        return drawn


class Lines:
    """One line for each stage that ends; the long ones say now and then how far they are."""

    def __init__(self, console: Console, *, verbose: bool = False) -> None:
        self._console = console
        self._clock = Clock()
        self._verbose = verbose
        self._notes: dict[str, str] = {}
        self._said: dict[str, float] = {}
        self._url = ""

    def __call__(self, event: Event) -> None:
        """Hear an event."""
        self._clock.hear(event)
        stage = event.stage
        match event.event:
            case "started":
                self._said[stage] = time.monotonic()
                if self._verbose:
                    self._line(f"{stage}: started")
            case "progress":
                self._notes[stage] = event.text
                if time.monotonic() - self._said.get(stage, 0.0) > _LINES:
                    self._said[stage] = time.monotonic()
                    note = f", {event.text}" if event.text else ""
                    self._line(f"{stage}: {event.done} of {event.total}{note}")
            case "finished":
                note = self._notes.pop(stage, "")
                parts = [f"{event.seconds:.1f} s", note, self._clock.left()]
                self._say(stage, ", ".join(part for part in parts if part))
            case "failed" if not event.lost:  # the others were told with their cause
                self._say(stage, f"FAILED: {event.text}")
            case "repaired":
                self._line(f"damaged, will be made again: {stage}: {event.text}")
            case "note":
                self._line(f"{stage}: {event.text}")
            case "download" if event.text != self._url and event.done < event.total:
                self._url = event.text
                self._line(f"downloading {event.text} ({event.total / 2**20:.1f} MiB)")

    def _say(self, stage: str, text: str) -> None:
        width = len(str(self._clock.total))
        self._line(f"[{self._clock.done:{width}}/{self._clock.total}] {stage}: {text}")

    def _line(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class Bars:
    """A bar for the whole run, one for each stage at work, one for a download."""

    def __init__(self, progress: Progress, *, verbose: bool = False) -> None:
        self._progress = progress
        self._clock = Clock()
        self._verbose = verbose
        self._shown: dict[str, float] = {}
        self._all = self._progress.add_task("stages", total=None, note="")
        self._bars: dict[str, TaskID] = {}

    def __call__(self, event: Event) -> None:
        """Hear an event."""
        self._clock.hear(event)
        match event.event:
            case "run":
                self._progress.update(self._all, total=event.stages)
            case "started":
                self._begin(event.stage, event.stage)
            case "progress":
                self._update(event.stage, event)
            case "download":
                self._download(event)
            case "finished" | "failed":
                self._finish(event)
            case "repaired":
                self._print(f"damaged, will be made again: {event.stage}: {event.text}", "yellow")
            case "note":
                self._print(f"{event.stage}: {event.text}", "yellow")

    def _download(self, event: Event) -> None:
        if event.text not in self._bars:
            self._begin(event.text, f"download {event.text.rsplit('/', 1)[-1]}")
        self._update(event.text, event, "bytes")
        if event.done >= event.total:
            self._end(event.text)

    def _finish(self, event: Event) -> None:
        if event.event == "failed":
            if not event.lost:  # the others were told with their cause
                self._print(f"failed: {event.stage}: {event.text}", "red")
        elif self._verbose:
            self._print(f"{event.stage}: {event.seconds:.1f} s", "dim")
        failures = f"{self._clock.failures} failed" if self._clock.failures else ""
        note = ", ".join(part for part in (self._clock.left(), failures) if part)
        self._progress.update(
            self._all, completed=self._clock.done, total=self._clock.total, note=note
        )
        self._end(event.stage)

    def _print(self, text: str, style: str) -> None:
        self._progress.console.print(text, style=style, markup=False, highlight=False)

    def _begin(self, key: str, description: str) -> None:
        self._end(key)
        self._bars[key] = self._progress.add_task(description, total=None, note="")

    def _update(self, key: str, event: Event, note: str = "") -> None:
        now = time.monotonic()
        last = event.done == event.total
        if key in self._bars and (last or now - self._shown.get(key, 0.0) > _BLINK):
            self._shown[key] = now
            self._progress.update(
                self._bars[key], completed=event.done, total=event.total, note=note or event.text
            )

    def _end(self, key: str) -> None:
        if (bar := self._bars.pop(key, None)) is not None:
            self._progress.remove_task(bar)
