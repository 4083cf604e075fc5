from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ir_datasets
import ir_measures
import pytest
from ir_datasets.datasets.base import Dataset
from ir_datasets.datasets.mr_tydi import MrTydiDocs
from ir_datasets.datasets.wikiclir import WikiClirDoc, WikiClirQuery
from ir_datasets.formats import (
    CLIRMatrixQrels,
    CLIRMatrixQueries,
    TrecDocs,
    TrecQrels,
    TrecQueries,
    TsvDocs,
    TsvQueries,
)
from ir_datasets.util import GzipExtract, LocalDownload

from clirbench.data.base import Document, Download
from clirbench.data.sources.irds import IRDS
from clirbench.errors import DataError

Register = Callable[..., str]
_NUMBERS = itertools.count()


def no_fetch(download: Download) -> Path:
    """What ir_datasets has it fetches itself."""
    raise AssertionError(download)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's is read or written."""
    monkeypatch.setenv("IR_DATASETS_HOME", str(tmp_path / "home"))


@pytest.fixture
def register() -> Iterator[Register]:
    """Registers components under an id of its own."""
    names: list[str] = []

    def add(*components: object, name: str = "") -> str:
        names.append(f"clirbench-test/{next(_NUMBERS)}/{name or 'x'}")
        ir_datasets.registry.register(names[-1], Dataset(*components))
        return names[-1]

    yield add
    for name in names:
        ir_datasets.registry._registered.pop(name)  # noqa: SLF001 - it cannot forget


def packed(path: Path, text: str) -> Any:  # noqa: ANN401 - ir_datasets' own
    """A gzip file of some text, as ir_datasets reads it."""
    path.write_bytes(gzip.compress(text.encode()))
    return GzipExtract(LocalDownload(path))


def plain(path: Path, text: str) -> Any:  # noqa: ANN401 - ir_datasets' own
    """A file of some text, as ir_datasets reads it."""
    path.write_text(text, encoding="utf-8")
    return LocalDownload(path)


@pytest.fixture
def clirmatrix(tmp_path: Path, register: Register) -> str:
    """Ten English articles, two empty, and Swahili titles graded against them, in CLIRMatrix's files."""
    articles = "".join(f"{n}\tArticle {n}  text\n" for n in range(8)) + "8\t\n9\t \n"
    topics = [
        {"src_id": "s1", "src_query": "kichwa moja", "tgt_results": [["3", 6], ["1", 0]]},
        {"src_id": "s2", "src_query": "kichwa mbili", "tgt_results": [["5", 2]]},
        {"src_id": "s3", "src_query": "  ", "tgt_results": [["5", 2]]},
    ]
    lines = packed(tmp_path / "sw.jl.gz", "".join(json.dumps(t) + "\n" for t in topics) + "\n")
    docs = TsvDocs(packed(tmp_path / "en.tsv.gz", articles), namespace="x", lang="en")
    return register(docs, CLIRMatrixQueries(lines, "sw"), CLIRMatrixQrels(lines, {}), name="sw")


def test_clirmatrix(clirmatrix: str) -> None:
    """Documents, topics, grades; what has no text is passed over and counted."""
    source = IRDS(id=clirmatrix)
    documents = list(source.documents(no_fetch, "en"))
    assert documents == [Document(str(n), f"Article {n} text") for n in range(8)]
    assert source.topics(no_fetch, "sw") == {"s1": "kichwa moja", "s2": "kichwa mbili"}
    assert source.judgments(no_fetch, "sw") == {"s1": {"3": 6, "1": 0}, "s2": {"5": 2}}
    left_out = source.left_out(no_fetch, "sw")
    assert {why: ids for why, ids in left_out.items() if ids} == {
        "topic without text": ("s3",),
        "empty document": ("8", "9"),
    }
    texts = set(source.test_texts(no_fetch, "sw", "en"))
    assert texts == {"kichwa moja", "kichwa mbili", "", *(f"Article {n} text" for n in range(8))}
    with pytest.raises(DataError, match=r"no topics in the documents' language; set oracle_id"):
        source.topics(no_fetch, "en")


