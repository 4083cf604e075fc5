from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from pydantic import ValidationError

from clirbench.data.base import Document, Download, SentencePair, TrainingQuery
from clirbench.data.sources.files import Files
from clirbench.errors import DataError

FILES = {
    "docs.jsonl": '{"id": "d1", "text": "one", "title": "T"}\n{"id": "d2", "text": "two"}\n',
    "topics.sw.tsv": "t1\tmoja\nt2\tmbili\nt3\ttatu\n",
    "topics.en.tsv": "t1\tone\nt2\ttwo\nt3\tthree\n",
    "qrels": "t1 0 d1 1\nt2 0 d1 0\nt2 0 d2 2\n",
    "bitext.sw.tsv": "moja\tone\nmbili\ttwo\n",
    "training.tsv": "what one\tone is\n",
}


def no_fetch(download: Download) -> Path:
    """Nothing is to be fetched."""
    raise AssertionError(download)


def named(source: Files) -> dict[str, Sequence[str]]:
    """What is left out or lacks something, by reason."""
    return {reason: ids for reason, ids in source.left_out(no_fetch, "sw").items() if ids}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with everything in it."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_a_collection(folder: Path) -> None:
    """Documents, topics with judgments, judgments, and training queries."""
    source = Files(folder=folder)
    assert source.translated is True
    assert source.languages() is None
    assert source.downloads("sw") == ()
    assert list(source.documents(no_fetch, "en")) == [
        Document("d1", "T one"),
        Document("d2", "two"),
    ]
    assert list(source.topics(no_fetch, "sw").items()) == [("t1", "moja"), ("t2", "mbili")]
    assert source.topics(no_fetch, "en") == {"t1": "one", "t2": "two"}
    assert source.judgments(no_fetch, "sw") == {"t1": {"d1": 1}, "t2": {"d1": 0, "d2": 2}}
    assert named(source) == {"topic without judgments": ("t3",)}
    assert list(source.training_queries(no_fetch, "en")) == [TrainingQuery("what one", "one is")]


def test_bitext(folder: Path) -> None:
    """Foreign before English; a file for all languages is read where a language has none."""
    source = Files(folder=folder)
    pairs = [SentencePair("moja", "one"), SentencePair("mbili", "two")]
    assert list(source.pairs(no_fetch, "sw")) == pairs
    (folder / "bitext.tsv").write_text("kow\tone\n", "utf-8")
    assert list(source.pairs(no_fetch, "so")) == [SentencePair("kow", "one")]
    assert list(source.pairs(no_fetch, "sw")) == pairs


def test_own_judgments_of_a_language(folder: Path) -> None:
    """Where topics differ by language, so may the judgments."""
    (folder / "qrels.so").write_text("q1 0 d2 1\n")
    (folder / "topics.so.tsv").write_text("q1\tlaba\n")
    source = Files(folder=folder, translated=False)
    assert source.translated is False
    assert source.judgments(no_fetch, "so") == {"q1": {"d2": 1}}
    assert source.topics(no_fetch, "so") == {"q1": "laba"}
    assert source.judgments(no_fetch, "sw").keys() == {"t1", "t2"}


def test_gzip(folder: Path) -> None:
    """Documents may be compressed."""
    (folder / "docs.jsonl").unlink()
    (folder / "docs.jsonl.gz").write_bytes(gzip.compress(FILES["docs.jsonl"].encode()))
    assert len(list(Files(folder=folder).documents(no_fetch, "en"))) == 2


