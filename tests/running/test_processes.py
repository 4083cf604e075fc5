from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from clirbench.data.lock import Lock
from clirbench.results.events import Event
from clirbench.running import cores, processes
from clirbench.running.processes import Processes
from clirbench.running.recipe import Recipe
from clirbench.running.stage import Context, Stage

GIB = 2**30


@dataclass(frozen=True, kw_only=True)
class Work(Stage):
    kind: ClassVar[str] = "work"

    number: int

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Nothing."""


class Worker:
    """Stands in for a process: it is at its stage until told otherwise."""

    def __init__(self, recipe: Recipe, device: str) -> None:
        self.stage: Stage | None = None

    begun: ClassVar[list[str]] = []

    def begin(self, stage: Stage, needs: int) -> None:
        assert needs == GIB  # nothing but itself: it has no inputs
        self.stage = stage
        self.begun.append(str(stage))

    def to_come(self) -> int:
        return GIB // 2


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    """Of a run in the test's folder."""
    return Recipe(
        store=tmp_path,
        results=tmp_path,
        cache=tmp_path,
        mirror=None,
        lock=Lock(tmp_path / "lock"),
        device="cpu",
        threads=1,
        deterministic=False,
        checkpoint_every=600.0,
    )


def test_memory_is_looked_at_before_one_more_begins(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stage begins when there is room beside what those at work may still take, and says so, once."""
    free = [int(1.4 * GIB)]
    monkeypatch.setattr(processes, "_Worker", Worker)
    monkeypatch.setattr(processes, "free_memory", lambda: free[0])
    monkeypatch.setattr(Worker, "begun", [])
    heard: list[Event] = []
    many = Processes(recipe, "cpu", recipe.place(), heard.append, count=3, stop=lambda: False)
    for number in range(2):
        assert many.free()
        many.submit(Work(title=str(number), number=number))
    assert Worker.begun == ["work 0"]
    assert not many.free()
    many._begin()  # noqa: SLF001 - `wait` does, and would wait
    (event,) = heard
    assert event.stage == "work 1"
    assert event.text == (
        "waits for memory: 1.5 GiB may be needed with the running stages, 1.4 GiB are free"
    )
    free[0] = 2 * GIB
    many._begin()  # noqa: SLF001 - `wait` does, and would wait
    assert Worker.begun == ["work 0", "work 1"]
    assert many.free()
    many.submit(Work(title="2", number=2))
    assert not many.free()  # as many as were asked for


def test_nothing_begins_once_the_user_wants_to_stop(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits is not begun, and when nothing is at work any more, the run ends."""
    monkeypatch.setattr(processes, "_Worker", Worker)
    many = Processes(recipe, "cpu", recipe.place(), print, count=2, stop=lambda: True)
    many.submit(Work(title="0", number=0))
    with pytest.raises(KeyboardInterrupt):
        many.wait()


def test_limits_of_a_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cores and memory are those of the narrowest control group, not of the machine."""
    group = tmp_path / "groups" / "job" / "step"
    group.mkdir(parents=True)
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "cgroup").write_text("1:cpu:/old\n0::/job/step\n")
    (tmp_path / "meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable: {8 * GIB // 1024} kB\n")
    monkeypatch.setattr(cores, "_PROC", tmp_path)
    monkeypatch.setattr(cores, "_GROUPS", tmp_path / "groups")
    monkeypatch.setattr(cores.os, "sched_getaffinity", lambda _: set(range(16)))
    monkeypatch.setattr(cores.sys, "platform", "linux")
    assert cores.cores() == 16
    assert cores.free_memory() == 8 * GIB
    (group.parent / "cpu.max").write_text("400000 100000\n")
    (group / "cpu.max").write_text("max 100000\n")
    (group.parent / "memory.max").write_text(f"{4 * GIB}\n")
    (group.parent / "memory.current").write_text(f"{3 * GIB}\n")
    (group.parent / "memory.stat").write_text(f"anon 5\ninactive_file {GIB}\n")
    assert cores.cores() == 4
    assert cores.free_memory() == 2 * GIB
    (group / "cpu.max").write_text("50000 100000\n")
    assert cores.cores() == 1


def test_what_does_not_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without /proc nothing is known of memory, and nothing waits for it."""
    monkeypatch.setattr(cores, "_PROC", tmp_path / "none")
    assert cores.free_memory() is None
    assert cores.resident(1) == 0
