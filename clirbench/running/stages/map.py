"""The teacher with a map of its vectors that is fitted, not trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from clirbench.methods.base import ClosedForm
from clirbench.running.stage import Context, Stage
from clirbench.running.stages.bitext import BitextStage, JointBitextStage, read_bitext
from clirbench.running.stages.teacher import TeacherStage
from clirbench.running.stages.tokens import read_length

__all__ = ["MapStage"]


@dataclass(frozen=True, kw_only=True)
class MapStage(Stage):
    """Fits a map between the teacher's vectors of the two sides of the bitext."""

    kind: ClassVar[str] = "map"
    transient: ClassVar[bool] = True

    teacher: TeacherStage
    bitext: BitextStage | JointBitextStage
    method: ClosedForm

    @property
    def over(self) -> Stage:
        """The teacher, which stays as it is below the map."""
        return self.teacher

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the teacher with the map as a part of its projection."""
        from clirbench.models.encoder import Encoder
        from clirbench.models.ragged import Ragged

        teacher = Encoder.load(inputs["teacher"]).to(context.device)
        foreign = teacher.tokens(
            [pair.foreign for pair in read_bitext(inputs["bitext"])],
            read_length(inputs["bitext"]),
            context.counted,
        )
        english = Ragged.load(inputs["bitext"] / "vectors.safetensors")
        teacher.follow(*self.method.fit(foreign, english))
        teacher.to("cpu").save(folder, inputs["teacher"])
