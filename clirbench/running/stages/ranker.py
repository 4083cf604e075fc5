"""A student: the teacher, or what [student] names, taught to rank passages for foreign queries."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

from clirbench.data.base import CollectionSource
from clirbench.errors import DataError
from clirbench.methods.base import Ranking
from clirbench.running.stage import Context, Data, Stage
from clirbench.running.stages.encoder import EncoderStage, load_start
from clirbench.running.stages.lexicon import FROM_ENGLISH, LexiconStage
from clirbench.running.stages.queries import QueriesStage
from clirbench.running.stages.teacher import TeacherStage
from clirbench.running.stages.tokens import Length, length_of, read_length
from clirbench.running.stages.tuning import TrainedStage
from clirbench.running.training_log import write_log
from clirbench.spec.identity import seed_for

__all__ = ["RankerStage"]


@dataclass(frozen=True, kw_only=True)
class RankerStage(TrainedStage):
    """Trains a student on queries."""

    kind: ClassVar[str] = "student"
    version: ClassVar[int] = 2
    neutral: ClassVar[Mapping[str, object]] = {
        **TrainedStage.neutral,
        "start": None,
        "own_length": None,
        "fitted": False,
    }

    teacher: TeacherStage
    queries: QueriesStage
    collection: Data
    """Whose queries they are."""
    query: str
    """The language that the student is to read them in."""
    lexicon: LexiconStage | None
    """For queries whose words are replaced; none: the collection's translations are read."""
    method: Ranking
    start: EncoderStage | None = None
    """What it starts from; none: the teacher."""
    own_length: Length | None = None
    """Longest query that it reads, in its own word pieces; none: as the teacher's."""
    fitted: bool = False
    """Whether its vectors are brought near the teacher's of English sentences before training."""

    @property
    def over(self) -> Stage:
        """What it starts from: its own artifact has what the training changed."""
        return self.start or self.teacher

    def train(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the encoder and the log of its training.

        Raises:
            DataError: the collection has no translations of its queries.
        """
        from clirbench.models.fitting import fit_start
        from clirbench.models.ragged import Ragged
        from clirbench.training.ranker import Candidates, train_ranker

        text = json.loads((inputs["queries"] / "queries.json").read_text(encoding="utf-8"))
        length = read_length(inputs["queries"])
        if self.own_length is not None:
            length = length_of(self.own_length, inputs.get("own_length"))
        queries = Ragged.load(inputs["queries"] / "queries.safetensors")
        student = load_start(inputs, queries.width, self.seed, self.pair, fitted=self.fitted)
        if self.fitted:
            fit_start(student.to(context.device), text["queries"], queries, length)
        steps = train_ranker(
            student.to(context.device),
            self._readings(text["queries"], inputs, context),
            Candidates(
                queries=queries,
                passages=Ragged.load(inputs["queries"] / "passages.safetensors"),
                relevant=text["relevant"],
                others=text["others"],
                texts=text["queries"],
            ),
            method=self.method,
            training=self.training,
            length=length,
            pair=self.pair,
            seed=self.seed,
            **context.going_on,
        )
        write_log(folder, steps, context)
        student.to("cpu").save(folder, inputs["start" if self.start else "teacher"])

    def _readings(
        self, queries: Sequence[str], inputs: Mapping[str, Path], context: Context
    ) -> list[list[str]]:
        """The queries as the student reads them, epoch by epoch."""
        from clirbench.retrieval.lexicon import Lexicon

        epochs = range(self.training.epochs)
        if self.lexicon is None:
            source = cast("CollectionSource", self.collection.source)
            language = self.queries.language
            found = list(source.translated_queries(context.fetch, self.query, language))
            if not found:
                raise DataError(
                    f"{source.name}: no translations of its training queries into {self.query}; "
                    "`code-switch` does without"
                )
            return [found for _ in epochs]
        lexicon = Lexicon.load(inputs["lexicon"], FROM_ENGLISH).entries()
        return [
            [
                self.method.switch(
                    query, lexicon, seed_for(self.seed, self.pair, "switch", epoch, index)
                )
                for index, query in enumerate(queries)
            ]
            for epoch in epochs
        ]
