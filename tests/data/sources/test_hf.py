from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ir_measures
import pytest

from clirbench.cli import main
from clirbench.data.base import Document, Download
from clirbench.data.sources import hf as module
from clirbench.data.sources.hf import HF
from clirbench.errors import DataError
from clirbench.retrieval.run import read_run

datasets = pytest.importorskip("datasets")

CORPUS = [
    {"_id": "d1", "title": "Tabora", "text": "A station on the railway."},
    {"_id": "d2", "title": "", "text": "Cloves of Pemba"},
    {"_id": "d3", "title": "Arusha", "text": ""},
    {"_id": "d4", "title": "", "text": ""},
]
QUERIES = [
    {"_id": "q1", "text": "kituo cha Tabora"},
    {"_id": "q2", "text": "karafuu za Pemba"},
    {"_id": "q3", "text": "swali"},
]
QRELS = [
    {"query-id": "q1", "corpus-id": "d1", "score": 2},
    {"query-id": "q1", "corpus-id": "d3", "score": 0},
    {"query-id": "q2", "corpus-id": "d2", "score": 1},
]
MIRACL = [
    {
        "query_id": "1",
        "query": "mto mrefu?",
        "positive_passages": [{"docid": "1#0", "title": "Nile", "text": "mto mrefu"}],
        "negative_passages": [{"docid": "2#0", "title": "Kongo", "text": "mto mpana"}],
    },
    {
        "query_id": "2",
        "query": "mto mpana?",
        "positive_passages": [{"docid": "2#0", "title": "Kongo", "text": "mto mpana"}],
        "negative_passages": [],
    },
]


def no_fetch(download: Download) -> Path:
    """The package fetches for itself."""
    raise AssertionError(download)


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is asked of the hub, and nothing of the user's cache is read."""
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    module._loaded.cache_clear()  # noqa: SLF001 - paths of other tests


def saved(folder: Path, parts: dict[str, dict[str, list[dict[str, Any]]]]) -> Path:
    """Configurations as `save_to_disk` writes them: name, splits, rows."""
    for part, splits in parts.items():
        made = {split: datasets.Dataset.from_list(rows) for split, rows in splits.items()}
        datasets.DatasetDict(made).save_to_disk(str(folder / part))
    return folder


@pytest.fixture
def mteb(tmp_path: Path) -> Path:
    """A data set in MTEB's layout."""
    parts = {
        "corpus": {"corpus": CORPUS},
        "queries": {"queries": QUERIES},
        "default": {"test": QRELS, "train": [{**QRELS[0], "query-id": "q3"}]},
    }
    return saved(tmp_path / "mteb", parts)


def test_mteb(mteb: Path) -> None:
    """Documents, judged topics, judgments of the split; the rest is counted."""
    source = HF(folder=mteb)
    assert list(source.documents(no_fetch, "en")) == [
        Document("d1", "Tabora A station on the railway."),
        Document("d2", "Cloves of Pemba"),
        Document("d3", "Arusha"),
    ]
    assert source.topics(no_fetch, "sw") == {"q1": "kituo cha Tabora", "q2": "karafuu za Pemba"}
    assert source.judgments(no_fetch, "sw") == {"q1": {"d1": 2, "d3": 0}, "q2": {"d2": 1}}
    assert HF(folder=mteb, split="train").topics(no_fetch, "sw") == {"q3": "swali"}
    assert source.left_out(no_fetch, "sw")["empty document"] == ("d4",)
    before = source.content("sw")
    (mteb / "more").write_text("x")
    assert source.content("sw") != before


def test_files_that_load_dataset_finds(tmp_path: Path) -> None:
    """A folder with a card that names its configurations, as on the hub."""
    folder = tmp_path / "card"
    folder.mkdir()
    card = ["---", "configs:"]
    for part, split, rows in (
        ("corpus", "corpus", CORPUS),
        ("queries", "queries", QUERIES),
        ("default", "test", QRELS),
    ):
        (folder / f"{part}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        card += [f"- config_name: {part}", "  data_files:"]
        card += [f"  - split: {split}", f"    path: {part}.jsonl"]
    (folder / "README.md").write_text("\n".join([*card, "---", ""]))
    source = HF(folder=folder)
    assert source.topics(no_fetch, "sw") == {"q1": "kituo cha Tabora", "q2": "karafuu za Pemba"}
    assert len(list(source.documents(no_fetch, "en"))) == 3


def test_miracl(tmp_path: Path) -> None:
    """Rows hold their passages: these are the documents."""
    folder = saved(tmp_path / "miracl", {"sw": {"dev": MIRACL}})
    source = HF(folder=folder, documents_language="sw", topics_part="{language}", split="dev")
    assert source.topics(no_fetch, "sw") == {"1": "mto mrefu?", "2": "mto mpana?"}
    assert source.judgments(no_fetch, "sw") == {"1": {"1#0": 1, "2#0": 0}, "2": {"2#0": 1}}
    assert list(source.documents(no_fetch, "sw")) == [
        Document("1#0", "Nile mto mrefu"),
        Document("2#0", "Kongo mto mpana"),
    ]


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"split": "dev"}, r"default: no split dev; it has test, train"),
        (
            {"judgments_part": "queries", "split": "queries"},
            "expected query-id, corpus-id and score",
        ),
        ({"topics_part": "none"}, "none: cannot be loaded"),
    ],
)
def test_faults(mteb: Path, settings: dict[str, str], error: str) -> None:
    """Each names the data set and the part."""
    with pytest.raises(DataError, match=error):
        HF(folder=mteb, **settings).topics(no_fetch, "sw")  # type: ignore[arg-type]


def test_an_id_that_is_not_there() -> None:
    """Without the hub, what the cache has not cannot be had."""
    with pytest.raises(DataError, match=r"hf:no-one/nothing: .*cannot be loaded"):
        HF(dataset="no-one/nothing").topics(no_fetch, "sw")
    with pytest.raises(DataError, match="hf: needs dataset, an id such as mteb/scifact, or folder"):
        HF().topics(no_fetch, "sw")
    with pytest.raises(ValueError, match=r"takes either dataset \(an id\) or folder, not both"):
        HF(dataset="x/y", folder=Path())


def test_scores_are_those_of_ir_measures(
    mteb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the folder to the figures, by the command line."""
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "own"))
    suite = tmp_path / "suite.toml"
    suite.write_text(
        '[suite]\nname = "folder"\nseeds = [1]\nmeasures = ["AP"]\n'
        '[collection]\nsource = "hf"\nfolder = "mteb"\n'
        '[teacher]\nbackbone = "none/needed"\n[statistics]\nflips = 1000\nresamples = 1000\n'
        '[[pair]]\nquery = "sw"\nresource = "low"\n[[method]]\nname = "bm25"\n'
    )
    places = ["--results", str(tmp_path / "results"), "--store", str(tmp_path / "store")]
    assert main(["run", str(suite), *places]) == 0
    cell = tmp_path / "results/cells/sw-en/bm25"
    found = dict(line.split(",") for line in (cell / "scores.csv").read_text().splitlines()[1:])
    qrels = [ir_measures.Qrel(r["query-id"], r["corpus-id"], r["score"]) for r in QRELS]  # type: ignore[arg-type]
    theirs = ir_measures.iter_calc([ir_measures.AP], qrels, read_run(cell / "run.trec.gz"))
    assert {topic: float(value) for topic, value in found.items()} == {
        metric.query_id: pytest.approx(metric.value, abs=1e-9) for metric in theirs
    }
