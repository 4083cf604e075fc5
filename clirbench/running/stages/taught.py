"""What all students are made from, whatever they learn from: a start, and its place in the teacher's space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from clirbench.running.stage import Context, Stage
from clirbench.running.stages.encoder import EncoderStage, load_start
from clirbench.running.stages.teacher import TeacherStage
from clirbench.running.stages.tokens import Length, length_of
from clirbench.running.stages.tuning import TrainedStage

if TYPE_CHECKING:
    from clirbench.models.encoder import Encoder
    from clirbench.models.index import Index
    from clirbench.models.ragged import Ragged

__all__ = ["TaughtStage"]


@dataclass(frozen=True, kw_only=True)
class TaughtStage(TrainedStage):
    """Trains a student."""

    kind: ClassVar[str] = "student"
    neutral: ClassVar[Mapping[str, object]] = {
        **TrainedStage.neutral,
        "start": None,
        "own_length": None,
        "fitted": False,
    }

    teacher: TeacherStage
    start: EncoderStage | None = None
    """What it starts from; none: the teacher."""
    own_length: Length | None = None
    """Longest text that it reads, in its own word pieces; none: as the teacher's."""
    fitted: bool = False
    """Whether its vectors are brought near the teacher's of English texts before training."""

    @property
    def over(self) -> Stage:
        """What it starts from: its own artifact has what the training changed."""
        return self.start or self.teacher

    def longest(self, inputs: Mapping[str, Path], length: int) -> int:
        """The longest text that it reads; `length` is the teacher's."""
        if self.own_length is None:
            return length
        return length_of(self.own_length, inputs.get("own_length"))

    def begun(
        self,
        inputs: Mapping[str, Path],
        context: Context,
        texts: Sequence[str],
        teacher: Ragged | Index,
        length: int,
    ) -> Encoder:
        """The student before its training, on the device.

        Args:
            inputs: as of `make`.
            context: as of `make`.
            texts: English.
            teacher: its token vectors of these.
            length: longest of them that the student reads.
        """
        from clirbench.models.fitting import fit_start

        student = load_start(inputs, teacher.width, self.seed, self.pair, fitted=self.fitted)
        student.to(context.device)
        if self.fitted:
            fit_start(student, texts, teacher, length)
        return student
