from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import ir_datasets
import pytest
from ir_datasets.datasets.base import Dataset
from ir_datasets.formats import TrecQrels, TsvDocPairs, TsvDocs, TsvQueries
from ir_datasets.util import LocalDownload

from clirbench.data.base import TrainingQuery
from clirbench.data.examples import (
    TaughtFrom,
    checksum_of,
    teaching_examples,
    training_examples,
)
from clirbench.data.sources.files import Files
from clirbench.errors import DataError

Register = Callable[..., str]
_NUMBERS = itertools.count()
DOCS = "".join(f"d{n}\tpassage  {n}\n" for n in range(6)) + "d6\t \n"
QUERIES = "q1\tone query\nq2\tanother\nq3\t \n"
QRELS = "q1 0 d0 1\nq1 0 d1 0\nq1 0 d2 2\nq2 0 d3 1\nq2 0 d6 1\nq3 0 d4 1\n"
PAIRS = "q2\td3\td5\nq1\td0\td4\nq1\td0\td6\nq1\td2\td4\n"


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    """Registers small data sets in ir_datasets' own classes, from texts of their files."""
    monkeypatch.setenv("IR_DATASETS_HOME", str(tmp_path / "home"))
    kinds = {
        "docs": lambda file: TsvDocs(file, namespace="x", lang="en"),
        "queries": lambda file: TsvQueries(file, lang="en"),
        "qrels": lambda file: TrecQrels(file, {}),
        "docpairs": TsvDocPairs,
    }
    names: list[str] = []

    def add(**texts: str) -> str:
        parts = []
        number = next(_NUMBERS)
        for kind, text in texts.items():
            path = tmp_path / f"{kind}-{number}"
            path.write_text(text, encoding="utf-8")
            parts.append(kinds[kind](LocalDownload(path)))
        names.append(f"clirbench-test/examples/{number}")
        ir_datasets.registry.register(names[-1], Dataset(*parts))
        return names[-1]

    yield add
    for name in names:
        ir_datasets.registry._registered.pop(name)  # noqa: SLF001 - it cannot forget


def test_triples_of_ir_datasets(register: Register) -> None:
    """Query, positive and negative in the order of the pairs; what has no text is passed over."""
    name = register(docs=DOCS, queries=QUERIES, qrels=QRELS, docpairs=PAIRS)
    everything = [
        TrainingQuery("another", "passage 3", "passage 5"),
        TrainingQuery("one query", "passage 0", "passage 4"),
        TrainingQuery("one query", "passage 2", "passage 4"),
    ]
    assert list(training_examples(f"irds:{name}")) == everything
    assert list(training_examples(f"irds:{name}", 2)) == everything[:2]
    assert checksum_of(f"irds:{name}") is None


def test_judgments_of_ir_datasets(register: Register) -> None:
    """Without pairs of documents, the judgments above 0 are pairs of query and passage."""
    name = register(docs=DOCS, queries=QUERIES, qrels=QRELS)
    everything = [
        TrainingQuery("one query", "passage 0"),
        TrainingQuery("one query", "passage 2"),
        TrainingQuery("another", "passage 3"),
    ]
    assert list(training_examples(f"irds:{name}")) == everything
    assert list(training_examples(f"irds:{name}", 1)) == everything[:1]


def test_no_more_is_read_than_needed(register: Register, tmp_path: Path) -> None:
    """What stands behind the last example wanted may be broken, and costs nothing."""
    name = register(docs=DOCS, queries=QUERIES, docpairs=PAIRS + "no pair at all\n" * 3)
    assert len(list(training_examples(f"irds:{name}", 4))) == 3
    with pytest.raises(
        DataError, match=f"irds:{name}: the pairs of documents cannot be downloaded or read"
    ):
        list(training_examples(f"irds:{name}"))
    path = tmp_path / "triples.tsv"
    path.write_bytes(b"a\tb\tc\nd\te\tf\n\xff\n")
    assert len(list(training_examples(str(path), 2))) == 2
    with pytest.raises(DataError, match=r"triples\.tsv:3: not UTF-8"):
        list(training_examples(str(path)))


