"""A cell's results: its run, the score of each topic, the log of its training."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from clirbench.data.base import JSON, CollectionSource, without_relevant
from clirbench.running.stage import Context, Data, Stage
from clirbench.running.stages.outside import OutsideRunStage
from clirbench.suite.model import ANSWER_MEASURES, ENGLISH

if TYPE_CHECKING:
    from clirbench.retrieval.measures import TopicScores

__all__ = ["NOTES", "CellStage", "judge"]

NOTES = "notes.json"
"""What must be known of a cell's numbers, if anything: an array of sentences for below the table."""
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class CellStage(Stage):
    """Judges a run; kept in the results folder, not in the store."""

    kind: ClassVar[str] = "cell"
    optional: ClassVar[frozenset[str]] = frozenset({"run.trec.gz", "plans.json"})
    on_device: ClassVar[bool] = False

    run: Stage
    """Of the kind "run", however it is made."""
    collection: Data
    language: str
    """The pair's query language, whose judgments count."""
    measures: tuple[str, ...]

    def settings(self) -> dict[str, JSON]:
        """As the fields say, and the cell's name: two cells of like settings are still two."""
        return {**super().settings(), "cell": self.title}

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the scores, and copy what the run's stage left."""
        from clirbench.retrieval.measures import write_scores

        scores = judge(
            inputs["run"],
            self.collection,
            self.language,
            self.measures,
            context,
            empty=not isinstance(self.run, OutsideRunStage) or self.run.method.missing == "zero",
        )
        write_scores(folder / "scores.csv", scores, self.measures)
        source = cast("CollectionSource", self.collection.source)
        none = without_relevant(source.judgments(context.fetch, self.language))
        if none and not source.answered:
            note = (
                f"{self.title.partition('/')[0]}: {len(none)} of {len(scores)} topics have no relevant "
                f"document, so that every ranking scores 0 on them: {_listed(none)}"
            )
            (folder / NOTES).write_text(json.dumps([note]) + "\n", encoding="utf-8")
        for name in ("run.trec.gz", "training.jsonl", "plans.json"):
            if (inputs["run"] / name).exists():
                shutil.copyfile(inputs["run"] / name, folder / name)


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
    from clirbench.retrieval.run import load_rankings
    from clirbench.retrieval.xor import answer_recall

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


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return ", ".join(ids[:_SHOWN]) + more
