"""A cell's results: its run, the score of each topic, the log of its training."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

from clirbench.data.base import JSON, CollectionSource, TopicScores, without_relevant
from clirbench.results.names import NOTES, OVERLAP, PLANS, RUN, SCORES
from clirbench.results.scores import RBO, write_scores
from clirbench.running.stage import Context, Data, Stage
from clirbench.running.stages.cut import read_cut
from clirbench.running.stages.judging import judge
from clirbench.running.stages.run import RunStage
from clirbench.running.training_log import copy_log
from clirbench.wording import listed

__all__ = ["CellStage"]

_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class CellStage(Stage):
    """Judges a run; kept in the results folder, not in the store."""

    kind: ClassVar[str] = "cell"
    optional: ClassVar[frozenset[str]] = frozenset({RUN, PLANS})
    on_device: ClassVar[bool] = False
    neutral: ClassVar[Mapping[str, object]] = {"plain": None}

    run: RunStage
    collection: Data
    language: str
    """The pair's query language, whose judgments count."""
    measures: tuple[str, ...]
    plain: RunStage | None = None
    """Of perturbed topics: the run with topics as they are, which theirs is compared with."""

    def settings(self) -> dict[str, JSON]:
        """As the fields say, and the cell's name: two cells of like settings are still two."""
        return {**super().settings(), "cell": self.title}

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the scores, and copy what the run's stage left."""
        scores = judge(
            inputs["run"],
            self.collection,
            self.language,
            self.measures,
            context,
            empty=self.run.complete,
        )
        write_scores(folder / SCORES, scores, self.measures)
        if self.plain is not None:
            overlap = _overlap(scores, inputs["run"], inputs["plain"])
            write_scores(folder / OVERLAP, overlap, (RBO,))
        if notes := list(self._notes(scores, inputs["run"], context)):
            (folder / NOTES).write_text(json.dumps(notes) + "\n", encoding="utf-8")
        shutil.copyfile(inputs["run"] / RUN, folder / RUN)
        if self.plain is None:  # else nothing was trained anew: that cell has the log
            copy_log(inputs["run"], folder)

    def _notes(self, scores: TopicScores, run: Path, context: Context) -> Iterator[str]:
        """Tell which topics count 0 whatever a system does, and which because it has nothing for them."""
        source = cast("CollectionSource", self.collection.source)
        none = without_relevant(source.judgments(context.fetch, self.language))
        if none and not source.answered:
            yield (
                f"{self.title.partition('/')[0]}: {len(none)} of {len(scores)} topics have no "
                "relevant document, so every ranking scores 0 on them: "
                f"{listed(none, _SHOWN, between=', ')}"
            )
        yield from read_cut(run)
        if self.run.taken_over:
            from clirbench.running.rankings import load_rankings

            ranked = load_rankings(run)
            if absent := [topic for topic in scores if topic not in ranked]:
                yield (
                    f"{self.title}: {len(absent)} of {len(scores)} topics have no line in the "
                    f"run, and score 0: {listed(absent, _SHOWN, between=', ')}"
                )


def _overlap(topics: Iterable[str], run: Path, plain: Path) -> TopicScores:
    """How alike the rankings of two runs are, topic by topic."""
    from clirbench.retrieval.overlap import rank_biased_overlap
    from clirbench.retrieval.run import Ranked
    from clirbench.running.rankings import load_rankings

    found, before, none = load_rankings(run), load_rankings(plain), Ranked.of({})
    return {
        topic: {RBO: rank_biased_overlap(found.get(topic, none), before.get(topic, none))}
        for topic in topics
    }
