"""Stages side by side: the same numbers, and whatever happens to one process or to all."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from clirbench.results.environment import read_environments

Call = Callable[..., subprocess.CompletedProcess[str]]
PART = [
    "--only",
    "*/sentence-contrastive/seed=1",
    "--only",
    "*/bm25",
    "--set",
    "training.epochs=20",
]

LONG = ["--set", "training.epochs=200"]
"""Long enough for two trainings to be at work at once."""

DEADLY = """\
import os, signal
from pathlib import Path
from typing import ClassVar

from clirbench.methods.sentence_mse import SentenceMSE
from clirbench.settings import settings


@settings
class Deadly(SentenceMSE):
    '''Kills its process, as the system does when memory runs out, as often as a file says.'''

    name: ClassVar[str] = "deadly"

    def loss(self, student, teacher):
        '''As the base's, if it is reached.'''
        left = Path(os.environ["DEADLY"])
        if deaths := int(left.read_text()):
            left.write_text(str(deaths - 1))
            os.kill(os.getpid(), signal.SIGKILL)
        return super().loss(student, teacher)
"""


def events(results: Path) -> list[dict[str, Any]]:
    """What was logged so far."""
    path = results / "events.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


def contents(results: Path) -> dict[str, bytes]:
    """Of every cell."""
    return {
        str(path.relative_to(results)): path.read_bytes()
        for name in ("scores.csv", "run.trec.gz", "training.jsonl")
        for path in sorted((results / "cells").rglob(name))
    }


def at_once(results: Path) -> int:
    """The most stages that were begun and not yet finished."""
    steps = {"started": 1, "finished": -1, "failed": -1}
    kinds = [event["event"] for event in events(results)]
    last = kinds[len(kinds) - kinds[::-1].index("run") :]
    return max(accumulate(steps.get(kind, 0) for kind in last))


def begin(suite: Path, folder: Path, *options: str, **more: Any) -> subprocess.Popen[str]:  # noqa: ANN401
    """Start a run with two processes."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "clirbench", "run", str(suite), *PART, "--processes", "2"),
            *("--results", str(folder / "two"), "--store", str(folder / "store"), *options),
        ],
        text=True,
        env={**os.environ, "CLIRBENCH_CACHE": str(folder / "cache")},
        **({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more),
    )


