from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import ir_measures
import pytest

from clirbench.cli import main
from clirbench.data.base import Document, Download
from clirbench.data.sources.beir import BEIR
from clirbench.errors import DataError

CORPUS = [
    {"_id": "d1", "title": "Tabora", "text": "A station on the railway.", "metadata": {}},
    {"_id": "d2", "title": "", "text": "Cloves of Pemba"},
    {"_id": "d3", "title": "Arusha", "text": ""},
    {"_id": "d4", "title": "", "text": ""},
    {"_id": "d5", "text": "The railway to Kigoma passes Tabora station"},
]
QUERIES = [
    {"_id": "q1", "text": "kituo cha Tabora", "metadata": {"x": 1}},
    {"_id": "q2", "text": "karafuu za Pemba"},
    {"_id": "q3", "text": "swali la mafunzo"},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td5\t0\nq2\td2\t1\nq9\td2\t1\n"
SUITE = """\
[suite]
name = "folder"
seeds = [1]
measures = ["AP", "nDCG@10"]

[collection]
source = "beir"
folder = "beir"

[teacher]
backbone = "none/needed"

[[pair]]
query = "sw"
resource = "low"

[[method]]
name = "bm25"

[statistics]
flips = 1000
resamples = 1000
"""


def no_fetch(download: Download) -> Path:
    """The user's own files need none."""
    raise AssertionError(download)


def lines(records: Sequence[object]) -> str:
    """JSON lines."""
    return "".join(json.dumps(record) + "\n" for record in records)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A collection as BEIR's own loader has it."""
    made = tmp_path / "beir"
    (made / "qrels").mkdir(parents=True)
    (made / "corpus.jsonl").write_text(lines(CORPUS))
    (made / "queries.jsonl").write_text(lines(QUERIES))
    (made / "qrels" / "test.tsv").write_text(QRELS)
    (made / "qrels" / "train.tsv").write_text("query-id\tcorpus-id\tscore\nq3\td2\t1\n")
    return made


def test_a_collection(folder: Path) -> None:
    """Documents, the topics of the split, its judgments; the rest is counted."""
    source = BEIR(folder=folder)
    assert list(source.documents(no_fetch, "en")) == [
        Document("d1", "Tabora A station on the railway."),
        Document("d2", "Cloves of Pemba"),
        Document("d3", "Arusha"),
        Document("d5", "The railway to Kigoma passes Tabora station"),
    ]
    assert source.topics(no_fetch, "sw") == {"q1": "kituo cha Tabora", "q2": "karafuu za Pemba"}
    assert source.judgments(no_fetch, "sw") == {"q1": {"d1": 2, "d5": 0}, "q2": {"d2": 1}}
    assert {why: ids for why, ids in source.left_out(no_fetch, "sw").items() if ids} == {
        "topic without judgments": ("q3",),
        "judgments of a topic that does not exist": ("q9",),
        "document with a title alone": ("d3",),
        "empty document": ("d4",),
    }
    assert BEIR(folder=folder, split="train").topics(no_fetch, "sw") == {"q3": "swali la mafunzo"}
    content = source.content("sw")
    assert isinstance(content, dict)
    assert content.keys() == {"queries.jsonl", "qrels/test.tsv"}
    assert set(source.test_texts(no_fetch, "sw", "en")) >= {"Tabora", "A station on the railway."}


def test_files_by_language_and_gzip(folder: Path) -> None:
    """A file with the language in its name goes before; any may be compressed."""
    english = [{"_id": "q1", "text": "Tabora station"}, {"_id": "q2", "text": "cloves of Pemba"}]
    (folder / "queries.en.jsonl.gz").write_bytes(gzip.compress(lines(english).encode()))
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(lines(CORPUS).encode()))
    (folder / "corpus.jsonl").unlink()
    source = BEIR(folder=folder)
    assert source.topics(no_fetch, "en") == {"q1": "Tabora station", "q2": "cloves of Pemba"}
    assert source.topics(no_fetch, "sw")["q1"] == "kituo cha Tabora"
    assert len(list(source.documents(no_fetch, "en"))) == 4
    assert source.lacks("translations", "en") is None
    assert BEIR(folder=folder, documents_language="fr").lacks("translations", "fr")
    assert "they are in en" in (source.lacks("documents", "fr") or "")


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("corpus.jsonl", '{"id": "d1", "text": "x"}\n', r"corpus\.jsonl:1: _id: missing"),
        ("corpus.jsonl", lines([CORPUS[0], CORPUS[0]]), 'documents: duplicate id "d1"'),
        ("corpus.jsonl", "", "there are no documents"),
        (
            "queries.jsonl",
            '{"_id": "q1", "text": 3}\n',
            r"queries\.jsonl:1: text: expected a string",
        ),
        (
            "qrels/test.tsv",
            "q1\td1\n",
            r"test\.tsv:1: expected 3 values separated by tabs.*\(got 2\)",
        ),
        ("qrels/test.tsv", QRELS + "q1\td2\tx\n", r'test\.tsv:6: score: expected a whole .*"x"'),
        ("qrels/test.tsv", QRELS + "q1\td1\t1\n", r'test\.tsv:6: document "d1" is judged twice'),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n", "no judgments"),
    ],
)
def test_faults(folder: Path, name: str, text: str, error: str) -> None:
    """Each names the file, the line and what is wrong."""
    (folder / name).write_text(text)
    source = BEIR(folder=folder)
    with pytest.raises(DataError, match=error):  # noqa: PT012 - one of them does
        list(source.documents(no_fetch, "en"))
        source.topics(no_fetch, "sw")


def test_what_is_missing(folder: Path) -> None:
    """The file is named, or the folder."""
    with pytest.raises(DataError, match=r"beir: expected qrels/dev\.tsv$"):
        BEIR(folder=folder, split="dev").topics(no_fetch, "sw")
    with pytest.raises(DataError, match="there is no such folder"):
        BEIR(folder=folder / "none").content("sw")


def test_scores_are_those_of_ir_measures(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the folder to the figures, by the command line."""
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "cache"))
    suite = tmp_path / "suite.toml"
    suite.write_text(SUITE)
    results = tmp_path / "results"
    places = ["--results", str(results), "--store", str(tmp_path / "store")]
    assert main(["run", str(suite), *places]) == 0
    cell = results / "cells/sw-en/bm25"
    with (cell / "scores.csv").open(newline="") as file:
        found = {line["topic"]: float(line["AP"]) for line in csv.DictReader(file)}
    run = ir_measures.read_trec_run(gzip.decompress((cell / "run.trec.gz").read_bytes()).decode())
    judged = [line.split("\t") for line in QRELS.splitlines()[1:] if not line.startswith("q9")]
    qrels = [ir_measures.Qrel(topic, document, int(grade)) for topic, document, grade in judged]
    assert found == {
        metric.query_id: pytest.approx(metric.value, abs=1e-9)
        for metric in ir_measures.iter_calc([ir_measures.AP], qrels, list(run))
    }
    assert found == {"q1": 1.0, "q2": 1.0}