def test_what_is_missing(register: Register) -> None:
    """No such id, nothing to learn from, a document that is not there: each is told."""
    with pytest.raises(
        DataError, match='has no "msmarco-passage/train/triples-smal"; did you mean'
    ):
        checksum_of("irds:msmarco-passage/train/triples-smal")
    assert checksum_of("irds:msmarco-passage/train/triples-small") is None
    name = register(docs=DOCS, queries=QUERIES)
    with pytest.raises(DataError, match=f"irds:{name}: has no judgments"):
        list(training_examples(f"irds:{name}"))
    name = register(docs=DOCS, queries=QUERIES, docpairs="q1\td0\td9\n")
    with pytest.raises(DataError, match="a training example names the document d9, which"):
        list(training_examples(f"irds:{name}"))
    name = register(docs=DOCS, queries=QUERIES, docpairs="q9\td0\td1\n")
    with pytest.raises(DataError, match="a training example names the topic q9, which"):
        list(training_examples(f"irds:{name}"))


def test_own_files(tmp_path: Path) -> None:
    """Triples or pairs, packed or not, known by their content."""
    triples, pairs = tmp_path / "triples.tsv.gz", tmp_path / "pairs.tsv"
    triples.write_bytes(gzip.compress(b"q\tgood passage\t bad \nr\ts\tt\n"))
    pairs.write_text("q\tgood\nr\ts\n")
    assert list(training_examples(str(triples))) == [
        TrainingQuery("q", "good passage", "bad"),
        TrainingQuery("r", "s", "t"),
    ]
    assert list(training_examples(str(pairs), 1)) == [TrainingQuery("q", "good")]
    assert checksum_of(str(pairs)) == sha256(pairs.read_bytes()).hexdigest()
    with pytest.raises(DataError, match=r"none\.tsv: cannot be read"):
        checksum_of(str(tmp_path / "none.tsv"))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a\tb\nc\td\te\n", r"2: expected 2, as on the first line, values .* \(got 3\)"),
        (
            "a\n",
            r"1: expected 2 or 3 values separated by tabs, query, positive, negative \(got 1\)",
        ),
        ("a\tb\t\n", "1: negative: empty"),
        ("a\t \tc\n", "1: positive: empty"),
    ],
)
def test_malformed_files(text: str, error: str, tmp_path: Path) -> None:
    """The line and the field are named."""
    path = tmp_path / "t.tsv"
    path.write_text(text)
    with pytest.raises(DataError, match=rf"t\.tsv:{error}"):
        list(training_examples(str(path)))


def folder(path: Path, **texts: str) -> Files:
    """A collection of files."""
    path.mkdir()
    for name, text in texts.items():
        (path / name.replace("_", ".")).write_text(text)
    return Files(folder=path)


def test_collections_teach_what_is_not_tested(tmp_path: Path) -> None:
    """Counts add up; a query or passage with a topic, or with a relevant document's text, stays out."""
    long = "one two three four five six seven eight nine ten"
    plain = folder(
        tmp_path / "a",
        training_tsv=f"first query\tpassage a\nTested Topic!\tpassage b\nthird\tso {long} it is\n",
    )
    judged = folder(
        tmp_path / "b",
        docs_jsonl="".join(
            json.dumps({"id": f"d{n}", "text": f"document {n}"}) + "\n" for n in range(3)
        ),
        topics_en_tsv="t1\ttopic one\nt2\ttopic two\n",
        qrels="t1 0 d0 1\nt1 0 d1 0\nt2 0 d2 2\nt2 0 d0 1\n",
    )

    def taught(limit: int | None) -> tuple[list[TrainingQuery], list[TaughtFrom]]:
        tested = [f"{long} eleven", "tested topic"]
        return teaching_examples([plain, judged], no_fetch, "en", tested=tested, limit=limit)

    found, counts = taught(None)
    assert found == [
        TrainingQuery("first query", "passage a"),
        TrainingQuery("topic one", "document 0"),
        TrainingQuery("topic two", "document 2"),
        TrainingQuery("topic two", "document 0"),
    ]
    assert [(each["read"], each["used"]) for each in counts] == [(3, 1), (3, 3)]
    assert {why: count for why, count in counts[0]["left_out"].items() if count} == {
        "in test text": 1,
        "8 words of test text": 1,
    }
    fewer, counts = taught(2)
    assert fewer == found[:2]
    assert [(each["used"], each["left_out"]["more than are used"]) for each in counts] == [
        (1, 0),
        (1, 2),
    ]
    for each in counts:
        assert each["read"] == each["used"] + sum(each["left_out"].values())


def no_fetch(download: object) -> Path:
    """Nothing is downloaded."""
    raise AssertionError(download)
