"""A pretrained encoder beside the teacher: what students start from, or another system's."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from clirbench.data.base import JSON
from clirbench.data.lock import Lock
from clirbench.models.hub import Model, models_of
from clirbench.models.settings import Reader
from clirbench.results.names import BACKBONE
from clirbench.running.stage import Context, Stage, checksums
from clirbench.spec.identity import canonical, seed_for

if TYPE_CHECKING:
    from clirbench.models.encoder import Encoder

__all__ = [
    "EncoderStage",
    "by_content",
    "load_start",
    "locked",
    "open_encoder",
    "tell_backbone",
]

R = TypeVar("R", bound=Reader)


@dataclass(frozen=True, kw_only=True)
class EncoderStage(Stage):
    """Loads a pretrained model: that of [student], once for all students, or that of a method."""

    kind: ClassVar[str] = "encoder"
    on_device: ClassVar[bool] = False
    neutral: ClassVar[Mapping[str, object]] = {"reading": None}

    reader: Reader
    backbone: JSON
    """Checksums of a local backbone's files; none for a hub id."""
    reading: JSON = None
    """As a teacher's."""

    def settings(self) -> dict[str, JSON]:
        """As the fields say, but local files are known by their content, not by their paths."""
        return {**super().settings(), "reader": by_content(self.reader, self.backbone)}

    def as_now(self) -> EncoderStage:
        """Its model, too."""
        return replace(super().as_now(), backbone=checksums(self.reader.backbone, str(self)))

    @property
    def models(self) -> tuple[Model, ...]:
        """Its backbone, if that is of a hub."""
        return models_of(self.reader.backbone, self.reader.revision)

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the encoder."""
        del inputs
        from clirbench.models.build import build_encoder
        from clirbench.training.gradients import seeded

        with seeded(seed_for("encoder")):
            encoder = build_encoder(self.reader, list)
        tell_backbone(folder, encoder, self.reader, context)
        encoder.save(folder)


def locked(reader: R, lock: Lock | None) -> R:
    """The reader at the commit of its backbone that a lock file knows."""
    if lock is None or not models_of(reader.backbone):
        return reader
    commit = lock.commit(reader.backbone, reader.revision)
    return reader if commit == reader.revision else replace(reader, revision=commit)


def by_content(reader: Reader, backbone: JSON) -> dict[str, JSON]:
    """The settings of a reader as they stand in an identity.

    Args:
        reader: the settings.
        backbone: checksums of a local backbone's files, which stand there in place of its path.
    """
    settings = cast("dict[str, JSON]", canonical(reader))
    return settings if backbone is None else {**settings, "backbone": backbone}


def tell_backbone(folder: Path, encoder: Encoder, reader: Reader, context: Context) -> None:
    """Say how a pretrained backbone reads texts, and write down which commit of a hub it is."""
    context.says(f"backbone {reader.backbone}: {encoder.note}")
    if encoder.revision:
        known = {"name": reader.backbone, "revision": encoder.revision}
        (folder / BACKBONE).write_text(json.dumps(known), encoding="utf-8")


def open_encoder(stage: Stage, folder: Callable[[Stage], Path]) -> Encoder:
    """The encoder of a finished stage, with what its artifact is laid over.

    Args:
        stage: of a teacher, a student and the like.
        folder: where a stage's artifact lies.
    """
    from clirbench.models.encoder import Encoder

    return Encoder.load(folder(stage), None if stage.over is None else folder(stage.over))


def load_start(
    inputs: Mapping[str, Path], size: int, seed: int, pair: str, *, fitted: bool = False
) -> Encoder:
    """The student before its training, on the CPU.

    The same seed and pair give every method the same start.

    Args:
        inputs: of its stage; `start`, or where there is none `teacher`, is what it starts from.
        size: of the teacher's vectors, which it is to give.
        seed: of the cell; draws the projection, where its own vectors are of another size.
        pair: name of the language pair.
        fitted: whether a projection is going to be fitted, so that none is drawn.
    """
    from clirbench.models.encoder import Encoder
    from clirbench.training.gradients import seeded

    if "start" not in inputs:
        return Encoder.load(inputs["teacher"])
    student = Encoder.load(inputs["start"])
    if student.size != size and not fitted:
        with seeded(seed_for(seed, pair, "projection")):
            student.project(size)
    return student
