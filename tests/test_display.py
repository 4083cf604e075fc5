from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

from rich.console import Console

from clirbench.display import Clock, Lines, display
from clirbench.results.events import Event, Reporter


def test_kind_of_display() -> None:
    """Bars on a terminal, lines elsewhere."""
    for terminal in (True, False):
        with display(Console(force_terminal=terminal, file=io.StringIO())) as shown:
            assert isinstance(shown, Lines) is not terminal


STAGES = [f"work [red]w{n}" for n in range(3)]


def play(console: Console, *, verbose: bool = False) -> None:
    """A run of three stages, of which one fails."""
    url, (one, two, three) = "https://host/a.txt", STAGES
    with display(console, verbose=verbose) as shown:
        shown(Event(event="run", stages=3, kinds={"work": 3}))
        shown(Event(event="download", text=url, done=0, total=2**20))
        shown(Event(event="download", text=url, done=2**20, total=2**20))
        shown(Event(event="started", stage=one))
        shown(Event(event="progress", stage=one, done=5, total=5, text="loss 0.5"))
        shown(Event(event="finished", stage=one, seconds=2.0))
        shown(Event(event="started", stage=two))
        shown(Event(event="note", stage=two, text="out of [memory]"))
        shown(Event(event="failed", stage=two, text="no [luck]"))
        shown(Event(event="more", stages=1, kinds={"work": 1}))
        shown(Event(event="repaired", stage=one, text="a file is gone"))
        shown(Event(event="started", stage=three))
        shown(Event(event="finished", stage=three, seconds=4.0))


def test_lines() -> None:
    """Every stage that ends has a line with its time, note and the time left."""
    text = io.StringIO()
    play(Console(file=text, width=200))
    assert text.getvalue().splitlines() == [
        "downloading https://host/a.txt (1.0 MiB)",
        "[1/3] work [red]w0: 2.0 s, loss 0.5, 0 s left",
        "work [red]w1: out of [memory]",
        "[2/3] work [red]w1: FAILED: no [luck]",
        "damaged, will be made again: work [red]w0: a file is gone",
        "[3/4] work [red]w2: 4.0 s, 0 s left",
    ]
    play(Console(file=text, width=200), verbose=True)
    assert "\nwork [red]w2: started\n" in text.getvalue()


def test_time_left() -> None:
    """What is to be made takes as long as its like did, shared by those that work at once."""
    clock, start = Clock(), datetime(2026, 1, 1, tzinfo=UTC)

    def left(seconds: float) -> float | None:
        return clock.seconds_left(start + timedelta(seconds=seconds))

    clock.hear(Event(event="run", stages=5, kinds={"a": 4, "b": 1}, time=start))
    clock.hear(Event(event="finished", stage="a one", seconds=30.0))
    assert left(30) is None
    clock.hear(Event(event="finished", stage="b one", seconds=10.0))
    assert left(40) == 90
    assert left(20) == 45
    clock.hear(Event(event="run", stages=3, kinds={"a": 3}, time=start))
    assert left(0) == left(50) == 90  # what took so long before, and no more at once than now


def test_bars() -> None:
    """On a terminal failures stay on the screen, and the whole run has a bar."""
    text = io.StringIO()
    play(Console(file=text, width=120, force_terminal=True))
    for part in (
        "failed: work [red]w1: no [luck]",
        "damaged, will be made again",
        "out of [memory]",
        "3/4",
        "1 failed",
    ):
        assert part in text.getvalue()


def test_summary() -> None:
    """When the bars are gone, stages, times and losses stay; of a single stage they were seen."""

    def end(
        shown: Reporter, stage: str, seconds: float, loss: str = "", *, fails: bool = False
    ) -> None:
        shown(Event(event="started", stage=stage))
        if loss:
            shown(
                Event(event="progress", stage=stage, done=1, total=2, text="loss 9.000, 5 pairs/s")
            )
            shown(
                Event(
                    event="progress", stage=stage, done=2, total=2, text=f"loss {loss}, 5 pairs/s"
                )
            )
        shown(Event(event="failed" if fails else "finished", stage=stage, seconds=seconds))

    for terminal in (True, False):
        text = io.StringIO()
        console = Console(file=text, width=100, force_terminal=terminal, color_system=None)
        with display(console) as shown:
            shown(Event(event="run", stages=6, kinds={"student": 4, "run": 2}))
            end(shown, "student sw-en/m/seed=1", 60.0, "0.250")
            end(shown, "student sw-en/m/seed=2", 65.0, "-0.125")
            end(shown, "student sw-en/[b]/seed=1", 5.0, "0.500")
            end(shown, "student sw-en/[b]/seed=2", 1.0, "0.300", fails=True)
            end(shown, "run sw-en/m/seed=1", 2.0)
            end(shown, "run sw-en/m/seed=2", 1.0)
        drawn = text.getvalue().splitlines()[-6:]
        rows = [
            [cell.strip() for cell in line.strip("│").split("│")] for line in drawn if "│" in line
        ]
        expected = [
            ["student m", "2", "", "2:05 min", "1:05 min", "-0.125 to 0.250"],
            ["student [b]", "1", "1", "5.0 s", "", "0.500"],
            ["run", "2", "", "3.0 s", "2.0 s", ""],
        ]
        assert rows == (expected if terminal else [])
    text = io.StringIO()
    with display(Console(file=text, width=100, force_terminal=True)) as shown:
        end(shown, "student sw-en/m/seed=1", 60.0, "0.250")
    assert "longest" not in text.getvalue()
