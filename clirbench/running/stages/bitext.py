"""Training bitext: sentence pairs whose English side the teacher has read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from clirbench.data.base import SentencePair
from clirbench.running.stage import Context, Stage
from clirbench.running.stages.sentences import SentencesStage, read_pairs, write_pairs
from clirbench.running.stages.teacher import TeacherStage

if TYPE_CHECKING:
    from clirbench.models.ragged import Ragged

__all__ = ["BitextStage", "read_bitext", "write_bitext"]


@dataclass(frozen=True, kw_only=True)
class BitextStage(Stage):
    """Adds the teacher's token vectors to the sentence pairs of a language pair."""

    kind: ClassVar[str] = "bitext"
    version: ClassVar[int] = 2

    teacher: TeacherStage
    sentences: SentencesStage
    length: int
    """Longest sentence in word pieces."""

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the pairs and the teacher's token vectors."""
        from clirbench.models.encoder import Encoder

        pairs = read_pairs(inputs["sentences"])
        teacher = Encoder.load(inputs["teacher"]).to(context.device)
        vectors = teacher.tokens(
            [pair.english for pair in pairs],
            self.length,
            lambda done, total: context.progress(done, total, ""),
        )
        write_bitext(folder, pairs, vectors)


def write_bitext(folder: Path, pairs: Iterable[SentencePair], vectors: Ragged) -> None:
    """Write sentence pairs and the teacher's token vectors of their English sides."""
    write_pairs(folder, pairs)
    vectors.save(folder / "vectors.safetensors")


def read_bitext(folder: Path) -> list[SentencePair]:
    """Read the pairs of a bitext artifact."""
    return read_pairs(folder)
