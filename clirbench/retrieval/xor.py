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

from clirbench.errors import DataError
from clirbench.retrieval.run import Ranked
from clirbench.retrieval.treebank import words

__all__ = ["ANSWER_MEASURES", "answer_recall", "found", "scored_answers"]

ANSWER_MEASURES = MappingProxyType({"R@2kt": 2000, "R@5kt": 5000})
"""Measures that look for answers in the first so many words retrieved; ir-measures has all others."""
_AT_ONCE = 100
"""Passages of a topic whose texts are asked for together; 5,000 words are 50 passages of 100."""
_POLAR = frozenset({"yes", "no"})


def scored_answers(answers: Iterable[str]) -> tuple[str, ...]:
    """The answers that can be looked for in passages."""
    return tuple(answer for answer in answers if answer not in _POLAR)


def found(passages: Iterable[str], answers: Sequence[str], most: int) -> bool:
    """Whether the first `most` words of the passages contain an answer.

    Args:
        passages: texts in rank order; no more are taken than needed.
        answers: those that count, see `scored_answers`.
        most: words.
    """
    kept: list[str] = []
    for passage in passages:
        kept += words(passage)
        if len(kept) >= most:
            break
    text = " ".join(kept[:most])
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
            f"{', '.join(measures)} are defined over all topics: leaving some out would raise them"
        )
    scores = {}
    for topic, own in scored.items():
        passages = _Passages(run[topic].documents if topic in run else (), texts)
        scores[topic] = {
            name: float(found(passages, own, ANSWER_MEASURES[name])) for name in measures
        }
    return scores


class _Passages:
    """Texts of some documents in order, fetched when they are come to, and kept."""

    def __init__(
        self, ids: Sequence[str], texts: Callable[[Sequence[str]], Mapping[str, str]]
    ) -> None:
        self._ids = ids
        self._texts = texts
        self._known: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for place in range(len(self._ids)):
            if place == len(self._known):
                asked = self._ids[place : place + _AT_ONCE]
                got = self._texts(asked)
                if missing := next((each for each in asked if each not in got), None):
                    raise DataError(f'the run has a document "{missing}" that is not there')
                self._known += (got[each] for each in asked)
            yield self._known[place]
