from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from clirbench.cli import main
from clirbench.data.download import Cache
from clirbench.running.plan import plan_stages
from clirbench.running.stage import Context, walk
from clirbench.running.store import Store
from clirbench.spec.cell import cells, select
from clirbench.spec.read import read_suite

ONLY = ("qsw-en/zero-shot", "qsw-en/optical/seed=1")


def call(suite: Path, places: list[str]) -> int:
    """Run two cells in this process."""
    return main(["run", str(suite), *places, *(w for cell in ONLY for w in ("--only", cell))])


def files(root: Path) -> Iterator[Path]:
    """What every artifact consists of."""
    return (path for path in sorted(root.rglob("*")) if path.is_file() and path.name != ".lock")


def flip(path: Path, draw: random.Random) -> None:
    """Flip one bit."""
    content = bytearray(path.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)


def events(results: Path) -> list[dict[str, str]]:
    """Those of the latest run."""
    found = [json.loads(line) for line in (results / "events.jsonl").read_text().splitlines()]
    last = max(index for index, event in enumerate(found) if event["event"] == "run")
    return found[last:]


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_flipped_bit_anywhere_is_found_and_repaired(
    seed: int, tiny: Path, tmp_path: Path, places: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bit in one file of each kind of artifact, file after file: found, named, made again."""
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "cache"))
    results, shared = tmp_path / "results", tmp_path / "store"
    assert call(tiny, places) == 0
    scores = {path: path.read_bytes() for path in results.rglob("cells/**/*.csv")}
    student = make_student(tiny, results, shared, tmp_path)
    kinds = {path.relative_to(shared).parts[0] for path in files(shared)}
    assert kinds == {"teacher", "tokens", "documents", "sentences", "bitext", "student", "run"}
    draw = random.Random(seed)  # noqa: S311 - no secret
    everything = [path.relative_to(shared) for path in files(shared)]
    for number in range(max(len(list(files(kind))) for kind in shared.glob("*/*"))):
        make_student(tiny, results, shared, tmp_path)
        damaged = []
        for artifact in sorted(shared.glob("*/*")):
            own = list(files(artifact))
            damaged.append(own[number % len(own)])
            flip(damaged[-1], draw)
        shutil.rmtree(results / "cells")
        assert call(tiny, places) == 0
        named = " ".join(event["text"] for event in events(results) if event["event"] == "repaired")
        assert [path for path in damaged if str(path) not in named] == []
        assert {path: path.read_bytes() for path in scores} == scores
    assert not student.exists()
    assert {p.relative_to(shared) for p in files(shared)} == {
        path for path in everything if path.parts[0] != "student"
    }


def make_student(suite: Path, results: Path, shared: Path, folder: Path) -> Path:
    """Leave a student in the store, as a run that was killed right after its training does."""
    read = read_suite(suite).suite
    stages = plan_stages(read, select(read, ["qsw-en/optical/seed=1"]))
    store = Store(shared=shared, results=results)
    (student,) = (stage for stage in walk(stages.values()) if stage.kind == "student")
    if not store.done(student):
        store.make(student, Context(fetch=Cache(folder / "cache")))
    return store.folder(student)


def test_a_flipped_bit_in_a_cell_or_in_the_comparisons(
    tiny: Path,
    tmp_path: Path,
    places: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What the table is made from is compared before it is drawn, in every file of a cell."""
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "cache"))
    results = tmp_path / "results"
    assert call(tiny, places) == 0
    kept = {
        path: path.read_bytes()
        for path in files(results)
        if path.name in {"scores.csv", "run.trec.gz", "training.jsonl", "comparisons.json"}
    }
    draw = random.Random(3)  # noqa: S311 - no secret
    cell = list(files(results / "cells" / ONLY[1]))
    assert {path.name for path in cell} == {
        *("scores.csv", "run.trec.gz", "training.jsonl", "plans.json", "notes.json", "record.json")
    }
    for path in (*cell, results / "comparisons.json"):
        flip(path, draw)
        capsys.readouterr()
        assert call(tiny, places) == 0
        assert {each: each.read_bytes() for each in kept} == kept
        out = capsys.readouterr().out.replace("\n", "")
        if path.parent != results:
            assert "damaged, " in out
            assert str(path) in out


@pytest.mark.parametrize("name", ["state.json", "state.safetensors", "record.json"])
def test_a_damaged_checkpoint_is_not_used(name: str, tmp_path: Path, tiny: Path) -> None:
    """A flipped bit in a checkpoint: training begins anew, says so, and gives the same student."""
    read = read_suite(tiny).suite
    stages = plan_stages(read, select(read, ["qsw-en/optical/seed=1"]))
    (student,) = (stage for stage in walk(stages.values()) if stage.kind == "student")
    store = Store(shared=tmp_path / "store", results=tmp_path / "results")
    said: list[str] = []
    context = Context(fetch=Cache(tmp_path / "cache"), says=said.append)
    for needed in walk([student]):
        store.make(needed, context)
    whole = {path.name: path.read_bytes() for path in files(store.folder(student))}
    store.drop(student)

    def stop(done: int, total: int, note: str) -> None:
        if done == 7:
            raise KeyboardInterrupt

    often = Context(fetch=context.fetch, says=said.append, progress=stop, checkpoint_every=0.0)
    with pytest.raises(KeyboardInterrupt):
        store.make(student, often)
    (saved,) = store.checkpoints()
    path = tmp_path / "store" / "checkpoint" / saved / name
    flip(path, random.Random(4))  # noqa: S311 - no secret
    said.clear()
    store.make(student, context)
    again = {path.name: path.read_bytes() for path in files(store.folder(student))}
    assert {n: b for n, b in again.items() if n != "record.json"} == {
        n: b for n, b in whole.items() if n != "record.json"
    }
    assert store.checkpoints() == set()
    assert len(said) == (name != "record.json")
    assert all(
        text.startswith("the checkpoint is damaged, so training starts again: ") for text in said
    )


def test_a_resumed_stage_equals_an_uninterrupted_one(tmp_path: Path, tiny: Path) -> None:
    """Stopped at steps 3 and 8 and gone on from its checkpoints, a student is the same bit for bit."""
    read = read_suite(tiny).suite
    stages = plan_stages(
        read, [cell for cell in cells(read) if str(cell) == "qsw-en/optical/seed=2"]
    )
    (student,) = (stage for stage in walk(stages.values()) if stage.kind == "student")
    store = Store(shared=tmp_path / "store", results=tmp_path / "results")
    context = Context(fetch=Cache(tmp_path / "cache"))
    for needed in walk([student]):
        cost = store.make(needed, context)
    whole = {path.name: path.read_bytes() for path in files(store.folder(student))}
    store.drop(student)
    seen: list[int] = []
    for stop in (3, 8, 0):

        def progress(done: int, total: int, note: str, stop: int = stop) -> None:
            seen.append(done)
            if done == stop:
                raise KeyboardInterrupt

        often = Context(fetch=context.fetch, progress=progress, checkpoint_every=0.0)
        if stop:
            with pytest.raises(KeyboardInterrupt):
                store.make(student, often)
        else:
            resumed = store.make(student, often)
    assert seen == [1, 2, 3, *range(1, 9), *range(1, 13)]
    again = {path.name: path.read_bytes() for path in files(store.folder(student))}
    del whole["record.json"], again["record.json"]
    assert again == whole
    assert (resumed.examples, resumed.tokens) == (cost.examples, cost.tokens)
    assert store.checkpoints() == set()
