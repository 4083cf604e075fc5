"""Topics in translation, and the model that translates them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, cast

from clirbench.data.base import JSON, CollectionSource, Topics
from clirbench.errors import DataError
from clirbench.models.hub import Model, models_of
from clirbench.models.settings import Scratch
from clirbench.running.stage import Context, Data, Stage, checksums
from clirbench.running.stages.perturbed import PerturbedStage, read_perturbed
from clirbench.running.stages.sentences import PairsStage, read_pairs
from clirbench.running.stages.tuning import TrainedStage
from clirbench.running.training_log import copy_log, write_log
from clirbench.spec.identity import seed_for

__all__ = ["TranslationStage", "TranslatorStage", "read_translation"]


@dataclass(frozen=True, kw_only=True)
class TranslatorStage(TrainedStage):
    """Trains a small translation model on the bitext."""

    kind: ClassVar[str] = "translator"
    tried: ClassVar[tuple[str, ...]] = ("shape", "smoothing", "length", "training")

    bitext: PairsStage
    shape: Scratch
    smoothing: float
    length: int
    """Longest sentence in word pieces."""

    def train(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the model and the log of its training."""
        from clirbench.models.translator import Translator
        from clirbench.training.gradients import seeded
        from clirbench.training.translator import train_translator

        pairs = read_pairs(inputs["bitext"])
        with seeded(seed_for(self.seed, self.pair, "translator", "start")):
            texts = [text for pair in pairs for text in (pair.foreign, pair.english)]
            translator = Translator.build(self.shape, texts, self.length)
        steps = train_translator(
            translator.to(context.device),
            pairs,
            training=self.training,
            smoothing=self.smoothing,
            length=self.length,
            pair=self.pair,
            seed=self.seed,
            **context.going_on,
        )
        write_log(folder, steps, context)
        translator.to("cpu").save(folder)


@dataclass(frozen=True, kw_only=True)
class TranslationStage(Stage):
    """Translates the topics."""

    kind: ClassVar[str] = "translation"
    neutral: ClassVar[Mapping[str, object]] = {"perturbed": None}

    translator: TranslatorStage | None
    """None: a model as it is."""
    model: str
    """A hub id or a folder, if there is no translator."""
    checksums: JSON
    """Of a local folder's files; none for a hub id."""
    revision: str | None
    codes: tuple[str, str] | None
    """The model's own names of the two languages."""
    prefix: str
    beams: int
    length: int
    """Longest topic and translation in word pieces."""
    collection: Data
    language: str
    """Of the topics."""
    perturbed: PerturbedStage | None = None
    """What the topics have become; none: they are as they are."""

    def settings(self) -> dict[str, JSON]:
        """As the fields say, but a local model is known by its content, not by its path."""
        settings = super().settings()
        if self.checksums is not None:
            settings["model"] = None
        return settings

    @property
    def models(self) -> tuple[Model, ...]:
        """The model as it is, if it is of a hub."""
        return () if self.translator else models_of(self.model, self.revision)

    def as_now(self) -> TranslationStage:
        """Its model, too."""
        now = None if self.translator else checksums(self.model, str(self))
        return replace(super().as_now(), checksums=now)

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the translations and, for a trained model, the log of its training.

        Raises:
            DataError: the model cannot be loaded, or gives nothing for any topic.
        """
        from clirbench.models.translator import Translator

        source = cast("CollectionSource", self.collection.source)
        topics = (
            read_perturbed(inputs["perturbed"])
            if self.perturbed
            else source.topics(context.fetch, self.language)
        )
        own = inputs.get("translator")
        translator = Translator.load(self.model if own is None else str(own), self.revision)
        texts = translator.to(context.device).translate(
            [self.prefix + text for text in topics.values()],
            beams=self.beams,
            length=self.length,
            codes=self.codes,
            progress=context.counted,
        )
        if not any(texts):
            raise DataError(f'translation model "{self.model}" gives nothing for any topic')
        found = dict(zip(topics, texts, strict=True))
        text = json.dumps(found, ensure_ascii=False, indent=1)
        (folder / "topics.json").write_text(text, encoding="utf-8")
        if own is not None:
            copy_log(own, folder)


def read_translation(folder: Path) -> Topics:
    """Read the topics of a translation artifact."""
    topics: dict[str, str] = json.loads((folder / "topics.json").read_text(encoding="utf-8"))
    return topics
