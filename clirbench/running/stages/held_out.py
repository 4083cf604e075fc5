"""Sentence pairs that no training has seen, for the diagnosis of encoders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from clirbench.data.base import SentencePair
from clirbench.data.bitext import drawn
from clirbench.data.filters import key
from clirbench.running.stage import Context, Stage
from clirbench.running.stages.bitext import write_bitext
from clirbench.running.stages.sentences import SentencesStage, read_pairs
from clirbench.running.stages.tokens import Length, length_of
from clirbench.spec.identity import digest

if TYPE_CHECKING:
    from clirbench.models.encoder import Encoder

__all__ = ["PIECES", "HeldOutStage", "pieces_of"]

PIECES = "pieces.txt"
"""Of an artifact: what the tokens of its English sentences are known by."""


@dataclass(frozen=True, kw_only=True)
class HeldOutStage(SentencesStage):
    """Holds sentence pairs of a language out, and has their English sides read."""

    kind: ClassVar[str] = "held-out"
    on_device: ClassVar[bool] = True

    drawn: tuple[SentencesStage, ...]
    """What the suite's trainings read. A pair of which they have either side is not held out."""
    reader: Stage
    """Of English: the teacher, or another system's encoder."""
    length: Length
    """Longest sentence in its word pieces."""

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the pairs, and the vectors of their English tokens."""
        from clirbench.models.encoder import Encoder

        pairs = self._held_out(inputs, context)
        length = length_of(self.length, inputs.get("length"))
        reader = Encoder.load(inputs["reader"]).to(context.device)
        english = [pair.english for pair in pairs]
        vectors = [reader.tokens(english, length, context.counted)] if pairs else []
        write_bitext(folder, pairs, vectors, length)
        (folder / PIECES).write_text(pieces_of(reader, english, length), encoding="utf-8")

    def _held_out(self, inputs: Mapping[str, Path], context: Context) -> list[SentencePair]:
        """A simple random sample of what is left; no side stands there twice."""
        seen = [read_pairs(inputs[f"drawn.{number}"]) for number in range(len(self.drawn))]
        foreign = {key(pair.foreign) for pairs in seen for pair in pairs}
        english = {key(pair.english) for pairs in seen for pair in pairs}
        left: list[tuple[int, SentencePair]] = []
        for pair in self.assembled(inputs, context, None).pairs:
            sides = key(pair.foreign), key(pair.english)
            if sides[0] not in foreign and sides[1] not in english:
                left.append((0, pair))
                foreign.add(sides[0])
                english.add(sides[1])
        return [left[place][1] for place in drawn(left, self.foreign, self.limit, 0, None)]


def pieces_of(encoder: Encoder, texts: Sequence[str], length: int) -> str:
    """What the tokens of some texts are known by: the same for encoders that cut them alike."""
    return digest([[piece.text for piece in encoder.text.pieces(x, length)] for x in texts])
