from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest

from clirbench.data.base import CollectionSource, Document, Fetch, TrainingQuery
from clirbench.data.sources.xquad import XQuAD
from clirbench.errors import DataError

Apart = Callable[[CollectionSource, Fetch, str], None]
Serve = Callable[[Mapping[str, bytes]], Fetch]
PINNED = ["ar", "de", "en", "hi", "ru", "zh"]


def squad(*paragraphs: tuple[str, dict[str, str]]) -> bytes:
    """A file in SQuAD's format: one article, paragraphs with questions by id."""
    return json.dumps(
        {
            "version": "1.1",
            "data": [
                {
                    "title": "t",
                    "paragraphs": [
                        {
                            "context": context,
                            "qas": [
                                {"id": i, "question": q, "answers": []}
                                for i, q in questions.items()
                            ],
                        }
                        for context, questions in paragraphs
                    ],
                }
            ],
        }
    ).encode()


def test_a_small_collection(serve: Serve) -> None:
    """Paragraphs are numbered; each question is judged on its own."""
    fetch = serve({"xquad.ar.json": squad(("one ", {"a": "A?"}), ("two", {"b": "B?", "c": "A?"}))})
    source = XQuAD()
    assert list(source.documents(fetch, "ar")) == [Document("1.1", "one"), Document("1.2", "two")]
    assert source.topics(fetch, "ar") == {"a": "A?", "b": "B?", "c": "A?"}
    assert source.judgments(fetch, "ar") == {"a": {"1.1": 1}, "b": {"1.2": 1}, "c": {"1.2": 1}}
    assert source.clusters(fetch, "ar") == {"a": "1.1", "b": "1.2", "c": "1.2"}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"{", r"xquad\.ar\.json: not JSON"),
        (b'{"data": []}', r"data: list should have at least 1 item"),
        (squad(("", {"a": "A?"})), r"data\.0\.paragraphs\.0\.context: string should have at"),
        (squad(("one", {"a": "A?"}), ("two", {"a": "B?"})), 'duplicate question "a"'),
        (squad(("one", {"a b": "A?"})), r"qas\.0\.id: string should match"),
        (
            squad(
                ("one", {}),
            ),
            r"qas: list should have at least 1 item",
        ),
    ],
)
def test_faults(serve: Serve, content: bytes, error: str) -> None:
    """A file of another form is an error that names the field."""
    with pytest.raises(DataError, match=error):
        XQuAD().topics(serve({"xquad.ar.json": content}), "ar")


def test_unpinned_languages() -> None:
    """All eleven languages are on offer; those whose checksum is not known are not pinned."""
    source = XQuAD()
    assert len(source.languages()) == 11
    assert [d.sha256 is None for d in source.downloads("el")] == [False, True]
    assert all(d.sha256 for language in PINNED for d in source.downloads(language))


@pytest.mark.parametrize("language", PINNED)
def test_upstream(upstream: Fetch, held_apart: Apart, language: str) -> None:
    """240 paragraphs and 1,190 questions, under the same ids in all languages."""
    source = XQuAD()
    topics = source.topics(upstream, language)
    assert len(topics) == 1190
    assert len(list(source.documents(upstream, language))) == 240
    assert list(topics) == list(source.topics(upstream, "en"))
    assert source.judgments(upstream, language) == source.judgments(upstream, "en")
    clusters = source.clusters(upstream, language)
    assert clusters == source.clusters(upstream, "en")
    assert len(set(clusters.values())) == 240
    held_apart(source, upstream, language)


def test_a_teacher_learns_from_the_questions(serve: Serve) -> None:
    """Each with its paragraph, where another collection is searched; to methods it gives none."""
    fetch = serve({"xquad.en.json": squad(("one ", {"a": "A?"}), ("two", {"b": "B?", "c": "A?"}))})
    assert list(XQuAD().teaching_queries(fetch, "en")) == [
        TrainingQuery("A?", "one"),
        TrainingQuery("B?", "two"),
        TrainingQuery("A?", "two"),
    ]
    assert not list(XQuAD().training_queries(fetch, "en"))


def test_teaching_upstream(upstream: Fetch) -> None:
    """All 1,190."""
    assert len(list(XQuAD().teaching_queries(upstream, "en"))) == 1190
