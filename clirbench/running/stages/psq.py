"""Runs of probabilistic structured queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

from clirbench.data.base import CollectionSource
from clirbench.methods.psq import PSQ
from clirbench.running.stage import Context, Data, Stage
from clirbench.running.stages.lexicon import TO_ENGLISH, LexiconStage

__all__ = ["PSQRunStage"]


@dataclass(frozen=True, kw_only=True)
class PSQRunStage(Stage):
    """Searches the documents for the translations of the topics' words."""

    kind: ClassVar[str] = "run"
    version: ClassVar[int] = 2
    on_device: ClassVar[bool] = False

    method: PSQ
    lexicon: LexiconStage
    collection: Data
    language: str
    """Of the topics."""
    documents: str
    """The documents' language."""
    depth: int

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the run."""
        from clirbench.retrieval.lexicon import Lexicon
        from clirbench.retrieval.psq import search_psq
        from clirbench.retrieval.run import said, save_rankings

        source = cast("CollectionSource", self.collection.source)
        rankings = search_psq(
            list(source.documents(context.fetch, self.documents)),
            source.topics(context.fetch, self.language),
            Lexicon.load(inputs["lexicon"], TO_ENGLISH),
            self.method,
            self.depth,
        )
        save_rankings(folder, rankings)
        if ties := said(rankings):
            context.says(ties)
