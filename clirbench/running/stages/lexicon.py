"""A probabilistic dictionary of the pair's two languages, for all methods that look words up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from clirbench.running.stage import Context, Stage
from clirbench.running.stages.sentences import PairsStage, read_pairs

__all__ = ["FROM_ENGLISH", "TO_ENGLISH", "LexiconStage"]

TO_ENGLISH = "foreign-english"
FROM_ENGLISH = "english-foreign"


@dataclass(frozen=True, kw_only=True)
class LexiconStage(Stage):
    """Learns word translations in both directions from sentence pairs; no encoder has a part in it."""

    kind: ClassVar[str] = "lexicon"
    version: ClassVar[int] = 2
    on_device: ClassVar[bool] = False

    sentences: PairsStage
    iterations: int
    """Of expectation maximisation."""

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the tables."""
        from clirbench.retrieval.lexicon import learn_lexicon

        pairs = read_pairs(inputs["sentences"])
        sides = {
            TO_ENGLISH: [(pair.foreign, pair.english) for pair in pairs],
            FROM_ENGLISH: [(pair.english, pair.foreign) for pair in pairs],
        }
        for done, (name, side) in enumerate(sides.items(), 1):
            learn_lexicon(side, self.iterations).save(folder, name)
            context.progress(done, len(sides), "")