@pytest.mark.parametrize("name", [*FILES, "queries.sw.txt"])
def test_any_file_may_be_compressed(folder: Path, name: str) -> None:
    """What is read is the same, and told by the name."""
    (folder / "queries.sw.txt").write_text("nini moja\n", "utf-8")

    def everything() -> list[object]:
        source = Files(folder=folder)
        return [
            list(source.documents(no_fetch, "en")),
            source.topics(no_fetch, "sw"),
            source.topics(no_fetch, "en"),
            source.judgments(no_fetch, "sw"),
            list(source.pairs(no_fetch, "sw")),
            list(source.training_queries(no_fetch, "en")),
            list(source.translated_queries(no_fetch, "sw", "en")),
        ]

    before = everything()
    plain = folder / name
    (folder / f"{name}.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert everything() == before
    language = "en" if name == "topics.en.tsv" else "sw"
    content = Files(folder=folder).content(language)
    assert isinstance(content, dict)
    assert f"{name}.gz" in content


def test_documents_without_text(folder: Path) -> None:
    """A title is read alone and counted; what has neither is passed over and counted."""
    more = '{"id": "d3", "title": "Alone", "text": ""}\n{"id": "d4", "text": " ", "title": ""}\n\n'
    (folder / "docs.jsonl").write_text(FILES["docs.jsonl"] + more, "utf-8")
    (folder / "qrels").write_text(FILES["qrels"] + "t3 0 d3 1\nt3 0 d4 1\n")
    source = Files(folder=folder)
    assert list(source.documents(no_fetch, "en"))[2:] == [Document("d3", "Alone")]
    assert source.judgments(no_fetch, "sw")["t3"] == {"d3": 1, "d4": 1}
    assert named(source) == {
        "document with a title alone": ("d3",),
        "empty document": ("d4",),
    }


def test_judgments_of_three_columns(folder: Path) -> None:
    """Topic, document, grade."""
    (folder / "qrels").write_text("t1 d1 1\nt2\td1\t0\nt2\td2\t2\n\n")
    assert Files(folder=folder).judgments(no_fetch, "sw") == {
        "t1": {"d1": 1},
        "t2": {"d1": 0, "d2": 2},
    }


def test_no_training_queries(folder: Path) -> None:
    """They are optional."""
    (folder / "training.tsv").unlink()
    assert list(Files(folder=folder).training_queries(no_fetch, "en")) == []


def test_translated_queries(folder: Path) -> None:
    """A line for each training query, in its order; none without a file; other numbers are refused."""
    source = Files(folder=folder)
    assert list(source.translated_queries(no_fetch, "sw", "en")) == []
    before = source.content("sw")
    (folder / "queries.sw.txt").write_text("nini moja\n", "utf-8")
    assert list(source.translated_queries(no_fetch, "sw", "en")) == ["nini moja"]
    assert source.content("sw") != before
    (folder / "queries.sw.txt").write_text("nini moja\nmbili\n", "utf-8")
    with pytest.raises(DataError, match=r"queries\.sw\.txt: 2 lines, but .*training\.tsv has 1"):
        list(source.translated_queries(no_fetch, "sw", "en"))


def test_content(folder: Path) -> None:
    """The checksums of the files that a language is read from, anew after a change."""
    source = Files(folder=folder)
    expected = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in FILES.items()}
    del expected["topics.en.tsv"]
    assert source.content("sw") == expected
    (folder / "qrels").write_text("t1 0 d1 1\n")
    changed = source.content("sw")
    assert isinstance(changed, dict)
    assert {name for name in expected if changed[name] != expected[name]} == {"qrels"}


def test_clusters(folder: Path) -> None:
    """One file for all languages names what topics are of; without it, or a line, each stands alone."""
    source = Files(folder=folder)
    assert source.cluster == "topic"
    assert source.clusters(no_fetch, "sw") == {"t1": "t1", "t2": "t2"}
    before = source.content("sw")
    (folder / "clusters.tsv").write_text("t1\tnews\nt3\tnews\n", "utf-8")
    assert source.cluster == "cluster"
    assert source.clusters(no_fetch, "sw") == {"t1": "news", "t2": "t2"}
    assert source.clusters(no_fetch, "en") == {"t1": "news", "t2": "t2"}
    assert source.content("sw") == {
        **dict(before),
        "clusters.tsv": hashlib.sha256(b"t1\tnews\nt3\tnews\n").hexdigest(),
    }
    (folder / "clusters.tsv").write_text("t1\tnews\nt1\tnews\n", "utf-8")
    with pytest.raises(DataError, match=r'clusters\.tsv:2: duplicate id "t1"'):
        source.clusters(no_fetch, "sw")


def test_clusters_are_held_out_whole(folder: Path, held_apart: Callable[..., None]) -> None:
    """Of 30 topics in tens of clusters, none that is held out has a sibling that is tested."""
    topics = "".join(f"t{i}\tred apple\n" for i in range(30))
    (folder / "topics.sw.tsv").write_text(topics)
    (folder / "qrels").write_text("".join(f"t{i} 0 d1 1\n" for i in range(30)))
    (folder / "clusters.tsv").write_text("".join(f"t{i}\tc{i // 3}\n" for i in range(30)))
    held_apart(Files(folder=folder), no_fetch, "sw", relevant=False)


def test_content_of_bitext_alone(tmp_path: Path) -> None:
    """Bitext needs no collection beside it."""
    (tmp_path / "bitext.tsv").write_text("a\tb\n")
    assert Files(folder=tmp_path).content("sw") == {
        "bitext.tsv": hashlib.sha256(b"a\tb\n").hexdigest()
    }


