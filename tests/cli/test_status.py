from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.cli import main
from clirbench.errors import StoreError
from clirbench.results.events import Event, event_log

STOPPED = "stopped early; the same command resumes it"
TIME = "2026-01-01T10:00:00.000+00:00"


def write(results: Path, process: int, *events: dict[str, object]) -> None:
    """A log of one process."""
    lines = [
        json.dumps({"time": TIME, "host": socket.gethostname(), "process": process, **event})
        for event in events
    ]
    (results / "events.jsonl").write_text("\n".join(lines) + "\n")


RUN = {"event": "run", "format": 2, "stages": 3}
BEGUN = [
    RUN,
    {"event": "started", "stage": "teacher t"},
    {"event": "finished", "stage": "teacher t", "seconds": 2.0},
    {"event": "failed", "stage": "student s", "text": "nan"},
    {"event": "started", "stage": "run r"},
]


def test_running(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A living process is told with what it does and what failed."""
    write(tmp_path, os.getpid(), *BEGUN)
    assert main(["status", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "running: 2 of 3 stages" in out
    assert "failed: student s: nan" in out
    assert "now running: run r" in out


def test_killed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A process that is gone without an end was stopped."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    write(tmp_path, dead.pid, *BEGUN)
    assert main(["status", str(tmp_path)]) == 0
    assert f"{STOPPED} (killed): 2 of 3 stages" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (KeyboardInterrupt(), "interrupted"),
        (StoreError("/x: cannot be written: full"), "/x: cannot be written: full"),
    ],
)
def test_stopped(
    error: BaseException, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that was stopped, or could not go on, is told from one that came to its end."""

    def stop() -> None:
        with event_log(tmp_path, lambda _: None) as report:
            report(Event(event="run", stages=3))
            raise error

    with pytest.raises(type(error)):
        stop()
    assert main(["status", str(tmp_path)]) == 0
    assert f"{STOPPED} ({why}): 0 of 3 stages" in " ".join(capsys.readouterr().out.split())


def test_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The latest run counts."""
    write(
        tmp_path,
        1,
        RUN,
        {"event": "ended", "seconds": 1.0},
        RUN,
        {"event": "ended", "seconds": 1.0},
    )
    assert main(["status", str(tmp_path)]) == 0
    assert "ended: 0 of 3 stages" in capsys.readouterr().out


def test_no_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is no results folder is an error."""
    assert main(["status", str(tmp_path)]) == 2
    assert "not a results folder" in capsys.readouterr().err


def test_results_without_events(
    write_results: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a results folder that was passed on without its log, the cells that have results are told."""
    settings = {
        "pairs": [{"query": query, "documents": "en", "resource": "low"} for query in ("sw", "de")],
        "methods": [
            {"label": name, "method": {"class.name": name}, "training": {}}
            for name in ("bm25", "optical")
        ],
    }
    done = {"sw-en/bm25": {"t": 0.5}, "sw-en/optical/seed=1": {"t": 0.5}}
    assert main(["status", str(write_results("r", done, **settings))]) == 0
    out = capsys.readouterr().out.replace("\n", " ")
    assert "2 of 6 cells have results" in out
    assert "no events.jsonl" in out


def started(stage: str, **more: object) -> dict[str, object]:
    """A line of a stage that was begun."""
    return {"event": "started", "stage": stage, **more}


COST = {"seconds": 30.0, "memory": 3 * 2**30, "energy": 4000.0}
HALF = [
    {"event": "run", "format": 2, "stages": 4, "kinds": {"student": 2, "run": 2}},
    started("student a"),
    {"event": "finished", "stage": "student a", "seconds": 30.0, "cost": COST},
    started("run a"),
    {"event": "finished", "stage": "run a", "seconds": 10.0, "cost": {"seconds": 10.0}},
    started("student b"),
]


def test_share_time_left_and_cost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is to come takes as long as its like did; what was done is told with its cost."""
    write(tmp_path, os.getpid(), *HALF)
    assert main(["status", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "running: 2 of 4 stages (50%), 40 s left"
    assert lines[1] == "cost so far: 40 s of work, 3.0 GiB of memory at most, 4.0 kJ"
    assert lines[2].startswith("now running: student b, since ")
    assert main(["status", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["state"], found["done"], found["total"]) == ("running", 2, 4)
    assert found["seconds_left"] == 40
    assert found["cost"] == {
        "seconds": 40.0,
        "gpu_seconds": 0,
        "memory": 3 * 2**30,
        "energy": 4000.0,
    }
    assert [each["stage"] for each in found["working"]] == ["student b"]
    write(tmp_path, os.getpid(), *HALF, {"event": "ended", "text": "interrupted"})
    assert main(["status", str(tmp_path)]) == 0
    assert "left" not in capsys.readouterr().out


def test_watch(tmp_path: Path) -> None:
    """It looks again until the run has ended, and does not outlive it."""
    write(tmp_path, os.getpid(), *HALF)
    words = [sys.executable, "-m", "clirbench", "status", str(tmp_path), "--watch", "0.05"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as watching:
        with pytest.raises(subprocess.TimeoutExpired):
            watching.wait(1.5)
        write(tmp_path, os.getpid(), *HALF, {"event": "ended"})
        assert watching.wait(30) == 0
        assert watching.stdout is not None
        assert "ended: 2 of 4 stages (50%)" in watching.stdout.read()


@pytest.mark.parametrize(
    "odd",
    [
        {"stages": "x"},
        {"kinds": {"student": "x"}},
        {"kinds": [1]},
        {"seconds": 10**400},
        {"seconds": float("inf")},
        {"process": "x"},
        {"host": 5},
        {"time": "2026-01-01T10:00:00"},
        {"cost": {"seconds": "x"}},
        {"cost": {"seconds": 1.0, "memory": "x"}},
        {"cost": {"seconds": 1.0, "energy": [1]}},
    ],
)
def test_lines_that_are_none(
    odd: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What has other types than an event is passed over."""
    lines = [*HALF, {"event": "finished", "stage": "run b", **odd}]
    write(tmp_path, os.getpid(), *lines)
    assert main(["status", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("running: 2 of 4 stages (50%), 40 s left\n")
