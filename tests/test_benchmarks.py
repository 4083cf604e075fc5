from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def frame(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The frame of the benchmarks, which are no part of the installed package."""
    monkeypatch.syspath_prepend(ROOT)
    return importlib.import_module("benchmarks.frame")


def test_rounds_are_interleaved(frame: ModuleType) -> None:
    """Each way goes once a round, another one first each time; a ratio is of times of one round."""
    now, went = 0.0, []
    takes = {"ours": iter([9, 1, 2, 4]), "other": iter([9, 3, 2, 20])}

    def way(name: str, value: float) -> object:
        def call() -> torch.Tensor:
            nonlocal now
            went.append(name)
            now += next(takes[name])
            return torch.tensor([value])

        return call

    contest = frame.Contest(
        problem="p", calls={"ours": way("ours", 1.0), "other": way("other", 1.5)}
    )
    ours, other = frame.measure(contest, 3, lambda: now)
    assert went == ["ours", "other"] * 2 + ["other", "ours"] + ["ours", "other"]
    assert (ours.milliseconds, ours.ratio, ours.difference) == (2000, 1, 0)
    assert (other.milliseconds, other.ratio, other.difference) == (3000, 3, 0.5)
    assert frame.markdown([other]).endswith("| p | other | 3000.0 | 3.00 | 5e-01 |")


def test_what_gives_another_shape_is_not_compared(frame: ModuleType) -> None:
    """A part of the work has no difference from the whole."""
    calls = {"ours": lambda: torch.ones(2), "part": lambda: torch.ones(1)}
    _, part = frame.measure(frame.Contest(problem="p", calls=calls), 1)
    assert part.difference is None
    assert frame.markdown([part]).endswith("| – |")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_that_of_a_command_and_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """At its highest, and whatever the command does with the peak that the system keeps."""
    monkeypatch.syspath_prepend(ROOT)
    highest = importlib.import_module("benchmarks.processes").highest
    held = "import time; held = bytearray(100 << 20); time.sleep(0.3)"
    parent = (
        "import pathlib, subprocess, sys; held = bytearray(50 << 20);"
        f"subprocess.run([sys.executable, '-c', {held!r}]); del held;"
        "pathlib.Path('/proc/self/clear_refs').write_text('5')"
    )
    process = subprocess.Popen([sys.executable, "-c", parent])
    assert 150 << 20 < highest(process) < 220 << 20
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--help"], "{quick,search,start_up,training,transport}"),
        (["nothing"], "invalid choice: 'nothing'"),
        (["search", "--rounds", "4"], "--rounds must be at least 5 (got 4)"),
    ],
)
def test_command(arguments: list[str], told: str) -> None:
    """It says which benchmarks there are, and refuses what would not be a median of five."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told in done.stdout + done.stderr
    assert done.returncode == (0 if arguments == ["--help"] else 2)


def test_memory_has_a_column_where_it_is_known(frame: ModuleType) -> None:
    """The median of what a way took at most in each round."""
    peaks = iter([1.0, 10.0, 20.0, 3.0, 5.0, 30.0])
    calls = {name: lambda: torch.zeros(1) for name in ("ours", "other")}
    contest = frame.Contest(problem="p", calls=calls, peak=lambda _: next(peaks))
    now = iter(map(float, range(100)))
    ours, other = rows = frame.measure(contest, 3, lambda: next(now))
    assert (ours.mebibytes, other.mebibytes) == (3.0, 20.0)
    table = frame.markdown(rows).splitlines()
    assert table[0].endswith("| peak MiB |")
    assert [line.split("|")[-2].strip() for line in table[2:]] == ["3", "20"]
    plain = frame.Contest(problem="p", calls=calls)
    assert "peak" not in frame.markdown(frame.measure(plain, 3, lambda: next(now)))


@pytest.mark.slow
def test_a_cell_before_and_now(
    frame: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is a run of its own process, made again in each round; the same code has the same scores."""
    training = importlib.import_module("benchmarks.training")
    suite = """
        [suite]
        name = "training"
        seeds = [1]
        measures = ["AP"]
        [collection]
        source = "synthetic"
        concepts = 60
        topic_count = 12
        document_count = 120
        training_query_count = 64
        pairs_low = {pairs}
        [teacher]
        backbone = "scratch"
        scratch = {{ layers = 1, width = 16, heads = 2, vocabulary = 400 }}
        training = {{ epochs = 1, batch_size = 16 }}
        [training]
        epochs = {epochs}
        [[pair]]
        query = "qsw"
        resource = "low"
        bitext = ["synthetic"]
        [[method]]
        name = "sentence-mse"
    """
    monkeypatch.setattr(training, "SUITE", suite)
    monkeypatch.setattr(training, "CELL", "qsw-en/sentence-mse/seed=1")
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "cache"))
    where = training.Where(
        before=ROOT, backbone=Path("scratch"), mirror=None, pairs=48, folder=tmp_path / "work"
    )
    where.folder.mkdir()
    contests = training.contests(where)  # its folder goes with it
    rows = frame.measure(next(contests), 1)
    assert [row.method for row in rows] == ["clirbench", "before"]
    assert [row.difference for row in rows] == [0, 0]
    assert all(row.mebibytes > 100 for row in rows)
