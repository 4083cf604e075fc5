from __future__ import annotations

import numpy as np
import pytest

from clirbench.data.base import Document
from clirbench.methods.bm25 import BM25
from clirbench.methods.psq import PSQ
from clirbench.methods.searcher import Given
from clirbench.retrieval.lexicon import Lexicon

DOCUMENTS = [
    Document("d1", "A house, a house and a garden."),
    Document("d2", "The home of a poet"),
    Document("d3", "Garden books and book shops"),
    Document("d4", "nothing of the kind 1984"),
]


def given(topics: dict[str, str], table: dict[str, dict[str, float]]) -> Given:
    """The documents and a lexicon."""
    return Given(topics, 10, documents=lambda: iter(DOCUMENTS), lexicon=lambda: lexicon(table))


def lexicon(table: dict[str, dict[str, float]]) -> Lexicon:
    """From a dictionary."""
    source = sorted(table)
    target = sorted({e for by in table.values() for e in by})
    entries = [sorted(table[f].items(), key=lambda item: -item[1]) for f in source]
    return Lexicon(
        source,
        target,
        np.cumsum([0, *map(len, entries)]),
        np.array([target.index(e) for by in entries for e, _ in by]),
        np.array([p for by in entries for _, p in by]),
    )


def test_scores_of_expected_statistics() -> None:
    """Term and document frequencies are sums over translations, weighted; then BM25."""
    table = {"haus": {"house": 0.6, "home": 0.4}, "garten": {"garden": 1.0}}
    method = PSQ(k1=1.2, b=0.75)
    texts = [d.text.lower().replace(",", "").replace(".", "").split() for d in DOCUMENTS]
    average = np.mean([len(text) for text in texts])
    expected: dict[str, float] = {}
    for document, text in zip(DOCUMENTS, texts, strict=True):
        score = 0.0
        for word in ("haus", "garten"):
            tf = sum(p * text.count(e) for e, p in table[word].items())
            df = sum(p * sum(e in other for other in texts) for e, p in table[word].items())
            idf = np.log(1 + (len(texts) - df + 0.5) / (df + 0.5))
            score += idf * tf / (tf + 1.2 * (1 - 0.75 + 0.75 * len(text) / average))
        if score:
            expected[document.id] = score
    found = method.search(given({"t": "Haus Garten"}, table))["t"]
    assert dict(zip(*found[:2], strict=True)) == pytest.approx(expected, rel=1e-6)
    assert found.documents == sorted(expected, key=expected.__getitem__, reverse=True)


@pytest.mark.parametrize("topic", ["house garden", "a book of 1984", "poet poet the", "xyz"])
def test_without_translation_it_is_bm25(topic: str) -> None:
    """Words that the lexicon does not know stand for themselves."""
    what = given({"t": topic}, {"x": {"y": 1.0}})
    found, expected = PSQ().search(what)["t"], BM25().search(what)["t"]
    assert found.documents == expected.documents
    assert found.scores == pytest.approx(expected.scores, rel=1e-5)


def test_unlikely_translations_are_left_out() -> None:
    """By their own probability, and by the share that those before them make up."""
    translations = [("a", 0.5), ("b", 0.3), ("c", 0.15), ("d", 0.05)]
    found = dict(PSQ(cumulative=0.7, smallest=0.0).kept(translations, "x"))
    assert found == pytest.approx({"a": 0.625, "b": 0.375})
    assert [e for e, _ in PSQ(cumulative=1.0, smallest=0.1).kept(translations, "x")] == [
        "a",
        "b",
        "c",
    ]
    assert [e for e, _ in PSQ(cumulative=0.01).kept(translations, "x")] == ["a"]
    assert PSQ().kept(None, "x") == [("x", 1.0)]
