"""The teacher: loaded as it is, or trained on the collection's queries and passages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import ClassVar, cast

from clirbench.data.base import JSON, BitextSource, CollectionSource, TrainingQuery
from clirbench.data.examples import checksum_of, training_examples
from clirbench.errors import DataError
from clirbench.running.stage import Context, Data, Stage, checksums
from clirbench.running.stages.encoder import by_content, tell_backbone
from clirbench.running.training_log import write_log
from clirbench.spec.identity import seed_for
from clirbench.spec.model import Teacher, TeacherTraining

__all__ = ["TeacherStage"]


@dataclass(frozen=True, kw_only=True)
class TeacherStage(Stage):
    """Makes the encoder that documents are read with and students start from."""

    kind: ClassVar[str] = "teacher"
    neutral: ClassVar[Mapping[str, object]] = {"file": None, "reading": None}

    teacher: Teacher
    backbone: JSON
    """Checksums of a local backbone's files; none for a hub id."""
    language: str
    """Of the documents."""
    collection: Data | None
    """What it is trained on, if it is."""
    bitext: tuple[tuple[str, Data], ...]
    """Language and bitext: text for the tokenizer of an encoder from scratch."""
    file: str | None = None
    """SHA-256 of the file that it is trained on, if it is one of the user's."""
    reading: JSON = None
    """What a local backbone's files make of how texts are read; none: nothing that [teacher] does not
    say, or a hub id, whose files are not known."""

    def settings(self) -> dict[str, JSON]:
        """As the fields say, but local files are known by their content, not by their paths."""
        settings = super().settings()
        teacher = by_content(self.teacher, self.backbone)
        if self.file is not None:
            training = cast("dict[str, JSON]", teacher["training"])
            teacher = {**teacher, "training": {**training, "source": None}}
        return {**settings, "teacher": teacher}

    def as_now(self) -> TeacherStage:
        """Its model and its file, too."""
        source = self.teacher.training.source if self.teacher.training else None
        return replace(
            super().as_now(),
            backbone=None
            if self.teacher.scratch
            else checksums(self.teacher.backbone, "teacher.backbone"),
            file=None if source is None else checksum_of(source),
        )

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the encoder and, where it is trained, the log of its training."""
        del inputs
        from clirbench.models.build import build_encoder
        from clirbench.training.gradients import seeded
        from clirbench.training.teacher import train_teacher

        how = self.teacher.training
        with seeded(seed_for(how.seed if how else 0, "teacher", "start")):
            encoder = build_encoder(self.teacher, lambda: self._texts(context))
        if self.teacher.scratch is None:
            tell_backbone(folder, encoder, self.teacher, context)
        if how is not None:
            examples = list(self._examples(how, context))
            if len(examples) < 2:  # noqa: PLR2004 - in-batch negatives need another example
                where = how.source or (self.collection.source.name if self.collection else "")
                raise DataError(
                    f"{where}: no queries to train the teacher from; leave [teacher.training] out, "
                    "or choose a collection or a `source` that has them"
                )
            steps = train_teacher(
                encoder.to(context.device),
                examples,
                self.teacher,
                how,
                **context.going_on,
            )
            write_log(folder, steps, context)
        encoder.to("cpu").save(folder)

    def _examples(self, how: TeacherTraining, context: Context) -> Iterator[TrainingQuery]:
        """What it is trained on."""
        if how.source is not None:
            return training_examples(how.source, how.examples)
        source = cast("CollectionSource", cast("Data", self.collection).source)
        return islice(source.training_queries(context.fetch, self.language), how.examples)

    def _texts(self, context: Context) -> list[str]:
        texts: list[str] = []
        if self.collection is not None:
            source = cast("CollectionSource", self.collection.source)
            texts += (document.text for document in source.documents(context.fetch, self.language))
            if self.teacher.training is not None:
                for example in self._examples(self.teacher.training, context):
                    texts += (text for text in example if text is not None)
        for language, bitext in self.bitext:
            for pair in cast("BitextSource", bitext.source).pairs(context.fetch, language):
                texts += (pair.foreign, pair.english)
        return texts
