"""`clirbench run --log tensorboard`: what TensorBoard is shown is what training.jsonl has."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import clirbench.running.execution
from clirbench.results.events import read_events
from clirbench.running.stage import Context
from clirbench.running.training_log import curves_folder, write_log
from clirbench.training.loop import Step

events = pytest.importorskip(
    "tensorboard.backend.event_processing.event_accumulator", reason="needs clirbench[tensorboard]"
)
Call = Callable[..., subprocess.CompletedProcess[str]]
DRAWN = ("loss", "learning_rate", "gradient_norm")


def curves(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard shows of a folder."""
    found = events.EventAccumulator(str(folder)).Reload()
    return {
        name: [(each.step, each.value) for each in found.Scalars(name)]
        for name in found.Tags()["scalars"]
    }


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_run(
    processes: str,
    write_suite: Callable[..., Path],
    places: list[str],
    tmp_path: Path,
    clirbench: Call,
) -> None:
    """Every training is a run of TensorBoard, by the name of its cell, in whatever process it was."""
    suite = write_suite(("epochs = 2", "epochs = 1"))
    words = ["--only", "qsw-en/optical/*", "--processes", processes, "--log", "tensorboard"]
    done = clirbench("run", suite, *places, *words)
    assert done.returncode == 0, done.stderr
    results = tmp_path / "results"
    for seed in (1, 2):
        cell = f"qsw-en/optical/seed={seed}"
        text = (results / "cells" / cell / "training.jsonl").read_text()
        steps = [json.loads(line) for line in text.splitlines()]
        assert len(steps) > 2
        found = curves(results / "tensorboard" / "student" / cell)
        assert found.keys() == set(DRAWN)
        for name in DRAWN:
            assert [step for step, _ in found[name]] == [step["step"] for step in steps]
            values = [value for _, value in found[name]]
            assert values == pytest.approx([step[name] for step in steps], rel=1e-6)
    (teacher,) = (results / "tensorboard" / "teacher").rglob("events.out.tfevents.*")
    assert len(curves(teacher.parent)["loss"]) > 2
    assert clirbench("table", results).returncode == 0


def steps(count: int) -> Iterator[Step]:
    """Steps of a training."""
    for step in range(1, count + 1):
        yield Step(
            step=step,
            steps=4,
            epoch=1,
            loss=1 / step,
            gradient_norm=2.0,
            learning_rate=1e-3,
            examples=1,
            tokens=1,
        )


def test_an_interrupted_training(tmp_path: Path) -> None:
    """When it is resumed, the steps before are told again, and stand there once."""
    context = replace(Context(fetch=lambda _: tmp_path), tensorboard=tmp_path / "curves")
    write_log(tmp_path, steps(2), context)
    write_log(tmp_path, steps(4), context)
    assert curves(tmp_path / "curves")["loss"] == [
        (step, pytest.approx(1 / step)) for step in range(1, 5)
    ]


@pytest.mark.parametrize(
    ("stage", "place"),
    [
        ("student sw-en/m/seed=1", "student/sw-en/m/seed=1"),
        ("teacher scratch", "teacher/scratch"),
        ("teacher /models/me5", "teacher/models/me5"),
        ("teacher ../../me5", "teacher/me5"),
    ],
)
def test_no_curve_leaves_the_folder(stage: str, place: str) -> None:
    """A title may be the path of a model."""
    assert curves_folder(Path("all"), stage) == Path("all") / place


def test_without_tensorboard(
    tiny: Path, places: list[str], tmp_path: Path, command: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said before any work what is to be installed."""
    monkeypatch.setattr(clirbench.running.execution, "find_spec", lambda _: None)
    done = command("run", tiny, *places, "--log", "tensorboard")
    assert done.returncode == 2
    assert "pip install 'clirbench[tensorboard]'" in done.stderr
    assert not (tmp_path / "results").exists()
    assert not (tmp_path / "store").exists()


def test_no_other_log(tiny: Path, places: list[str], command: Call) -> None:
    """What else is asked for is answered with what there is."""
    for log in ("wandb", "tensorboard="):
        done = command("run", tiny, *places, "--log", log)
        assert done.returncode == 2
        assert f"expected tensorboard or tensorboard=DIR (got {log})" in done.stderr


def test_another_folder(tiny: Path, places: list[str], tmp_path: Path, command: Call) -> None:
    """Nothing is written where nothing is trained."""
    words = ("--only", "qsw-en/bm25", "--log", f"tensorboard={tmp_path / 'elsewhere'}")
    assert command("run", tiny, *places, *words).returncode == 0
    assert any(event.event == "finished" for event in read_events(tmp_path / "results"))
    assert not (tmp_path / "elsewhere").exists()
