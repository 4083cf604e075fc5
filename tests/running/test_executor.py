from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest

from clirbench.errors import CellError
from clirbench.results.events import Event
from clirbench.running import executor
from clirbench.running.executor import Here, Outcome, pending
from clirbench.running.stage import Context, Stage, walk
from clirbench.running.store import Store

MADE: list[str] = []


@dataclass(frozen=True, kw_only=True)
class Root(Stage):
    kind: ClassVar[str] = "root"

    value: int
    fails: bool = False

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        MADE.append(str(self))
        if self.fails:
            raise CellError("no luck")
        context.progress(1, 1, "")
        (folder / "value").write_text(str(self.value))


@dataclass(frozen=True, kw_only=True)
class Middle(Stage):
    kind: ClassVar[str] = "middle"
    transient: ClassVar[bool] = True

    root: Root

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        MADE.append(str(self))
        (folder / "value").write_text((inputs["root"] / "value").read_text() + "!")


@dataclass(frozen=True, kw_only=True)
class Goal(Stage):
    kind: ClassVar[str] = "goal"

    middle: Middle
    number: int

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        MADE.append(str(self))
        if self.number < 0:
            raise RuntimeError("a bug")
        text = (inputs["middle"] / "value").read_text() + str(self.number)
        (folder / "value").write_text(text)


@dataclass
class Heard:
    """A reporter that remembers."""

    events: list[str] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        text = f": {event.text}" if event.event == "failed" else ""
        self.events.append(f"{event.event} {event.stage}{text}")


@pytest.fixture(autouse=True)
def _forget() -> None:
    MADE.clear()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(shared=tmp_path / "store", results=tmp_path / "results")


CONTEXT = Context(fetch=lambda _: Path())


def execute(found: Sequence[Stage], store: Store, heard: Heard, **options: bool) -> Outcome:
    """Execute in this process."""
    return executor.execute(found, store, Here(store, CONTEXT, heard), heard, **options)


def goals(*numbers: int, value: int = 1, fails: bool = False) -> list[Stage]:
    """Goals that share a middle and a root."""
    middle = Middle(title="m", root=Root(title="r", value=value, fails=fails))
    return [Goal(title=str(n), middle=middle, number=n) for n in numbers]


def test_shared_stages_run_once(store: Store) -> None:
    """Inputs first, each once, and what is transient is dropped at the end."""
    found = goals(1, 2)
    outcome = execute(found, store, Heard())
    assert MADE == ["root r", "middle m", "goal 1", "goal 2"]
    assert (outcome.made, dict(outcome.failed)) == (4, {})
    assert (store.folder(found[1]) / "value").read_text() == "1!2"
    assert [stage.kind for stage in walk(found) if store.done(stage)] == ["root", "goal", "goal"]


def test_second_run_does_nothing(store: Store) -> None:
    """What is done is not made again, nor is what it rested on."""
    execute(goals(1, 2), store, Heard())
    MADE.clear()
    assert execute(goals(1, 2), store, Heard()).made == 0
    assert MADE == []
    execute(goals(1, 2, 3), store, Heard())
    assert MADE == ["middle m", "goal 3"]


def test_memory_is_returned_after_each_stage(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also after one that fails: what comes next, here or beside, is to have it."""
    returned: list[int] = []
    monkeypatch.setattr(executor, "return_memory", lambda: returned.append(len(MADE)))
    execute(goals(1), store, Heard())
    execute(goals(2, value=2, fails=True), store, Heard())
    assert returned == [1, 2, 3, 4]


def test_other_settings_are_other_artifacts(store: Store) -> None:
    """A change of what changes numbers is never served from the store; titles do not matter."""
    execute(goals(1), store, Heard())
    assert pending(goals(1, value=2), store) != []
    retitled = Goal(title="x", middle=Middle(title="y", root=Root(title="z", value=1)), number=1)
    assert pending([retitled], store) == []


def test_failure_stops_only_what_rests_on_it(store: Store) -> None:
    """Others go on; what failed is named with its reason, a bug with its traceback."""
    heard = Heard()
    outcome = execute([*goals(-1, 1), *goals(2, fails=True)], store, heard)
    assert [e for e in heard.events if "failed" in e] == [
        "failed goal -1: a bug",
        "failed root r: no luck; 2 stages that wait for it cannot run",
        "failed middle m: needs root r, which failed",
        "failed goal 2: needs middle m, which failed",
    ]
    failures = list(outcome.failed.values())
    assert sum("Traceback" in f.trace and f.text == "a bug" for f in failures) == 1
    assert sum((f.text, f.trace) == ("no luck", "") for f in failures) == 3
    assert store.done(goals(1)[0])


def test_failed_goal_is_tried_again_from_what_is_kept(store: Store) -> None:
    """What a failed goal needs stays, so that trying again does not begin at the beginning."""
    execute(goals(-1), store, Heard())
    MADE.clear()
    execute(goals(-1), store, Heard())
    assert MADE == ["goal -1"]


def test_damaged_input_is_made_again(store: Store, tmp_path: Path) -> None:
    """A flipped byte in an artifact is found before it is used."""
    found = goals(1, 2)
    execute(found[:1], store, Heard())
    root = next(iter(walk(found)))
    path = store.folder(root) / "value"
    path.write_text("7")
    fresh = Store(shared=tmp_path / "store", results=tmp_path / "results")
    heard = Heard()
    execute(found, fresh, heard)
    assert "repaired root r" in heard.events
    assert path.read_text() == "1"
    assert (store.folder(found[1]) / "value").read_text() == "1!2"


def test_leftovers_of_an_interrupted_run_are_dropped(store: Store) -> None:
    """A transient artifact that nothing needs any more does not stay for ever."""
    found = goals(1)
    execute(found, store, Heard())
    middle = found[0].inputs["middle"]
    store.make(middle, CONTEXT)
    assert store.done(middle)
    execute(found, store, Heard())
    assert not store.folder(middle).exists()


def test_interrupt_is_not_a_failure(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C goes through, leaves nothing half-made, and the next run goes on."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Goal, "make", interrupted)
        with pytest.raises(KeyboardInterrupt):
            execute(goals(1), store, Heard())
    assert not list(store.shared.rglob(".tmp-*"))
    MADE.clear()
    execute(goals(1), store, Heard())
    assert MADE == ["goal 1"]
