"""The teacher: loaded as it is, or trained on the collection's queries and passages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import ClassVar, cast

from clirbench.data.base import JSON, BitextSource, CollectionSource, TrainingQuery
from clirbench.data.examples import checksum_of, teaching_examples, training_examples
from clirbench.errors import DataError
from clirbench.models.hub import Model, models_of
from clirbench.results.names import TEACHER_TRAINING
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
    neutral: ClassVar[Mapping[str, object]] = {
        "file": None,
        "reading": None,
        "sources": (),
        "tested": (),
    }

    teacher: Teacher
    backbone: JSON
    """Checksums of a local backbone's files; none for a hub id."""
    language: str
    """Of the documents."""
    collection: Data | None
    """What it is trained on, if it is; where it has sources of its own, what these are kept apart from."""
    bitext: tuple[tuple[str, Data], ...]
    """Language and bitext: text for the tokenizer of an encoder from scratch."""
    file: str | None = None
    """SHA-256 of the file that it is trained on, if it is one of the user's."""
    reading: JSON = None
    """What a local backbone's files make of how texts are read; none: nothing that [teacher] does not
    say, or a hub id, whose files are not known."""
    sources: tuple[Data, ...] = ()
    """Collections that it is trained on in place of the suite's own."""
    tested: tuple[tuple[str, str], ...] = ()
    """Languages of the queries and documents of each pair, whose topics it must not see."""

    def settings(self) -> dict[str, JSON]:
        """As the fields say, but local files are known by their content, not by their paths."""
        settings = super().settings()
        teacher = by_content(self.teacher, self.backbone)
        if self.file is not None:
            training = cast("dict[str, JSON]", teacher["training"])
            teacher = {**teacher, "training": {**training, "source": None}}
        # Since 2 a training leaves the rows of the embedding that its text does not read as they were.
        version = self.version if self.teacher.training is None else 2
        return {**settings, "version": version, "teacher": teacher}

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

    @property
    def models(self) -> tuple[Model, ...]:
        """Its backbone, if that is of a hub."""
        return models_of(self.teacher.backbone, self.teacher.revision)

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the encoder and, where it is trained, the log of its training."""
        del inputs
        from clirbench.models.build import build_encoder
        from clirbench.training.gradients import seeded
        from clirbench.training.teacher import train_teacher

        how = self.teacher.training
        examples = self._examples(how, folder, context) if how is not None else []
        with seeded(seed_for(how.seed if how else 0, "teacher", "start")):
            encoder = build_encoder(self.teacher, lambda: self._texts(examples, context))
        if self.teacher.scratch is None:
            tell_backbone(folder, encoder, self.teacher, context)
        if how is not None:
            if len(examples) < 2:  # noqa: PLR2004 - in-batch negatives need another example
                named = self.sources or ((self.collection,) if self.collection else ())
                where = how.source or ", ".join(each.source.name for each in named)
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

    def _examples(
        self, how: TeacherTraining, folder: Path, context: Context
    ) -> list[TrainingQuery]:
        """What it is trained on."""
        if how.source is not None:
            found = list(training_examples(how.source, how.examples))
        elif self.sources:
            found, counts = teaching_examples(
                [cast("CollectionSource", each.source) for each in self.sources],
                context.fetch,
                self.language,
                tested=self._tested(context),
                limit=how.examples,
            )
            for one in counts:
                left = ", ".join(
                    f"{count:,} {why}" for why, count in one["left_out"].items() if count
                )
                context.says(
                    f"{one['source']}: {one['used']:,} of {one['read']:,} queries to train the teacher "
                    f"from; left out: {left or 'none'}"
                )
            text = json.dumps(counts, indent=1) + "\n"
            (folder / TEACHER_TRAINING).write_text(text, encoding="utf-8")
        else:
            source = cast("CollectionSource", cast("Data", self.collection).source)
            queries = source.training_queries(context.fetch, self.language)
            found = list(islice(queries, how.examples))
        if how.negatives == "bm25":
            from clirbench.retrieval.negatives import with_negatives

            found = with_negatives(found)
        return found

    def _tested(self, context: Context) -> Iterator[str]:
        """The topics of all pairs, in both languages, and the documents that are relevant to them."""
        source = cast("CollectionSource", cast("Data", self.collection).source)
        for query, documents in self.tested:
            yield from source.topics(context.fetch, query).values()
            if source.lacks("translations", self.language) is None:
                yield from source.topics(context.fetch, self.language).values()
            relevant = {
                document
                for grades in source.judgments(context.fetch, query).values()
                for document, grade in grades.items()
                if grade > 0
            }
            yield from source.texts(context.fetch, documents, relevant).values()

    def _texts(self, examples: Sequence[TrainingQuery], context: Context) -> list[str]:
        texts: list[str] = []
        if self.collection is not None:
            source = cast("CollectionSource", self.collection.source)
            texts += (document.text for document in source.documents(context.fetch, self.language))
            texts += (text for example in examples for text in example if text is not None)
        for language, bitext in self.bitext:
            for pair in cast("BitextSource", bitext.source).pairs(context.fetch, language):
                texts += (pair.foreign, pair.english)
        return texts
