"""The measures of XOR-Retrieve: is an answer among the first 2,000 or 5,000 words retrieved?

R@nkt (Asai et al. 2021, section 4.1), by the rule of its evaluation script: the passages of a topic, in
rank order, are split into words, one after another until there are enough; the first n thousand words
are joined by spaces, and the topic scores 1 if that text contains one of its answers, letter for
letter. "yes" and "no" are no answers; a topic that has no other is not scored. As the answers are not
split into words, one with marks inside ("Washington, D.C.") is seldom found: a property of the measure.

Unlike that script, which scores only the topics that a run has, a run that lacks one is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from clirbench.errors import DataError
from clirbench.retrieval.treebank import words

if TYPE_CHECKING:
    from clirbench.retrieval.run import Ranked

__all__ = ["ANSWER_MEASURES", "answer_recall", "first_words", "found", "scored_answers"]

ANSWER_MEASURES = MappingProxyType({"R@2kt": 2000, "R@5kt": 5000})
"""Measures that look for answers in the first so many words retrieved; ir-measures has all others."""
_AT_ONCE = 100
"""Passages of a topic whose texts are asked for together; 5,000 words are 50 passages of 100."""
_POLAR = frozenset({"yes", "no"})


def scored_answers(answers: Iterable[str]) -> tuple[str, ...]:
    """The answers that can be looked for in passages."""
    return tuple(answer for answer in answers if answer not in _POLAR)


def first_words(passages: Iterable[str], most: int) -> list[str]:
    """The first `most` words of passages in rank order, of which no more are taken than needed."""
    kept: list[str] = []
    for passage in passages:
        kept += words(passage)
        if len(kept) >= most:
            break
    return kept[:most]


def found(kept: Sequence[str], answers: Sequence[str]) -> bool:
    """Whether words that follow one another contain one of the answers that `scored_answers` gives."""
    text = " ".join(kept)
    return any(answer in text for answer in answers)


def answer_recall(
    run: Mapping[str, Ranked],
    answers: Mapping[str, Sequence[str]],
    texts: Callable[[Sequence[str]], Mapping[str, str]],
    measures: Sequence[str],
    *,
    empty: bool = False,
) -> dict[str, dict[str, float]]:
    """Score every topic that has an answer: topic → measure → 0 or 1.

    Args:
        run: topic → documents, best first.
        answers: topic → all of its answers.
        texts: gives the texts of some documents, by id.
        measures: of `ANSWER_MEASURES`.
        empty: whether a topic that the run lacks was searched for and nothing found, which scores 0.

    Raises:
        DataError: the run lacks a topic, or has a document that is not there.
    """
    scored = {topic: kept for topic, own in answers.items() if (kept := scored_answers(own))}
    lacking = [topic for topic in scored if topic not in run]
    if lacking and not empty:
        raise DataError(
            f"the run lacks {len(lacking)} of {len(scored)} topics, {lacking[0]} the first; "
            f"{', '.join(measures)} need all topics, since leaving some out would raise the "
            "scores"
        )
    most = max(map(ANSWER_MEASURES.__getitem__, measures))
    scores = {}
    for topic, wanted in scored.items():
        ids = run[topic].documents if topic in run else ()
        read = first_words(_passages(ids, texts), most)
        scores[topic] = {
            name: float(found(read[: ANSWER_MEASURES[name]], wanted)) for name in measures
        }
    return scores


def _passages(
    ids: Sequence[str], texts: Callable[[Sequence[str]], Mapping[str, str]]
) -> Iterator[str]:
    """Texts of some documents in order, fetched when they are come to."""
    for start in range(0, len(ids), _AT_ONCE):
        asked = ids[start : start + _AT_ONCE]
        got = texts(asked)
        if missing := next((each for each in asked if each not in got), None):
            raise DataError(
                f'the run has a document "{missing}" that does not exist in the collection'
            )
        yield from (got[each] for each in asked)
