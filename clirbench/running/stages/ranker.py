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
from clirbench.running.stage import Context, Data
from clirbench.running.stages.lexicon import FROM_ENGLISH, LexiconStage
from clirbench.running.stages.queries import QueriesStage
from clirbench.running.stages.taught import TaughtStage
from clirbench.running.stages.tokens import read_length
from clirbench.running.training_log import write_log
from clirbench.spec.identity import seed_for

__all__ = ["RankerStage"]


@dataclass(frozen=True, kw_only=True)
class RankerStage(TaughtStage):
    """Trains a student on queries."""

    version: ClassVar[int] = 2

    queries: QueriesStage
    collection: Data
    """Whose queries they are."""
    query: str
    """The language that the student is to read them in."""
    lexicon: LexiconStage | None
    """For queries whose words are replaced; none: the collection's translations are read."""
    method: Ranking

    def train(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the encoder and the log of its training.

        Raises:
            DataError: the collection has no translations of its queries.
        """
        from clirbench.models.ragged import Ragged
        from clirbench.training.ranker import Candidates, train_ranker

        text = json.loads((inputs["queries"] / "queries.json").read_text(encoding="utf-8"))
        length = self.longest(inputs, read_length(inputs["queries"]))
        queries = Ragged.load(inputs["queries"] / "queries.safetensors")
        student = self.begun(inputs, context, text["queries"], queries, length)
        steps = train_ranker(
            student,
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
                    "`code-switch` needs none"
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
