from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ir_measures
import pytest

Call = Callable[..., subprocess.CompletedProcess[str]]

MEASURES = ("AP", "nDCG@10", "RR@10", "R@100")
SUITE = """\
[suite]
name = "mine"
seeds = [1]
measures = ["AP", "nDCG@10", "RR@10", "R@100"]
[collection]
source = "files"
folder = "data"
[teacher]
backbone = "scratch"
training = {}
[statistics]
flips = 1000
resamples = 1000
[[pair]]
query = "sw"
resource = "low"
[[method]]
name = "bm25"
[[method]]
name = "outside"
missing = "zero"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a suite of two untrained methods: grades 0 to 2, one topic without a line."""
    from clirbench.cli import main

    root = tmp_path_factory.mktemp("export")
    data, runs = root / "data", root / "runs"
    data.mkdir()
    runs.mkdir()
    words = ["red", "green", "blue", "white", "black"]
    documents = [
        {"id": f"d{i:02}", "text": f"{words[i % 5]} {words[i % 3]} {words[i % 2]} thing {i}"}
        for i in range(30)
    ]
    (data / "docs.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in documents))
    for language in ("sw", "en"):
        topics = [f"t{i}\t{words[i]} {words[(i + 1) % 5]}\n" for i in range(5)]
        (data / f"topics.{language}.tsv").write_text("".join(topics))
    judged = [f"t{t} 0 d{i:02} {(i + t) % 3}\n" for t in range(5) for i in range(t, 30, 7)]
    (data / "qrels").write_text("".join(judged))
    ranked = [
        f"t{t} Q0 d{(i * 7 + t) % 30:02} {i + 1} {20 - i / 3:.6f} x\n"
        for t in range(4)
        for i in range(30)
    ]
    (runs / "sw-en.trec").write_text("".join(ranked))
    (root / "mine.toml").write_text(SUITE)
    places = ["--results", str(root / "results"), "--store", str(root / "store")]
    assert main(["run", str(root / "mine.toml"), *places]) == 0
    return root


@pytest.fixture
def export(folder: Path, tmp_path: Path, command: Call) -> Callable[..., Path]:
    """Exports the results, and gives the folder."""

    def call(*arguments: str, status: int = 0) -> Path:
        words = ("--output", tmp_path / "out", "--suite", folder / "mine.toml", *arguments)
        done = command("export", folder / "results", *words)
        assert done.returncode == status, done.stdout + done.stderr
        return tmp_path / "out"

    return call


def recorded(folder: Path, method: str) -> dict[tuple[str, str], float]:
    """Measure and topic → value, as the results have them."""
    path = folder / "results" / "cells" / "sw-en" / method / "scores.csv"
    with path.open(newline="") as file:
        return {
            (measure, row["topic"]): float(row[measure])
            for row in csv.DictReader(file)
            for measure in MEASURES
        }


def providers() -> Iterator[Any]:
    """Those of ir-measures that are installed and have a measure; for ranx see below.

    trectools gives NaN for a topic without results.
    """
    parsed = [ir_measures.parse_measure(measure) for measure in MEASURES]
    for name, provider in ir_measures.providers.registry.items():
        able = any(map(provider.supports, parsed)) and name not in {"ranx", "trectools"}
        if able and provider.is_available():
            yield pytest.param(provider, id=name)


@pytest.mark.parametrize("method", ["bm25", "outside"])
@pytest.mark.parametrize("provider", list(providers()))
def test_other_evaluators_agree(
    provider: Any,  # noqa: ANN401 - ir-measures'
    method: str,
    folder: Path,
    export: Callable[..., Path],
) -> None:
    """Whatever provider scores the exported run finds the results' own numbers."""
    if (provider.NAME, method) == ("cwl_eval", "bm25"):
        pytest.skip("cwl_eval divides AP by the relevant documents found, not by all")
    out = export()
    qrels = list(ir_measures.read_trec_qrels(str(out / "judgments" / "sw-en.qrels")))
    run = list(ir_measures.read_trec_run(str(out / "runs" / "sw-en" / f"{method}.trec")))
    expected = recorded(folder, method)
    for measure in map(ir_measures.parse_measure, MEASURES):
        if provider.supports(measure):
            for metric in provider.iter_calc([measure], qrels, run):
                key = str(measure), metric.query_id
                assert metric.value == pytest.approx(expected[key], abs=1e-9), key


@pytest.mark.slow
@pytest.mark.parametrize("method", ["bm25", "outside"])
def test_ranx_agrees(method: str, folder: Path, export: Callable[..., Path]) -> None:
    """Ranx reads the files, and finds the same means."""
    ranx = pytest.importorskip("ranx", reason="needs ranx: pip install clirbench[agreement]")
    out = export()
    qrels = ranx.Qrels.from_file(str(out / "judgments" / "sw-en.qrels"), kind="trec")
    run = ranx.Run.from_file(str(out / "runs" / "sw-en" / f"{method}.trec"), kind="trec")
    expected = recorded(folder, method)
    names = {"AP": "map", "nDCG@10": "ndcg@10", "RR@10": "mrr@10", "R@100": "recall@100"}
    for measure, name in names.items():
        values = [value for (own, _), value in expected.items() if own == measure]
        found = ranx.evaluate(qrels, run, name, make_comparable=True)
        assert found == pytest.approx(sum(values) / len(values), abs=1e-9), measure


def test_trec_files(folder: Path, export: Callable[..., Path]) -> None:
    """A run and its scores for each cell, named after it; the scores are as `trec_eval -q` has them."""
    out = export()
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert files == {
        "judgments/sw-en.qrels",
        *(f"runs/sw-en/{method}.trec" for method in ("bm25", "outside")),
        *(f"scores/sw-en/{method}.eval" for method in ("bm25", "outside")),
    }
    given = gzip.decompress((folder / "results/cells/sw-en/outside/run.trec.gz").read_bytes())
    exported = (out / "runs/sw-en/outside.trec").read_text()
    assert exported.replace(" outside\n", " clirbench\n") == given.decode()
    lines = [
        line.split("\t") for line in (out / "scores/sw-en/outside.eval").read_text().splitlines()
    ]
    found = {(measure, topic): float(value) for measure, topic, value in lines}
    expected = recorded(folder, "outside")
    assert {key: value for key, value in found.items() if key[1] != "all"} == expected
    for measure in MEASURES:
        own = [value for key, value in expected.items() if key[0] == measure]
        assert found[measure, "all"] == pytest.approx(sum(own) / 5)
    assert (folder / "data/qrels").read_text() == (out / "judgments/sw-en.qrels").read_text()


def test_csv_and_parquet_hold_the_same(folder: Path, export: Callable[..., Path]) -> None:
    """Row for row and to the last bit; pyarrow reads the types back."""
    parquet = pytest.importorskip("pyarrow.parquet")
    out = export("--format", "csv", "parquet")
    for part in ("runs", "judgments", "scores"):
        with (out / f"{part}.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        table = parquet.read_table(out / f"{part}.parquet")
        assert table.column_names == list(rows[0])
        assert len(rows) == table.num_rows
        for row, own in zip(rows, table.to_pylist(), strict=True):
            assert row == {
                key: "" if v is None else repr(v) if isinstance(v, float) else str(v)
                for key, v in own.items()
            }
    with (out / "scores.csv").open(newline="") as file:
        found = {
            (row["measure"], row["topic"]): float(row["value"])
            for row in csv.DictReader(file)
            if row["method"] == "bm25"
        }
    assert found == recorded(folder, "bm25")


def test_missing_runs_are_said(folder: Path, export: Callable[..., Path], tmp_path: Path) -> None:
    """A folder committed without its runs gives all else; exit 3, or 0 if runs are not asked for."""
    run = folder / "results/cells/sw-en/bm25/run.trec.gz"
    kept = run.read_bytes()
    run.unlink()
    try:
        out = export(status=3)
        assert {path.stem for path in (out / "runs/sw-en").iterdir()} == {"outside"}
        assert {path.stem for path in (out / "scores/sw-en").iterdir()} == {"bm25", "outside"}
        export("--what", "judgments", "scores")
    finally:
        run.write_bytes(kept)


def test_a_changed_run_is_not_exported(folder: Path, tmp_path: Path, command: Call) -> None:
    """A run that is not the one that was scored would give other numbers."""
    run = folder / "results/cells/sw-en/bm25/run.trec.gz"
    kept = run.read_bytes()
    run.write_bytes(gzip.compress(b"t0 Q0 d00 1 1 x\n"))
    try:
        done = command("export", folder / "results", "--output", tmp_path, "--what", "runs")
        assert done.returncode == 2
        assert "run.trec.gz: " in done.stderr
    finally:
        run.write_bytes(kept)


def test_judgments_need_the_collection(folder: Path, tmp_path: Path, command: Call) -> None:
    """The suite's copy does not know where its folder starts from: then --suite is told of."""
    done = command("export", folder / "results", "--output", tmp_path / "out")
    assert done.returncode == 2
    assert "--suite FILE" in done.stderr
    assert not (tmp_path / "out").exists()
    done = command(
        "export", folder / "results", "--output", tmp_path / "out", "--what", "runs", "scores"
    )
    assert done.returncode == 0, done.stderr


def test_another_collection_is_refused(folder: Path, export: Callable[..., Path]) -> None:
    """Judgments that are not those of the scores are not written beside them."""
    path = folder / "data" / "qrels"
    kept = path.read_text()
    path.write_text(kept.replace("t0 0 d00 0", "t0 0 d00 1"))
    try:
        export("--what", "judgments", status=2)
    finally:
        path.write_text(kept)


def test_without_pyarrow(
    folder: Path, tmp_path: Path, command: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    words = ("--output", tmp_path, "--format", "parquet", "--what", "scores")
    done = command("export", folder / "results", *words)
    assert done.returncode == 2
    assert 'pip install "clirbench[parquet]"' in done.stderr


def test_without_pyarrow_nothing_is_written(
    folder: Path, tmp_path: Path, command: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A format that cannot be written is found before another one is."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    out = tmp_path / "out"
    words = ("--output", out, "--format", "csv", "parquet", "--suite", folder / "mine.toml")
    done = command("export", folder / "results", *words)
    assert done.returncode == 2
    assert 'pip install "clirbench[parquet]"' in done.stderr
    assert not out.exists()


def test_names_come_out_as_they_are(
    write_results: Callable[..., Path], tmp_path: Path, command: Call
) -> None:
    """A name with the signs of CSV comes back from a parser."""
    nasty = "a,\"50%_&<b>';=1"
    results = write_results("r", {f"sw-en/{nasty}/seed=2": {"t1": 0.5, "t2": 1 / 3}})
    out = tmp_path / "out"
    words = ("--output", out, "--format", "csv", "--what", "scores")
    done = command("export", results, *words)
    assert done.returncode == 0, done.stderr
    with (out / "scores.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["method"], row["seed"], row["topic"]) for row in rows} == {
        (nasty, "2", "t1"),
        (nasty, "2", "t2"),
    }
    assert {float(row["value"]) for row in rows if row["topic"] == "t2"} == {1 / 3, 1 / 6}


def test_nothing_done(write_results: Callable[..., Path], tmp_path: Path, command: Call) -> None:
    """Results without a cell exit with 4, and a folder that is none with 2."""
    words = ("--output", tmp_path / "out")
    assert command("export", write_results("r", {}), *words).returncode == 4
    assert command("export", tmp_path / "nowhere", *words).returncode == 2
    assert not (tmp_path / "out").exists()