def test_documents_in_one_language(clirmatrix: str) -> None:
    """Documents are asked for in the language that they are in; nothing else is handed out for it."""
    source = IRDS(id=clirmatrix)
    assert list(source.documents(no_fetch, "en"))
    with pytest.raises(DataError, match=r"no documents in fa; .* are in en"):
        source.documents(no_fetch, "fa")


def test_ir_datasets_knows_another_language(clirmatrix: str) -> None:
    """What the suite says and ir_datasets does not is refused, for documents and for topics."""
    source = IRDS(id=clirmatrix, documents_language="fa")
    with pytest.raises(
        DataError, match=r'its documents are in "en" according to ir_datasets, not in "fa"'
    ):
        source.documents(no_fetch, "fa")
    with pytest.raises(
        DataError, match=r'its topics are in "sw" .* not in "so"; correct query of the'
    ):
        source.topics(no_fetch, "so")
    assert IRDS(id=clirmatrix, documents_language="en-GB").documents(no_fetch, "en-GB")


def test_one_id_for_topics_and_documents(tmp_path: Path, register: Register) -> None:
    """Searched in its own language: topics without judgments are left out, and counted."""
    name = register(
        TsvDocs(plain(tmp_path / "d", "1#0\tmto mkubwa\n2#0\tmji\n"), lang="sw"),
        TsvQueries(plain(tmp_path / "q", "1\tmto?\n2\tmji?\n3\tmlima?\n"), lang="sw"),
        TrecQrels(plain(tmp_path / "r", "1 Q0 1#0 1\n2 Q0 2#0 1\n"), {}),
    )
    source = IRDS(id=name, documents_language="sw", oracle_id=name)
    assert source.topics(no_fetch, "sw") == {"1": "mto?", "2": "mji?"}
    assert source.judgments(no_fetch, "sw") == {"1": {"1#0": 1}, "2": {"2#0": 1}}
    assert source.left_out(no_fetch, "sw")["topic without judgments"] == ("3",)


def test_judged_twice(tmp_path: Path, register: Register) -> None:
    """The last judgment counts, as for ir-measures, and the document is named."""
    qrels = "1 Q0 a 0\n1 Q0 b 1\n1 Q0 b 0\n2 Q0 c 0\n2 Q0 c 1\n2 Q0 a 1\n2 Q0 a 1\n"
    name = register(
        TsvDocs(plain(tmp_path / "d", "a\tmto\nb\tmji\nc\tmlima\n"), lang="sw"),
        TsvQueries(plain(tmp_path / "q", "1\tmto?\n2\tmlima?\n"), lang="en"),
        TrecQrels(plain(tmp_path / "r", qrels), {}),
    )
    source = IRDS(id=name, documents_language="sw")
    judged = source.judgments(no_fetch, "en")
    assert judged == {"1": {"a": 0, "b": 0}, "2": {"c": 1, "a": 1}}
    twice = "document judged twice for a topic; the last grade counts"
    assert source.left_out(no_fetch, "en")[twice] == ("1 b", "2 c")
    run = {"1": {"b": 2.0, "a": 1.0}, "2": {"b": 3.0, "c": 2.0, "a": 1.0}}
    theirs = list(ir_measures.read_trec_qrels(qrels))
    assert ir_measures.calc_aggregate([ir_measures.AP], judged, run) == ir_measures.calc_aggregate(
        [ir_measures.AP], theirs, run
    )


def test_pairs_of_ids(tmp_path: Path, clirmatrix: str, register: Register) -> None:
    """Topics by language of one id, documents of another, an oracle of a third."""
    pattern = clirmatrix.removesuffix("sw") + "{language}"
    english = TsvQueries(plain(tmp_path / "en.tsv", "s1\tone title\ns2\ttwo\n"), lang="en")
    source = IRDS(id=pattern, documents_id=clirmatrix, oracle_id=register(english))
    assert source.content("sw") is source.content("en") is None
    assert len(list(source.documents(no_fetch, "en"))) == 8
    assert list(source.topics(no_fetch, "sw")) == ["s1", "s2"]
    assert source.topics(no_fetch, "en") == {"s1": "one title", "s2": "two"}
    with pytest.raises(DataError, match=r'has no ".*/fi"; did you mean ".*/sw"\?'):
        source.content("fi")
    with pytest.raises(ValueError, match="needs a documents_id"):
        IRDS(id=pattern)
    with pytest.raises(ValueError, match="distractors needs judged_for"):
        IRDS(id=pattern, documents_id=clirmatrix, distractors=1)


