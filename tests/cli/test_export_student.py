"""Students taken out of the store, as folders for other libraries."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import clirbench as package
from clirbench.cli import main
from clirbench.errors import CellError, DataError, SuiteError
from clirbench.front.opening import Opening
from clirbench.models.build import build_encoder
from clirbench.results.folder import Folder
from clirbench.running.execution import Execution
from clirbench.spec.cell import Cell
from clirbench.spec.model import Teacher

Call = Callable[..., subprocess.CompletedProcess[str]]
CELL = "qsw-en/optical/seed=1"
ONLY = [CELL, "qsw-en/zero-shot", "qsw-en/bm25"]
TEXTS = ["tosel duk", "gamar", "a word of it, and more words of it"]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, tiny_text: str) -> Iterator[Path]:
    """A folder with a suite, its results, and a store that has the student."""
    folder = tmp_path_factory.mktemp("kept")
    (folder / "tiny.toml").write_text(tiny_text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIRBENCH_CACHE", str(folder / "cache"))
        words = ["run", "tiny.toml", "--results", "results", "--store", "store", "--device", "cpu"]
        patch.chdir(folder)
        only = [word for cell in ONLY for word in ("--only", cell)]
        assert main([*words, *only, "--set", "suite.keep=true", "--set", "training.epochs=1"]) == 0
        yield folder


@pytest.fixture
def own(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that for a test to change, where commands are run."""
    shutil.copytree(kept, tmp_path / "own")
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "own/cache"))
    monkeypatch.chdir(tmp_path / "own")
    return tmp_path / "own"


def _weights(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*.safetensors")
    }


