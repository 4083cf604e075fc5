from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from clirbench.data.base import CollectionSource, Download, Fetch, SentencePair, TrainingQuery
from clirbench.data.filters import key
from clirbench.data.sources.afriqa import AfriQA
from clirbench.errors import DataError

Apart = Callable[[CollectionSource, Fetch, str], None]
Serve = Callable[[Mapping[str, bytes]], Fetch]
TOPICS = {
    "bem": (308, 6),
    "ha": (300, 0),
    "ig": (409, 0),
    "rw": (345, 2),
    "sw": (295, 7),
    "tw": (486, 4),
    "yo": (253, 79),
    "zu": (325, 0),
}
"""Topics, and questions without a passage."""
CODES = {
    "bem": "bem",
    "ha": "hau",
    "ig": "ibo",
    "rw": "kin",
    "sw": "swa",
    "tw": "twi",
    "yo": "yor",
    "zu": "zul",
}


def gold(number: int, context: str | None, title: str | None = "T") -> dict[str, object]:
    """A row of a file of gold passages, with the keys that upstream has."""
    return {
        "answer_pivot": {"answer_start": [0], "text": ["x"]},
        "context": context,
        "id": str(number),
        "question_lang": f"swali {number}",
        "question_translated": f"question {number}",
        "title": title,
        "answer_lang": "x",
    }


def made(serve: Serve, rows: list[dict[str, object]] | bytes) -> Fetch:
    """Upstream's files: Swahili's test passages as given, all others empty."""
    files = {}
    for language, code in CODES.items():
        for split in ("test", "dev", "train"):
            questions = [
                {"id": n, "question": f"swali {split} {n}", "translated_question": f"{split} {n}"}
                for n in range(3 if language == "sw" else 0)
            ]
            files[f"queries.afriqa.{code}.en.{split}.json"] = lines(questions)
            files[f"gold_span_passages.afriqa.{code}.en.{split}.json"] = b""
    swahili = rows if isinstance(rows, bytes) else lines(rows)
    return serve({**files, "gold_span_passages.afriqa.swa.en.test.json": swahili})


def lines(rows: list[dict[str, object]]) -> bytes:
    """JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def test_training_queries(serve: Serve) -> None:
    """The English questions of other splits with their passages, but for those that a topic asks."""
    fetch = made(serve, [gold(0, "p")])
    training = lines([gold(0, "q"), gold(7, "r"), gold(8, None)])

    def other(download: Download) -> Path:
        path = fetch(download)
        if path.name == "gold_span_passages.afriqa.hau.en.train.json":
            path.write_bytes(training)
        return path

    assert list(AfriQA().training_queries(other, "en")) == [TrainingQuery("question 7", "T r")]
    assert list(AfriQA().training_queries(other, "sw")) == []


def test_a_small_collection(serve: Serve) -> None:
    """A passage under two questions is one document; gaps of upstream's table are left out."""
    fetch = made(serve, [gold(0, "p"), gold(1, "p", "other"), gold(2, None), gold(4, "q", None)])
    source = AfriQA()
    p, q = (sha256(text).hexdigest()[:16] for text in (b"p", b"q"))
    assert [*map(tuple, source.documents(fetch, "en"))] == [(p, "T p"), (q, "q")]
    assert list(source.topics(fetch, "sw").items()) == [
        ("sw.test.0", "swali 0"),
        ("sw.test.1", "swali 1"),
        ("sw.test.4", "swali 4"),
    ]
    assert source.topics(fetch, "en") == {
        "sw.test.0": "question 0",
        "sw.test.1": "question 1",
        "sw.test.4": "question 4",
    }
    assert source.judgments(fetch, "sw") == {
        "sw.test.0": {p: 1},
        "sw.test.1": {p: 1},
        "sw.test.4": {q: 1},
    }
    assert source.left_out(fetch, "sw") == {"question without a passage": ("sw.test.2",)}
    expected = {"sw.test.0": p, "sw.test.1": p, "sw.test.4": q}
    assert source.clusters(fetch, "sw") == source.clusters(fetch, "en") == expected


def test_bitext(serve: Serve) -> None:
    """Translations of the splits that are not searched with; test questions never."""
    fetch = made(serve, [])
    pairs = list(AfriQA().pairs(fetch, "sw"))
    assert pairs[0] == SentencePair("swali train 0", "train 0")
    assert {pair.english.split()[0] for pair in pairs} == {"train", "dev"}
    assert {pair.english.split()[0] for pair in AfriQA(split="dev").pairs(fetch, "ha")} == set()


def test_faults(serve: Serve) -> None:
    """Errors name file, line and field."""
    source = AfriQA()
    with pytest.raises(DataError, match=r"swa\.en\.test\.json:2: duplicate id"):
        source.topics(made(serve, [gold(0, "p"), gold(0, "q")]), "sw")
    with pytest.raises(DataError, match=r"test\.json:1: context: expected a string \(got int\)"):
        source.topics(made(serve, [{**gold(0, "p"), "context": 3}]), "sw")
    with pytest.raises(DataError, match=r"test\.json:1: not JSON"):
        source.topics(made(serve, lines([gold(0, "p")])[:-9]), "sw")
    with pytest.raises(DataError, match='"sw" has no passages for split = "dev"; use "test"'):
        AfriQA(split="dev").topics(made(serve, []), "sw")


@pytest.mark.parametrize("language", sorted(AfriQA.languages()))
def test_upstream(upstream: Fetch, held_apart: Apart, language: str) -> None:
    """The real files have the topics that the paper's repository counts, each judged once."""
    source = AfriQA()
    topics, judgments = source.topics(upstream, language), source.judgments(upstream, language)
    without = source.left_out(upstream, language)["question without a passage"]
    assert (len(topics), len(without)) == TOPICS[language]
    assert list(topics) == list(judgments)
    assert all(list(grades.values()) == [1] for grades in judgments.values())
    assert topics.keys() < source.topics(upstream, "en").keys()
    english = source.topics(upstream, "en")
    clusters = source.clusters(upstream, language)
    assert clusters.items() <= source.clusters(upstream, "en").items()
    held_apart(source, upstream, language)
    assert sum(key(english[topic]) == key(text) for topic, text in topics.items()) < 5


def test_documents_upstream(upstream: Fetch) -> None:
    """One document a text; every judged one is there."""
    source = AfriQA()
    documents = list(source.documents(upstream, "en"))
    assert len(documents) == len({document.id for document in documents}) == 5361
    ids = {document.id for document in documents}
    for language in AfriQA.languages():
        assert all(ids >= grades.keys() for grades in source.judgments(upstream, language).values())


def test_teaching_upstream(upstream: Fetch) -> None:
    """What asks as a topic does is left out where the topics are searched with, and only there."""
    source = AfriQA()
    asked = {key(text) for text in source.topics(upstream, "en").values()}
    taught = list(source.teaching_queries(upstream, "en"))
    assert len(taught) == 3394
    kept = [each for each in taught if key(each.query) not in asked]
    assert list(source.training_queries(upstream, "en")) == kept
    assert not list(source.teaching_queries(upstream, "sw"))