def students_at_work(folder: Path, run_number: int = 1) -> list[int]:
    """Wait until two students are in training; gives the processes that train them."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        work: dict[str, int] = {}
        log = events(folder / "two")
        begun = sum(event["event"] == "run" for event in log)
        for event in log if begun == run_number else ():
            if event["event"] == "run":
                work.clear()
            if event.get("stage", "").startswith("student"):
                if event["event"] == "started":
                    work[event["stage"]] = event["process"]
                elif event["event"] in {"finished", "failed"}:
                    del work[event["stage"]]
        if len(work) == 2:
            return list(work.values())
        time.sleep(0.02)
    pytest.fail("never two students at once")


def alone(suite: Path, folder: Path, clirbench: Call, *options: str) -> dict[str, bytes]:
    """What one process makes."""
    places = ("--results", folder / "one", "--store", folder / "s1")
    done = clirbench("run", suite, *PART, *options, *places)
    assert done.returncode == 0, done.stderr
    return contents(folder / "one")


def test_side_by_side(tiny: Path, tmp_path: Path, clirbench: Call) -> None:
    """Two processes work at the same time, and what they make is what one makes, bit for bit."""
    expected = alone(tiny, tmp_path, clirbench)
    run = begin(tiny, tmp_path)
    out, errors = run.communicate()
    assert run.returncode == 0, errors
    assert "device: CPU, 1 thread; float32: exact and repeatable" in out
    assert "; up to 2 stages at once" in out
    assert at_once(tmp_path / "two") == 2
    assert contents(tmp_path / "two") == expected
    assert len({event["process"] for event in events(tmp_path / "two")}) == 3
    ours = (read_environments(tmp_path / folder) for folder in ("one", "two"))
    assert len({found[-1]["device"] for found in ours}) == 1


@pytest.mark.slow
def test_killed_stopped_and_run_again(tiny: Path, tmp_path: Path, clirbench: Call) -> None:
    """After SIGKILL of one process or all, Ctrl-C or SIGTERM, a run ends with the bytes of one process."""
    expected = alone(tiny, tmp_path, clirbench, *LONG)
    stops: tuple[tuple[signal.Signals | str, int | None, str], ...] = (
        ("one", None, ""),
        (signal.SIGKILL, -signal.SIGKILL, ""),
        (signal.SIGINT, 130, "stopping after this step"),
        (signal.SIGTERM, 143, "stopping after this step"),
    )
    for number, (how, status, said) in enumerate(stops, start=1):
        run = begin(tiny, tmp_path, *LONG)
        workers = students_at_work(tmp_path, number)
        assert run.pid not in workers
        if not isinstance(how, signal.Signals):
            os.kill(workers[0], signal.SIGKILL)
            assert run.stdout is not None
            line = next(line for line in run.stdout if "its process was killed" in line)
            assert "by SIGKILL, as the system does when memory runs out" in line
            assert "it is retried with no other stage beside it" in line
            run.kill()
        else:
            run.send_signal(how)
        _, errors = run.communicate()
        assert status is None or run.returncode == status
        assert said in errors
        if said:
            assert "run the same command again to resume" in errors
            checkpoints = list((tmp_path / "store" / "checkpoint").glob("*/state.json"))
            assert len(checkpoints) >= 2
            assert not list(tmp_path.rglob(".tmp-*"))
    last = begin(tiny, tmp_path, *LONG)
    _, errors = last.communicate()
    assert last.returncode == 0, errors
    assert contents(tmp_path / "two") == expected
    assert not list(tmp_path.rglob(".tmp-*"))


def test_second_interrupt_ends_at_once(tiny: Path, tmp_path: Path) -> None:
    """Ctrl-C twice, as a terminal sends it to every process, ends all of them, and leaves nothing."""
    run = begin(tiny, tmp_path, "--set", "training.epochs=2000", start_new_session=True)
    workers = students_at_work(tmp_path)
    for worker in workers:  # stopped, none can end by itself
        os.kill(worker, signal.SIGSTOP)
    os.killpg(run.pid, signal.SIGINT)
    time.sleep(0.5)
    os.killpg(run.pid, signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Traceback" not in errors
    for worker in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)
    assert not list(tmp_path.rglob(".tmp-*"))


@pytest.mark.parametrize(("deaths", "status"), [(1, 0), (2, 3)])
def test_a_process_that_is_killed(
    deaths: int, status: int, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stage that loses its process is begun again alone, and fails the second time; others go on."""
    (tmp_path / "deadly.py").write_text(DEADLY)
    (tmp_path / "deaths").write_text(str(deaths))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("DEADLY", str(tmp_path / "deaths"))
    tiny.write_text(tiny.read_text() + '\n[[method]]\nname = "deadly:Deadly"\nlabel = "deadly"\n')
    run = begin(tiny, tmp_path, "--only", "qsw-en/deadly/seed=1", "--set", "training.epochs=1")
    out, errors = run.communicate()
    assert run.returncode == status, out + errors
    title = "student qsw-en/deadly/seed=1"
    assert f"{title}: its process was killed by SIGKILL, as the system does" in out
    failed = (
        f"{title}: FAILED: its process was killed by SIGKILL again, with no other stage beside it"
    )
    assert (failed in out) == bool(status)
    assert ("try a smaller backbone" in out) == bool(status)
    assert "bm25" in out
    assert "Traceback" not in out + errors


def test_bars_of_a_terminal(tiny: Path, tmp_path: Path) -> None:
    """On a terminal the stages at work are shown one below the other."""
    ours, theirs = pty.openpty()
    run = begin(tiny, tmp_path, *LONG, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown: list[bytes] = []

    def read() -> None:
        try:
            while part := os.read(ours, 2**16):
                shown.append(part)
        except OSError:  # Linux says so that the other end is closed
            pass

    reader = threading.Thread(target=read)
    reader.start()
    students_at_work(tmp_path)
    time.sleep(1.0)
    run.send_signal(signal.SIGINT)
    run.wait()
    reader.join()
    os.close(ours)
    screens = b"".join(shown).decode().split("stages ")
    assert any(
        "student qsw-en/sentence-contrastive" in screen
        and "student qde-en/sentence-contrastive" in screen
        for screen in screens
    )


@pytest.mark.parametrize("value", ["0", "two", "-1"])
def test_environment_that_says_nonsense(
    value: str, tiny: Path, tmp_path: Path, clirbench: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CLIRBENCH_PROCESSES is read as --processes is."""
    monkeypatch.setenv("CLIRBENCH_PROCESSES", value)
    done = clirbench("run", tiny, *PART, "--results", tmp_path / "r", "--store", tmp_path / "s")
    assert done.returncode == 2
    assert "CLIRBENCH_PROCESSES: expected a whole number of 1 or more (got " in done.stderr
