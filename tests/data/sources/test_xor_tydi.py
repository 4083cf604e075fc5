from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import ir_datasets
import pytest
from ir_datasets.datasets.base import Dataset
from ir_datasets.datasets.dpr_w100 import DprW100Doc
from ir_datasets.formats import TsvDocs
from ir_datasets.util import LocalDownload

from clirbench.data.base import Document, Fetch
from clirbench.data.sources import xor_tydi
from clirbench.data.sources.xor_tydi import XORTyDi, judge
from clirbench.errors import DataError

Serve = Callable[[Mapping[str, bytes]], Fetch]
FILE = "xor_dev_retrieve_eng_span_v1_1.jsonl"
PASSAGES = ["Tokyo is large", "In 1848 and in tokyo", "Tokyos are none", "Of 1848.", "Nothing here"]


def question(key: str, language: str, *answers: object) -> dict[str, object]:
    """A line of upstream's file."""
    return {
        "id": key,
        "question": f"q {key}?",
        "lang": language,
        "answers": list(answers),
        "split": "dev",
        "source": "tydiqa",
    }


QUESTIONS = [
    question("1", "ja", "Tokyo", "yes"),
    question("2", "ja", "no"),
    question("3", "ko", "1848"),
    question("4", "ja", "Rome"),
]


def lines(*rows: dict[str, object]) -> bytes:
    """JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[XORTyDi]:
    """Five passages in ir_datasets' own class for DPR's Wikipedia."""
    monkeypatch.setenv("IR_DATASETS_HOME", str(tmp_path / "home"))
    path = tmp_path / "psgs_w100.tsv"
    rows = [f"{number}\t{text}\tT{number}\n" for number, text in enumerate(PASSAGES, start=1)]
    path.write_text("id\ttext\ttitle\n" + "".join(rows))
    docs = TsvDocs(LocalDownload(path), doc_cls=DprW100Doc, skip_first_line=True)
    ir_datasets.registry.register("clirbench-test/dpr", Dataset(docs))
    xor_tydi._holding.cache_clear()  # noqa: SLF001 - the passages differ from test to test
    yield XORTyDi(documents_id="clirbench-test/dpr")
    ir_datasets.registry._registered.pop("clirbench-test/dpr")  # noqa: SLF001


def test_a_small_collection(source: XORTyDi, serve: Serve) -> None:
    """Titles before passages; answers as whole words judge; yes/no questions are left out."""
    fetch = serve({FILE: lines(*QUESTIONS)})
    assert next(iter(source.documents(fetch, "en"))) == Document("1", "T1 Tokyo is large")
    assert source.topics(fetch, "ja") == {"1": "q 1?", "4": "q 4?"}
    assert source.judgments(fetch, "ja") == {"1": {"1": 1}, "4": {}}
    assert source.judgments(fetch, "ko") == {"3": {"2": 1, "4": 1}}
    assert source.answers(fetch, "ja") == {"1": ("Tokyo", "yes"), "4": ("Rome",)}
    assert source.left_out(fetch, "ja") == {
        "question answered by yes or no": ("2",),
        "question without a judged passage": ("4",),
    }
    assert next(iter(source.test_texts(fetch, "ko", "en"))) == "q 3?"
    with pytest.raises(DataError, match='no language "en"'):
        source.topics(fetch, "en")
    assert source.caption() is None


def test_topics_with_the_same_passages_belong_together(source: XORTyDi, serve: Serve) -> None:
    """In all languages; questions that nothing is judged for stand alone."""
    more = (question("5", "ko", "Rome"), question("6", "ja", "1848"), question("7", "ja", "1848"))
    fetch = serve({FILE: lines(*QUESTIONS, *more)})
    assert source.clusters(fetch, "ja") == {"1": "1", "4": "4", "6": "3", "7": "3"}
    assert source.clusters(fetch, "ko") == {"3": "3", "5": "5"}


@pytest.mark.parametrize("language", ["ja", "ko"])
def test_questions_with_the_same_passages_are_held_out_together(
    source: XORTyDi, serve: Serve, held_apart: Callable[..., None], language: str
) -> None:
    """Of 60 questions with four answers, and 30 without a judged passage that stand alone."""
    answers = ("Tokyo", "1848", "Tokyos", "Nothing", "Rome", "Oslo")
    rows = [question(str(i), ("ja", "ko")[i % 2], answers[i // 2 % 6]) for i in range(90)]
    fetch = serve({FILE: lines(*rows)})
    assert 4 < len({*source.clusters(fetch, language).values()}) < 45
    held_apart(source, fetch, language, relevant=False)


def test_a_sample(source: XORTyDi, serve: Serve) -> None:
    """The passages with an answer to a question of any language, and some others."""
    fetch = serve({FILE: lines(*QUESTIONS)})
    few = XORTyDi(documents_id=source.documents_id, distractors=1)
    ids = [document.id for document in few.documents(fetch, "en")]
    assert {"1", "2", "4"} < set(ids)
    assert len(ids) == 4
    assert "1 random others" in (few.caption() or "")


def test_common_answers() -> None:
    """An answer that too many documents have is not judged by."""
    documents = [Document(str(number), f"chapter 2 of {number}0") for number in range(5)]
    answers = {"q": ("2", "30", "yes"), "r": ("of 40",)}
    assert judge(documents, answers, most=3) == {"q": {"3": 1}, "r": {"4": 1}}
    assert judge(documents, answers, most=5)["q"] == {str(number): 1 for number in range(5)}


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([question("1", "ja", 3)], r"v1_1\.jsonl:1: answers: empty, or not text"),
        ([question("1", "ja")], r":1: answers: expected an array of strings"),
        ([question("1", "xx", "a")], r':1: no language "xx"'),
        ([question("1", "ja", "a")] * 2, r':2: duplicate id "1"'),
        ([{**question("1", "ja", "a"), "question": ""}], ":1: question: empty"),
        ([], "no questions"),
    ],
)
def test_faults(source: XORTyDi, serve: Serve, rows: list[dict[str, object]], error: str) -> None:
    """Errors name file, line and field."""
    with pytest.raises(DataError, match=error):
        source.topics(serve({FILE: lines(*rows)}), "ja")
