"""Scores of a run, for cells and trials."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from clirbench.data.base import CollectionSource
from clirbench.running.stage import Context, Data
from clirbench.spec.model import ENGLISH

if TYPE_CHECKING:
    from clirbench.data.base import TopicScores

__all__ = ["judge"]


def judge(
    run: Path,
    collection: Data,
    language: str,
    measures: Sequence[str],
    context: Context,
    *,
    empty: bool = True,
) -> TopicScores:
    """Score a run on every judged topic.

    Args:
        run: the folder of the run's artifact.
        collection: with the judgments.
        language: of the topics.
        measures: by which.
        context: to fetch the collection.
        empty: whether a topic without results counts, by measures that look for answers.
    """
    from clirbench.retrieval.measures import evaluate
    from clirbench.retrieval.xor import ANSWER_MEASURES, answer_recall
    from clirbench.running.rankings import load_rankings

    source = cast("CollectionSource", collection.source)
    judgments = source.judgments(context.fetch, language)
    ranked = load_rankings(run)
    by_answers = [name for name in measures if name in ANSWER_MEASURES]
    scores = evaluate(ranked, judgments, [m for m in measures if m not in by_answers])
    if by_answers:
        found = answer_recall(
            ranked,
            source.answers(context.fetch, language),
            lambda ids: source.texts(context.fetch, ENGLISH, ids),
            by_answers,
            empty=empty,
        )
        scores = {topic: {**own, **found[topic]} for topic, own in scores.items()}
    return scores
