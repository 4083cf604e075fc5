from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from clirbench.errors import DataError
from clirbench.retrieval.run import Ranked
from clirbench.retrieval.xor import answer_recall, first_words, found, scored_answers

CASES = json.loads((Path(__file__).parent / "golden" / "xor_retrieve.json").read_text("utf-8"))
TEXTS = {"d1": "word " * 1999 + "Tokyo", "d2": "Kyoto", "d3": "word " * 3000 + "Osaka"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_the_rule(case: dict[str, object]) -> None:
    """Cases made by hand, each trap of the official script among them."""
    answers = scored_answers(case["answers"])  # type: ignore[arg-type]
    hit = found(first_words(case["passages"], case["words"]), answers) if answers else None  # type: ignore[arg-type]
    assert hit is case["hit"]


def test_golden_cases_are_many() -> None:
    """At least twenty, no two alike."""
    assert len({json.dumps(case) for case in CASES}) == len({case["why"] for case in CASES}) >= 20


def texts(ids: Sequence[str]) -> Mapping[str, str]:
    """The texts of the documents that there are."""
    return {each: TEXTS[each] for each in ids if each in TEXTS}


def of(run: Mapping[str, Mapping[str, float]]) -> dict[str, Ranked]:
    """As `answer_recall` takes it."""
    return {topic: Ranked.of(found) for topic, found in run.items()}


def test_scores() -> None:
    """2,000 and 5,000 words, by score; topics answered by yes or no alone are not scored."""
    run = of({"a": {"d1": 3, "d2": 2}, "b": {"d1": 2, "d2": 1}, "c": {"d3": 1}, "y": {}})
    answers = {"a": ["Tokyo"], "b": ["yes", "Kyoto"], "c": ["Osaka"], "y": ["yes"]}
    assert answer_recall(run, answers, texts, ["R@2kt", "R@5kt"]) == {
        "a": {"R@2kt": 1.0, "R@5kt": 1.0},
        "b": {"R@2kt": 0.0, "R@5kt": 1.0},
        "c": {"R@2kt": 0.0, "R@5kt": 1.0},
    }


def test_a_topic_that_is_left_out() -> None:
    """The official script drops it from the mean; here it is an error, or scores 0 if searched for."""
    answers = {"a": ["Tokyo"], "b": ["Kyoto"]}
    run = of({"a": {"d1": 1.0}})
    with pytest.raises(DataError, match="lacks 1 of 2 topics, b the first; R@2kt need all topics"):
        answer_recall(run, answers, texts, ["R@2kt"])
    scores = answer_recall(run, answers, texts, ["R@2kt"], empty=True)
    assert scores == {"a": {"R@2kt": 1.0}, "b": {"R@2kt": 0.0}}


def test_an_unknown_document() -> None:
    """A run of another collection is an error."""
    with pytest.raises(DataError, match='document "x" that does not exist'):
        answer_recall(of({"a": {"x": 1.0}}), {"a": ["Tokyo"]}, texts, ["R@2kt"])


def test_texts_are_asked_for_once_and_no_more_than_needed() -> None:
    """A hundred documents at a time, until there are words enough."""
    asked: list[str] = []

    def counted(ids: Sequence[str]) -> Mapping[str, str]:
        asked.extend(ids)
        return dict.fromkeys(ids, "word " * 100)

    run = of({"a": {f"d{n}": -float(n) for n in range(1000)}})
    answer_recall(run, {"a": ["Tokyo"]}, counted, ["R@2kt", "R@5kt"])
    assert asked == [f"d{n}" for n in range(100)]
