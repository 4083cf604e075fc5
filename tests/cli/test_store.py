from __future__ import annotations

from pathlib import Path

import pytest

from clirbench.artifacts.artifact import filling
from clirbench.artifacts.meter import Cost
from clirbench.artifacts.uses import Use
from clirbench.cli import main


def make(folder: Path, kind: str, identity: str, inputs: dict[str, str]) -> Path:
    """An artifact that rests on others."""
    place = folder / kind / identity if kind != "cell" else folder
    with filling(
        place, kind=kind, identity=identity, title=f"{kind} title", settings={"x": [dict(inputs)]}
    ) as (
        inside,
        commit,
    ):
        (inside / "data").write_text(identity * 10)
        commit(Cost(seconds=0.0))
    return place


TEACHER, OLD, RUN, CELL = ("1" * 40, "2" * 40, "3" * 40, "4" * 40)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Two teachers and a run of the first, and the results of a cell that rests on that run."""
    folder = tmp_path / "store"
    make(folder, "teacher", TEACHER, {})
    make(folder, "teacher", OLD, {})
    make(folder, "run", RUN, {"encoder": TEACHER})
    make(tmp_path / "results" / "cells" / "a-b" / "m", "cell", CELL, {"run": RUN})
    return folder


def test_list(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every artifact is listed with its size."""
    assert main(["store", "list", "--store", str(store)]) == 0
    out = capsys.readouterr().out
    assert "3 artifacts, 1 KiB" in out
    assert out.count("400 B") == 3
    assert "teacher title" in out


def test_a_single_artifact_is_counted_as_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The noun goes with the number."""
    make(tmp_path / "one", "teacher", TEACHER, {})
    assert main(["store", "verify", "--store", str(tmp_path / "one")]) == 0
    assert "1 artifact, 0 damaged" in capsys.readouterr().out


def test_verify_finds_a_flipped_bit(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A damaged artifact is named, with exit status 3."""
    assert main(["store", "verify", "--store", str(store)]) == 0
    path = store / "teacher" / OLD / "data"
    path.write_text("x" + path.read_text()[1:])
    assert main(["store", "verify", "--store", str(store)]) == 3
    assert f"damaged: {path}: sha256" in capsys.readouterr().out.replace("\n", "")


def test_verify_finds_a_damaged_record(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An artifact whose record cannot be trusted is named, too."""
    path = store / "teacher" / OLD / "record.json"
    path.write_text(path.read_text().replace("teacher title", "teacher tidle"))
    assert main(["store", "verify", "--store", str(store)]) == 3
    out = capsys.readouterr().out.replace("\n", "")
    assert f"damaged: {path}: failed its own checksum" in out
    assert "3 artifacts, 1 damaged" in out


def test_prune_keeps_what_results_rest_on(store: Path, tmp_path: Path) -> None:
    """What a cell was made from stays, through all steps; the rest goes."""
    assert main(["store", "prune", "--store", str(store), "--keep", str(tmp_path / "results")]) == 0
    left = sorted(path.name for path in store.glob("*/*"))
    assert left == [TEACHER, RUN]


@pytest.mark.parametrize("keep", [[], ["--keep", "nowhere"]])
def test_prune_deletes_nothing_unasked(
    keep: list[str], store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without results to keep, or with a folder that has none, nothing goes."""
    assert main(["store", "prune", "--store", str(store), *keep]) == 2
    assert len(list(store.glob("*/*"))) == 3
    assert "--keep" in capsys.readouterr().err


def test_prune_leaves_what_a_run_uses(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a run at work may read stays until it has ended, and prune says so."""
    words = ["store", "prune", "--store", str(store), "--keep", str(tmp_path / "results")]
    with Use(store).begun([OLD]):
        assert main(words) == 0
        out = capsys.readouterr().out.replace("\n", " ")
        assert "0 artifacts deleted, 0 B; 3 kept, 1 of them because a run in progress uses" in out
    assert main(words) == 0
    assert "1 artifact deleted, 400 B; 2 kept" in capsys.readouterr().out


def test_a_store_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is named must be there; that of the cache may come later."""
    for action in ("list", "verify", "prune"):
        assert main(["store", action, "--store", str(tmp_path / "nosuch")]) == 2
        said = capsys.readouterr()
        assert (said.out, said.err) == ("", f"--store {tmp_path / 'nosuch'}: no such folder\n")
