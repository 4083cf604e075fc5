"""The encoder that a process read last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from torch import nn

from clirbench.artifacts.meter import Cost
from clirbench.cli import main
from clirbench.models.encoder import Encoder
from clirbench.running.last import LastEncoder
from clirbench.running.stage import Context, Stage
from clirbench.running.store import Store

Write = Callable[..., Path]
ROBUST = "[robustness]\nqueries = { typos = [0.3, 0.8], code-mixed = [0.5] }\n\n[statistics]"


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each folder was read."""
    found: Counter[str] = Counter()
    load = Encoder.load

    def counted(folder: Path, over: Path | None = None) -> Encoder:
        found[str(folder)] += 1
        return load(folder, over)

    monkeypatch.setattr(Encoder, "load", counted)
    return found


def test_a_student_is_read_once_for_all_its_topics(
    write_suite: Write, tmp_path: Path, loads: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain and perturbed, four runs; and no stage that trains has an encoder beside it in memory."""
    beside: list[bool] = []
    make = Store.make

    def watched(store: Store, stage: Stage, context: Context) -> Cost:
        if stage.kind == "student":
            beside.append(context.last.kept)
        return make(store, stage, context)

    monkeypatch.setattr(Store, "make", watched)
    suite = write_suite(("[statistics]", ROBUST))
    places = ["--results", str(tmp_path / "results"), "--store", str(tmp_path / "store")]
    only = ["--only", "qsw-en*/optical/*", "--only", "qsw-en*/zero-shot"]
    assert main(["run", str(suite), *places, "--processes", "1", *only]) == 0
    assert len(list(tmp_path.glob("results/cells/*/optical/*/scores.csv"))) == 2 * 4
    read = Counter({Path(name).name: n for name, n in loads.items() if "/student/" in name})
    assert sorted(read.values()) == [1, 1]
    assert beside == [False, False]


def test_one_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one, which is that of a folder and of the model that it was saved over; none on another device."""
    read: list[tuple[str, str | None]] = []

    def load(folder: Path, over: Path | None = None) -> nn.Module:
        read.append((folder.name, over.name if over else None))
        return nn.Linear(1, 1)

    monkeypatch.setattr(Encoder, "load", load)
    last, a, b = LastEncoder(), tmp_path / "a", tmp_path / "b"
    first = last.read(a, None, "cpu")
    assert last.read(a, None, "cpu") is first
    assert last.read(a, b, "cpu") is not first
    assert last.read(b, None, "cpu") is not last.read(a, None, "cpu")
    assert read == [("a", None), ("a", "b"), ("b", None), ("a", None)]
    last.read(a, None, "meta")
    assert len(read) == 5
    assert last.kept
    last.drop()
    assert not last.kept