def test_a_sample(clirmatrix: str) -> None:
    """Judged documents always, others by rank: a smaller sample is part of a larger one."""

    def ids(count: int, seed: int = 0) -> list[str]:
        source = IRDS(id=clirmatrix, distractors=count, judged_for=("sw",), sample_seed=seed)
        assert f"the judged documents and {count} random others" in (source.caption() or "")
        return [document.id for document in source.documents(no_fetch, "en")]

    assert ids(0) == ["1", "3", "5"]
    assert ids(100) == [str(n) for n in range(8)]
    samples = [ids(count) for count in range(6)]
    assert [len(sample) for sample in samples] == [3, 4, 5, 6, 7, 8]
    assert all(set(a) < set(b) for a, b in itertools.pairwise(samples))
    assert all(sample == sorted(sample) for sample in samples)
    assert len({tuple(ids(2, seed)) for seed in range(9)}) > 1
    assert IRDS(id=clirmatrix).caption() is None


def test_fewer_topics(clirmatrix: str) -> None:
    """Topics are drawn once; the others are counted."""
    source = IRDS(id=clirmatrix, topic_limit=1)
    drawn = source.topics(no_fetch, "sw")
    assert len(drawn) <= 1 or pytest.fail("too many")
    assert source.judgments(no_fetch, "sw").keys() == drawn.keys()
    assert "were drawn" in (source.caption() or "")


def test_wikiclir(tmp_path: Path, register: Register) -> None:
    """English topics, foreign documents, judgments of three columns, fields by name."""
    name = register(
        TsvDocs(
            plain(tmp_path / "d", "10\tKichwa\tmaneno\n11\tPili\tmengine\n"), doc_cls=WikiClirDoc
        ),
        TsvQueries(plain(tmp_path / "q", "1\tTitle\tFirst words.\n"), query_cls=WikiClirQuery),
        TrecQrels(plain(tmp_path / "r", "1 10 2\n1 11 1\n"), {}, format_3col=True),
    )
    source = IRDS(id=name, documents_language="sw")
    assert list(source.documents(no_fetch, "sw")) == [
        Document("10", "Kichwa maneno"),
        Document("11", "Pili mengine"),
    ]
    assert source.topics(no_fetch, "en") == {"1": "Title"}
    assert source.judgments(no_fetch, "en") == {"1": {"10": 2, "11": 1}}
    other = IRDS(id=name, documents_language="sw", topic_field="first_sent", document_field="title")
    assert other.topics(no_fetch, "en") == {"1": "First words."}
    assert next(iter(other.documents(no_fetch, "sw"))).text == "Kichwa"
    # What is not searched with is test text, too.
    texts = set(source.test_texts(no_fetch, "en", "sw"))
    assert texts >= {"Title", "First words.", "Kichwa maneno", "Kichwa", "maneno"}
    with pytest.raises(DataError, match=r'has no "body"; it has query_id, title, first_sent'):
        IRDS(id=name, documents_language="sw", topic_field="body").topics(no_fetch, "en")


def test_trec_topics(tmp_path: Path, register: Register) -> None:
    """SGML documents and topics by ir_datasets' own parsers."""
    (tmp_path / "docs").write_text(
        "<DOC>\n<DOCNO> A-1 </DOCNO>\n<TEXT>\nsome text\n</TEXT>\n</DOC>\n", encoding="utf-8"
    )
    topics = (
        "<top>\n<num> Number: AR1\n<title> a title\n<desc> Description:\nwhat\n"
        "<narr> Narrative:\nwhy\n</top>\n"
    )
    name = register(
        TrecDocs(LocalDownload(tmp_path / "docs"), parser="text", namespace="x", lang="ar"),
        TrecQueries(plain(tmp_path / "t", topics), lang="en"),
        TrecQrels(plain(tmp_path / "r", "AR1 0 A-1 1\nAR1 0 A-2 1\n"), {}),
    )
    source = IRDS(id=name, documents_language="ar")
    assert next(iter(source.documents(no_fetch, "ar"))) == Document("A-1", "some text")
    assert source.topics(no_fetch, "en") == {"AR1": "a title"}
    assert source.judgments(no_fetch, "en") == {"AR1": {"A-1": 1, "A-2": 1}}


