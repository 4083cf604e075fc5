"""Bitext whose English sides a translation model made."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clirbench.data.base import SentencePair
from clirbench.data.bitext import SourceCounts
from clirbench.errors import DataError
from clirbench.running.stage import Context
from clirbench.running.stages.sentences import COUNTS, PairsStage, read_pairs, write_pairs
from clirbench.running.stages.translation import TranslatorStage

__all__ = ["MachineMadeStage"]


@dataclass(frozen=True, kw_only=True)
class MachineMadeStage(PairsStage):
    """Translates foreign sentences that the translator has not learned from."""

    every: PairsStage
    """Those of the translator, and as many more as are wanted: a smaller draw is part of a larger one."""
    learned: PairsStage
    """Those of the translator."""
    translator: TranslatorStage
    beams: int
    length: int
    """Longest sentence and translation in word pieces."""

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the pairs, and what was left out and why.

        Raises:
            DataError: too few sentences are left that the translator has not learned from.
        """
        from clirbench.models.translator import Translator

        every = read_pairs(inputs["every"])
        learned = {pair.foreign for pair in read_pairs(inputs["learned"])}
        new = [pair.foreign for pair in every if pair.foreign not in learned]
        translator = Translator.load(str(inputs["translator"])).to(context.device)
        texts = translator.translate(
            new, beams=self.beams, length=self.length, progress=context.counted
        )
        made = [SentencePair(*pair) for pair in zip(new, texts, strict=True) if pair[1]]
        if len(made) < 2:  # noqa: PLR2004 - as of sentences
            raise DataError(
                f"{self.title}: only {len(made)} sentence pairs made by translation, of "
                f"{len(new)} that the translator has not learned from; training needs 2 or more. "
                "Lower training.pairs"
            )
        left_out = {"learned from": len(every) - len(new), "no translation": len(new) - len(made)}
        counts = SourceCounts(
            source="translated",
            read=len(every),
            left_out=left_out,
            kept=len(made),
            used=len(made),
        )
        text = json.dumps([dataclasses.asdict(counts)], indent=1)
        (folder / COUNTS).write_text(text, encoding="utf-8")
        write_pairs(folder, made)
