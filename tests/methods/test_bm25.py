from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import ir_measures
import pytest

from clirbench.data.base import Document
from clirbench.data.download import Cache
from clirbench.data.sources.ntrex import NTREX
from clirbench.methods.bm25 import BM25
from clirbench.methods.searcher import Given
from clirbench.retrieval.run import Ranked

DOCUMENTS = [
    Document("d1", "The cat sat on the mat."),
    Document("d2", "Dogs and cats: a dog, a cat, a cat!"),
    Document("d3", "हिन्दी में एक वाक्य"),
]


def search(
    documents: Sequence[Document], topics: dict[str, str], method: BM25, depth: int
) -> dict[str, Ranked]:
    """What the method finds."""
    return method.search(Given(topics, depth, documents=lambda: iter(documents)))


def test_scores_are_those_of_the_formula() -> None:
    """BM25 with Lucene's idf (Robertson & Zaragoza 2009, equation 3.15), computed by hand."""
    documents = [
        Document("d1", "the cat sat on the mat"),
        Document("d2", "dogs and cats a dog a cat a cat"),
        Document("d3", "no such animal"),
    ]
    k1, b, mean = 0.9, 0.4, (6 + 9 + 3) / 3
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))

    def score(frequency: int, length: int) -> float:
        return idf * frequency / (frequency + k1 * (1 - b + b * length / mean))

    found = search(documents, {"q": "CAT"}, BM25(k1=k1, b=b), 10)["q"]
    assert found.documents == ["d2", "d1"]
    assert found.scores == pytest.approx([score(2, 9), score(1, 6)], rel=1e-5)


def test_documents_that_share_no_word_are_left_out() -> None:
    """A topic without a known word has an empty ranking."""
    found = search(DOCUMENTS, {"a": "nothing known", "b": "dogs xyz"}, BM25(), 10)
    assert found["a"].documents == []
    assert found["b"].documents == ["d2"]


@pytest.mark.parametrize("depth", [1, 2])
def test_depth(depth: int) -> None:
    """No more documents than asked for."""
    assert len(search(DOCUMENTS, {"q": "cat"}, BM25(), depth)["q"].documents) == depth


@pytest.mark.parametrize(("language", "least"), [("yo", 0.40), ("ja", 0.06)])
def test_real_texts_whose_words_a_pattern_does_not_find(
    language: str, least: float, tmp_path: Path
) -> None:
    """Yoruba's marks and Japanese without spaces: names and numbers in NTREX are found."""
    mirror = Path(__file__).resolve().parents[3] / "shared" / "mirror.zip"
    if not mirror.exists():
        pytest.skip("needs ../shared/mirror.zip, a zip file of the upstream files")
    fetch, source = Cache(tmp_path, mirror), NTREX()
    documents, topics = list(source.documents(fetch, "en")), source.topics(fetch, language)
    run = {
        topic: dict(zip(own.documents, own.scores.tolist(), strict=True))
        for topic, own in search(documents, topics, BM25(), 1000).items()
    }
    judged = source.judgments(fetch, language)
    assert ir_measures.calc_aggregate([ir_measures.AP], judged, run)[ir_measures.AP] >= least