def test_mr_tydi(tmp_path: Path, register: Register) -> None:
    """Passages in JSON lines, monolingual: topics and documents in one language."""
    lines = json.dumps({"id": "1#0", "contents": "Kichwa\n\nmaneno"}) + "\n"
    name = register(
        MrTydiDocs(packed(tmp_path / "d.gz", lines), "sw"),
        TsvQueries(plain(tmp_path / "q", "7\tswali?\n"), lang="sw"),
        TrecQrels(plain(tmp_path / "r", "7\tQ0\t1#0\t1\n"), {}),
    )
    source = IRDS(id=name, documents_language="sw", oracle_id=name)
    assert list(source.documents(no_fetch, "sw")) == [Document("1#0", "Kichwa maneno")]
    assert source.topics(no_fetch, "sw") == {"7": "swali?"}


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda data: data[:-9], "documents cannot be downloaded or read"),
        (lambda data: data[:20] + b"\x00\xff" + data[22:], "documents cannot be downloaded or read"),
        (lambda data: gzip.compress(gzip.decompress(data) + b"3\tagain\n"), '1 duplicate document ids, "3"'),
        (lambda data: gzip.compress(gzip.decompress(data) + b"1 2\tagain\n"), "id: contains white space"),
        (lambda data: gzip.compress(gzip.decompress(data) + b"\x0033\ta\n"), "id: contains a NUL"),
        (lambda data: gzip.compress(gzip.decompress(data) + b"33\ta\x00\n"), "document 33: contains a NUL"),
        (lambda data: gzip.compress(gzip.decompress(data) + b"33\ta\tb\n"), "expected 2 fields, got 3"),
        (lambda data: gzip.compress(gzip.decompress(data) + b"33\t\xff\n"), "can't decode byte 0xff"),
    ],
)  # fmt: skip
def test_damaged_documents(
    clirmatrix: str, tmp_path: Path, damage: Callable[[bytes], bytes], error: str
) -> None:
    """Whatever ir_datasets' readers raise becomes an error that names the id."""
    path = tmp_path / "en.tsv.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=f"irds:{clirmatrix}.*{error}"):
        list(IRDS(id=clirmatrix).documents(no_fetch, "en"))


def test_what_is_missing(tmp_path: Path, register: Register) -> None:
    """No judgments, no file, no such id: each is told."""
    topics = TsvQueries(plain(tmp_path / "q", "7\tswali?\n"), lang="sw")
    name = register(topics)
    with pytest.raises(DataError, match=f"irds:{name}: has no judgments"):
        IRDS(id=name).topics(no_fetch, "sw")
    with pytest.raises(DataError, match=f"irds:{name}: has no documents"):
        list(IRDS(id=name).documents(no_fetch, "en"))
    (tmp_path / "q").unlink()
    with pytest.raises(
        DataError, match=r"the judgments cannot be downloaded or read .*IR_DATASETS_HOME"
    ):
        list(IRDS(id=register(topics, TrecQrels(LocalDownload(tmp_path / "r"), {}))).topics(no_fetch, "sw"))  # fmt: skip
    with pytest.raises(DataError, match=r'has no "clirmatrix/xx"'):
        IRDS(id="clirmatrix/xx").content("sw")


@pytest.mark.parametrize(
    "name",
    [
        "clirmatrix/en/bi139-base/yo/test1",
        "mmarco/v2/dt/dev/small",
        "wikiclir/sw",
        "mr-tydi/te/test",
        "miracl/yo/dev",
        "neuclir/1/fa/trec-2022",
        "hc4/zh/test",
        "csl/trec-2023",
        "trec-arabic/ar2001",
        "dpr-w100",
    ],
)
def test_upstream_ids(name: str) -> None:
    """The ids that the documentation names are there."""
    assert IRDS(id=name, documents_language="qaa").content("en") is None


def test_codes() -> None:
    """Where an id's language code is not ISO's, the pair's is translated."""
    source = IRDS(id="mmarco/v2/{language}/dev/small", documents_id="msmarco-passage")
    assert source.content("nl") is None
