from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.data.sources.files import Files
from clirbench.spec.commented import commented
from clirbench.spec.read import read_suite
from clirbench.spec.shipped import SAMPLE, shipped

Call = Callable[..., subprocess.CompletedProcess[str]]


def no_fetch(download: object) -> Path:
    """Own files need no download."""
    raise AssertionError(download)


@pytest.mark.parametrize("collection", [*shipped(), "files"])
def test_every_collection_has_a_suite(collection: str, tmp_path: Path, command: Call) -> None:
    """What is written can be read, is named after its file, and is commented."""
    (tmp_path / "suites").mkdir()
    (tmp_path / "clef").mkdir()  # of a collection that cannot be fetched
    path = tmp_path / "suites" / "mine.toml"
    done = command("init", path, "--collection", collection)
    assert done.returncode == 0, done.stderr
    suite = read_suite(path).suite
    assert suite.name == "mine"
    if collection == "files":
        assert suite.collection == Files(folder=tmp_path / "suites" / "mine-data")
    else:
        original = tomllib.loads(shipped()[collection].read_text(encoding="utf-8"))
        original["suite"]["name"] = "mine"
        assert tomllib.loads(path.read_text(encoding="utf-8")) == original
    lines = path.read_text(encoding="utf-8").splitlines()
    keys = [number for number, line in enumerate(lines) if re.match("[a-z_]+ = ", line)]
    first = {lines[number].split(" = ")[0]: number for number in reversed(keys)}
    assert all(lines[number - 1].startswith("# ") for number in first.values())
    assert all(len(line) <= 100 for line in lines if line.startswith("# Left at their defaults"))


def test_shipped_suites_are_found_by_name_and_by_collection(root: Path) -> None:
    """Each file under its own name, and the first of a collection under the collection's."""
    found = shipped()
    for path in (root / "suites").glob("*.toml"):
        assert found[path.stem].read_bytes() == path.read_bytes()  # installed, they are copies
        assert tomllib.loads(path.read_text())["collection"]["source"].split(":")[0] in found
    assert found["synthetic"] == found["quick"]


def test_nothing_is_overwritten(tmp_path: Path, command: Call) -> None:
    """Neither a suite without --force, nor ever a folder of data."""
    path, data = tmp_path / "mine.toml", tmp_path / "mine-data"
    path.write_text("own")
    data.mkdir()
    done = command("init", path, "--collection", "files")
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert path.read_text() == "own"
    done = command("init", path, "--collection", "files", "--force")
    assert done.returncode == 0
    assert path.read_text() != "own"
    assert "left as it is" in done.stdout
    assert list(data.iterdir()) == []


def test_wrong_places_and_names(tmp_path: Path, command: Call) -> None:
    """An unknown collection is told with the known ones; what cannot be written exits with 2."""
    done = command("init", tmp_path / "a.toml", "--collection", "filse")
    assert done.returncode == 2
    assert 'did you mean "files"?' in done.stderr
    assert command("init", tmp_path / "nowhere" / "a.toml").returncode == 2
    done = command("init", tmp_path / "50%_&<b>.toml")
    assert done.returncode == 0
    assert read_suite(tmp_path / "50%_&<b>.toml").suite.name == "50-_--b-"
    path = tmp_path / f"{'x' * 100}.toml"
    assert command("init", path).returncode == 0
    assert read_suite(path).suite.name == "x" * 80
    (tmp_path / "b-data").touch()
    done = command("init", tmp_path / "b.toml", "--collection", "files")
    assert done.returncode == 2
    assert "b-data: cannot be written: File exists" in done.stderr


def test_the_sample_is_whole(tmp_path: Path) -> None:
    """The source reads all of the sample, and its judgments are of its topics and documents."""
    for name, text in SAMPLE.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    source = Files(folder=tmp_path)
    assert source.content("sw")
    documents = {document.id for document in source.documents(no_fetch, "en")}
    judgments = source.judgments(no_fetch, "sw")
    assert (
        set(judgments) == set(source.topics(no_fetch, "sw")) == set(source.topics(no_fetch, "en"))
    )
    assert {one for grades in judgments.values() for one in grades} <= documents
    assert len(list(source.pairs(no_fetch, "sw"))) == 10


@pytest.mark.slow
def test_the_suite_of_own_files_runs(tmp_path: Path, clirbench: Call) -> None:
    """As it is, but for the teacher, which here is made from scratch and not downloaded."""
    path = tmp_path / "mine.toml"
    assert clirbench("init", path, "--collection", "files").returncode == 0
    (tmp_path / "mine-data" / "training.tsv").write_text(
        "elephants\tThey live.\nlake\tFish live.\n"
    )
    scratch = ("--set", "teacher.backbone=scratch", "--set", "teacher.training={ epochs = 1 }")
    small = ("--set", "teacher.scratch={ vocabulary = 200 }", "--set", "suite.seeds=[1]")
    done = clirbench("run", path, *scratch, *small, "--store", tmp_path / "store")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mine: MAP" in done.stdout


def test_what_is_left_alone_is_named_with_its_default() -> None:
    """The keys that a suite does not set stand in a comment, once; odd keys are quoted."""
    values = {
        "retrieval": {"depth": 7},
        "collection": {"source": "synthetic", "features": {"q w": {"cognates": 0.5}}},
        "method": [{"name": "bm25"}, {"name": "bm25", "label": "b"}],
    }
    text = commented(values)
    assert tomllib.loads(text) == values
    assert text.count("k1 = 0.9") == 1
    assert "concepts = 300" in text
    assert "# Documents kept for each topic" in text
