"""What an encoder makes of sentence pairs that no training has seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from clirbench.results.diagnosis import LEAST, Diagnosed
from clirbench.results.names import DIAGNOSIS
from clirbench.running.stage import Context, Stage
from clirbench.running.stages.bitext import read_bitext
from clirbench.running.stages.held_out import PIECES, HeldOutStage, pieces_of
from clirbench.running.stages.tokens import Length, length_of
from clirbench.transport import Solver

__all__ = ["DiagnosisStage"]


@dataclass(frozen=True, kw_only=True)
class DiagnosisStage(Stage):
    """Measures what reads a cell's foreign text against what reads its English text."""

    kind: ClassVar[str] = "diagnosis"
    keeps_last: ClassVar[bool] = True

    held: HeldOutStage
    encoder: Stage
    """What reads the foreign language."""
    length: Length
    """Longest sentence in its word pieces."""
    solver: Solver
    """Of the transport plans."""

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the measures, or why there are none."""
        from clirbench.models.ragged import Ragged
        from clirbench.retrieval.diagnosis import diagnose

        pairs, found = read_bitext(inputs["held"]), {}
        if len(pairs) >= LEAST:
            over = inputs.get("encoder.over")
            encoder = context.last.read(inputs["encoder"], over, context.device)
            length = length_of(self.length, inputs.get("length"))
            english = [pair.english for pair in pairs]
            known = (inputs["held"] / PIECES).read_text(encoding="utf-8")
            found = diagnose(
                encoder,
                length,
                pairs,
                Ragged.load(inputs["held"] / "vectors.safetensors"),
                self.solver,
                alike=pieces_of(encoder, english, length) == known,
            )
        diagnosed = Diagnosed(language=self.held.foreign, sentences=len(pairs), measures=found)
        (folder / DIAGNOSIS).write_text(json.dumps(diagnosed.as_json()), encoding="utf-8")