def _export(
    command: Call, output: str, *more: str, cell: str = CELL, results: str = "results"
) -> str:
    done = command(
        "export-student", results, cell, "--output", output, "--store", "store", "--device", "cpu", *more
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_deleted_student_is_made_again_bit_for_bit(own: Path, command: Call) -> None:
    """`keep` keeps it; a run without deletes it, and the same comes of training it again."""
    (student,) = (own / "store/student").glob("[0-9a-f]*")
    said = _export(command, "kept")
    assert "made again" not in said
    again = command(
        "run", "tiny.toml", "--results", "other", "--store", "store", "--only", CELL,
        "--set", "training.epochs=1",
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert not student.exists()
    identities = {
        json.loads((own / name / "cells" / CELL / "record.json").read_text())["identity"]
        for name in ("results", "other")
    }
    assert len(identities) == 1  # `keep` changes no numbers
    said = _export(command, "made", results="other")
    assert f"student {CELL}: not in the store store; it will be made again" in said
    assert "not with the same numbers" not in said
    assert _weights(own / "made") == _weights(own / "kept") != {}
    assert not student.exists()


def test_the_folder_reads_as_the_student_does(own: Path, command: Call) -> None:
    """By clirbench's adapters, and in Python; a cell that trains nothing gives the teacher."""
    _export(command, "out/of/it")
    results = package.load("results")
    vectors = {}
    for cell in (CELL, "qsw-en/zero-shot"):
        student = results.student(cell, store="store", device="cpu", progress=False)
        vectors[cell] = np.concatenate([one.numpy() for one in student.encode(TEXTS)])
        assert (student.trained, student.lengths) == (cell == CELL, (24, 48))
    read = build_encoder(Teacher(backbone="out/of/it", query_length=24, document_length=48), list)
    assert read.reading.adapter == "pylate"
    np.testing.assert_allclose(read.encode(TEXTS, 24).vectors, vectors[CELL], rtol=0, atol=1e-6)
    assert np.abs(vectors[CELL] - vectors["qsw-en/zero-shot"]).max() > 1e-3
    assert not any(path.name.startswith(".") for path in (own / "out/of").iterdir())


def test_the_model_card(own: Path, command: Call) -> None:
    """Languages, method and settings, data with licences, scores with intervals, commands."""
    _export(command, "out", "--layout", "transformers")
    card = (own / "out/README.md").read_text(encoding="utf-8")
    assert card.startswith('---\nlanguage:\n- "qsw"\nlibrary_name: transformers\n')
    method = Folder("results").measures[0].mean("optical", "qsw-en")
    assert method.mean is not None
    assert method.interval is not None
    interval = f"{method.interval.low:.3f} to {method.interval.high:.3f}"
    for text in (
        "AutoModel.from_pretrained",
        "made to read qsw by the method optical",
        "Its teacher, a small encoder trained from scratch",
        "clirbench export-student RESULTS qsw-en/zero-shot",
        "epochs = `1`",
        "arXiv 2301.12566",
        "- seed: 1\n",
        "| learned from, qsw-en | synthetic | Apache-2.0 | 48 pairs |",
        f"| qsw-en | AP | {method.mean:.3f} | {method.mean:.3f} | {interval} | 1 | 12 |",
        "clirbench run suite.toml --set suite.keep=true --set training.epochs=1",
        f"clirbench export-student results {CELL} --output out --layout transformers",
    ):
        assert text in card
    _export(command, "teacher", cell="qsw-en/zero-shot")
    assert "nothing was trained for qsw-en" in (own / "teacher/README.md").read_text()


@pytest.mark.parametrize("kind", ["student", "teacher"])
def test_what_is_damaged_in_the_store_is_made_again(kind: str, own: Path, command: Call) -> None:
    """It is said which file, and the folder is the same."""
    _export(command, "before")
    (file,) = (own / "store" / kind).glob(
        "[0-9a-f]*/*s.safetensors" if kind == "student" else "*/model.safetensors"
    )
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    said = _export(command, "after")
    assert f"damaged, will be made again: {file.relative_to(own)}: sha256" in said
    assert _weights(own / "after") == _weights(own / "before")


def test_what_is_missing_in_the_store_is_made_again(own: Path, command: Call) -> None:
    """Also the teacher, and all that the student was trained with: the folder is the same."""
    _export(command, "before")
    shutil.rmtree(own / "store")
    (own / "store").mkdir()
    said = _export(command, "after")
    assert "teacher scratch: not in the store store; it will be made again" in said
    assert _weights(own / "after") == _weights(own / "before")


def test_a_map_that_reads_documents(
    write_suite: Callable[..., Path], tmp_path: Path, command: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is fitted again; what is taken out is what reads the foreign language, here the documents."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLIRBENCH_CACHE", "cache")
    suite = write_suite(
        ('query = "qde"\n', 'query = "en"\ndocuments = "qde"\n'),
        ('name = "oracle"', 'name = "procrustes"'),
    )
    cell = "en-qde/procrustes"
    done = command("run", suite, "--results", "results", "--store", "store", "--only", cell)
    assert done.returncode == 0, done.stderr
    assert not list(Path("store/map").glob("[0-9a-f]*"))
    _export(command, "out", cell=cell)
    card = Path("out/README.md").read_text(encoding="utf-8")
    assert "made to read qde by the method procrustes" in card
    assert "reads 48 word pieces of a query and 48 of a document" in card
    assert json.loads(Path("out/1_Dense/config.json").read_text())["bias"] is True


def test_what_is_refused(own: Path, command: Call) -> None:
    """Before anything is trained, with what to do."""
    shutil.rmtree(own / "store/student")
    full = own / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    for words, status, text in (
        (["results", CELL, "--output", "full"], 2, "full: the folder is not empty; name a new one"),
        (["results", CELL, "--output", "tiny.toml"], 2, "tiny.toml: is a file; name a new folder"),
        (
            ["results", CELL, "--output", "out", "--layout", "sentence-transformers"],
            2,
            "cannot express this model, which has a vector for each token (late interaction)",
        ),
        (
            ["results", "qsw-en/bm25", "--output", "out"],
            2,
            "bm25 ranks without an encoder, so there is no",
        ),
        (
            ["results", "qsw-en/optical/seed=2", "--output", "out"],
            3,
            "seed=2 is not done: not run; run `cl",
        ),
        (["results", "qsw-en/optica/seed=1", "--output", "out"], 2, f'did you mean "{CELL}"?'),
        (
            ["results", CELL, "--output", "out", "--store", "no"],
            2,
            "--store no: no such folder",
        ),
        (
            ["nowhere", CELL, "--output", "out"],
            2,
            "clirbench: nowhere/settings.json: missing; run `clirbench run`",
        ),
    ):
        store = [] if "--store" in words else ["--store", "store"]
        done = command("export-student", *words, *store)
        assert (done.returncode, text in done.stderr) == (status, True), done.stderr
        assert "made again" not in done.stdout
    assert [path.name for path in full.iterdir()] == ["mine.txt"]
    assert not (own / "out").exists()
    assert not list((own / "store").glob("student/*"))


def test_a_suite_that_is_no_longer_that_of_the_cell(own: Path, command: Call) -> None:
    """Is told from the cell's record; --suite names another."""
    (own / "now.toml").write_text(
        (own / "tiny.toml").read_text().replace("width = 16", "width = 8")
    )
    words = ["export-student", "results", CELL, "--output", "out", "--store", "store", "--suite"]
    done = command(*words, "now.toml")
    assert done.returncode == 2
    assert f"results: {CELL} was made from another suite, data, model or version" in done.stderr
    assert command(*words, "tiny.toml").returncode == 0


def test_a_training_that_goes_otherwise_is_told(own: Path) -> None:
    """By the logs of the run and of the training again."""
    said: list[str] = []
    opening = Opening(
        results=Folder("results"), cell=Cell.parse(CELL), execution=Execution(),
        shown=lambda event: None, says=said.append,
    )  # fmt: skip
    log = (own / "results/cells" / CELL / "training.jsonl").read_text().splitlines()
    (own / "training.jsonl").write_text("\n".join(log) + "\n")
    assert opening.unlike(own) == ""
    log[2] = log[2].replace('"loss": ', '"loss": 1')
    (own / "training.jsonl").write_text("\n".join(log) + "\n")
    assert "its log differs from step 3 on" in opening.unlike(own)


def test_errors_in_python(own: Path) -> None:
    """The same as on the command line."""
    results = package.load("results")
    with pytest.raises(CellError, match="is not done: not run"):
        results.student("qsw-en/optical/seed=2", progress=False)
    student = results.student(CELL, store="store", device="cpu", progress=False)
    with pytest.raises(SuiteError, match='no layout "onnx"; known: transformers, sentence-tr'):
        student.export("out", "onnx")
    (own / "file").touch()
    with pytest.raises(DataError, match="file/out: cannot be written"):
        student.export("file/out")
