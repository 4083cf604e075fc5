"""Runs for topics in translation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clirbench.data.base import Topics
from clirbench.running.stage import Context
from clirbench.running.stages.documents import copy_training
from clirbench.running.stages.run import LexicalRunStage, RunStage
from clirbench.running.stages.translation import TranslationStage, read_translation

__all__ = ["TranslatedLexicalRunStage", "TranslatedRunStage"]


@dataclass(frozen=True, kw_only=True)
class TranslatedRunStage(RunStage):
    """Reads translated topics with an encoder and searches the documents."""

    translation: TranslationStage

    def topics(self, inputs: Mapping[str, Path], context: Context) -> Topics:
        """The translations."""
        del context
        return read_translation(inputs["translation"])

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the run and, for a trained translator, the log of its training."""
        super().make(folder, inputs, context)
        copy_training(inputs["translation"], folder)


@dataclass(frozen=True, kw_only=True)
class TranslatedLexicalRunStage(LexicalRunStage):
    """Searches the documents by BM25 for translated topics."""

    translation: TranslationStage

    def topics(self, inputs: Mapping[str, Path], context: Context) -> Topics:
        """The translations."""
        del context
        return read_translation(inputs["translation"])

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the run and, for a trained translator, the log of its training."""
        super().make(folder, inputs, context)
        copy_training(inputs["translation"], folder)