def test_content_of_nothing(tmp_path: Path) -> None:
    """What is missing is named, for every use."""
    (tmp_path / "docs.en.jsonl").write_text(FILES["docs.jsonl"])
    (tmp_path / "qrels").write_text(FILES["qrels"])
    with pytest.raises(
        DataError, match=r"for sw: no docs\.sw\.jsonl .*; no topics\.sw\.tsv; no bitext\.sw\.tsv or"
    ):
        Files(folder=tmp_path).content("sw")


def test_what_is_lacking(folder: Path) -> None:
    """Each part is asked for by itself, so that nobody needs files that nothing reads."""
    source = Files(folder=folder)
    for part in ("documents", "translations", "topics"):
        assert source.lacks(part, "en") is None
    assert source.lacks("pairs", "sw") is None
    assert source.lacks("topics", "so") == f"{folder} has no topics.so.tsv"
    (folder / "qrels").unlink()
    assert source.lacks("topics", "so") == f"{folder} has no topics.so.tsv; no qrels.so or qrels"
    assert source.lacks("translations", "en") is None
    assert source.lacks("pairs", "so") == f"{folder} has no bitext.so.tsv or bitext.tsv"


def test_test_texts(folder: Path) -> None:
    """Topics in the documents' language are, where they are there; titles and texts alone are, too."""
    source = Files(folder=folder)
    texts = ["moja", "mbili", "one", "two", "T one", "T", "one", "two"]
    assert list(source.test_texts(no_fetch, "sw", "en")) == texts
    (folder / "topics.en.tsv").unlink()
    assert list(source.test_texts(no_fetch, "sw", "en")) == [*texts[:2], *texts[4:]]


def test_topics_that_are_not_translated(folder: Path) -> None:
    """A judged topic without its translation is an error, not a 0 in the oracle's row."""
    (folder / "topics.en.tsv").write_text("t1\tone\n")
    with pytest.raises(DataError, match=r'qrels: topic "t2" is not in .*topics\.en\.tsv'):
        Files(folder=folder).topics(no_fetch, "en")


def test_documents_by_language(folder: Path) -> None:
    """Judgments are of the documents, whichever language these have in their name."""
    before = Files(folder=folder).judgments(no_fetch, "sw")
    (folder / "docs.jsonl").rename(folder / "docs.en.jsonl")
    (folder / "docs.sw.jsonl").write_text('{"id": "d9", "text": "tisa"}\n')
    assert Files(folder=folder).judgments(no_fetch, "sw") == before
    assert len(list(Files(folder=folder).documents(no_fetch, "en"))) == 2


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("qrels", "t9 0 d1 1\n", r'qrels: topic "t9" is not in .*topics\.sw\.tsv'),
        ("qrels", "t1 0 d9 1\n", r'qrels: document "d9" of topic "t1" is not in .*docs\.jsonl'),
        ("qrels", "t1 1\n", "qrels:1: expected 4 or 3 columns"),
        ("topics.sw.tsv", "t1 moja\n", "topics.sw.tsv:1: expected 2 values"),
        ("docs.jsonl", "text\n", "docs.jsonl:1: not JSON"),
    ],
)
def test_malformed_collections(folder: Path, name: str, text: str, message: str) -> None:
    """Faults in and between files name the file."""
    (folder / name).write_text(text, "utf-8")
    with pytest.raises(DataError, match=message):
        Files(folder=folder).judgments(no_fetch, "sw")


@pytest.mark.parametrize(("text", "field"), [("one\n", "2 values"), ("a\t\n", "1: English: empty")])
def test_malformed_bitext(folder: Path, text: str, field: str) -> None:
    """A line without both sides is an error."""
    (folder / "bitext.sw.tsv").write_text(text)
    with pytest.raises(DataError, match=field):
        list(Files(folder=folder).pairs(no_fetch, "sw"))


def test_missing(folder: Path) -> None:
    """The error names what was looked for."""
    source = Files(folder=folder)
    with pytest.raises(DataError, match=r"expected topics\.so\.tsv for so$"):
        source.topics(no_fetch, "so")
    with pytest.raises(DataError, match=r"expected bitext\.so\.tsv or bitext\.tsv for so$"):
        list(source.pairs(no_fetch, "so"))
    with pytest.raises(DataError, match="there is no such folder"):
        list(Files(folder=folder / "nowhere").documents(no_fetch, "en"))


def test_keys() -> None:
    """The folder is needed, and is a text."""
    for keys in (
        {},
        {"folder": 7},
        {"folder": "x", "unknown": 1},
        {"folder": "x", "translated": 1},
    ):
        with pytest.raises(ValidationError):
            Files(**keys)
