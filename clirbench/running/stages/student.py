"""A student: the teacher, or what [student] names, taught a foreign language by one method from one seed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from clirbench.heap import return_memory
from clirbench.methods.base import Distillation
from clirbench.results.names import PLANS
from clirbench.running.stage import Context
from clirbench.running.stages.bitext import BitextStage, JointBitextStage, read_bitext
from clirbench.running.stages.taught import TaughtStage
from clirbench.running.stages.tokens import read_length
from clirbench.running.training_log import write_log

__all__ = ["StudentStage"]

_SHOWN = 3
"""Sentence pairs whose plans are kept for the report."""


@dataclass(frozen=True, kw_only=True)
class StudentStage(TaughtStage):
    """Trains a student on bitext."""

    version: ClassVar[int] = 2

    bitext: BitextStage | JointBitextStage
    method: Distillation

    def train(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the encoder, the log of its training, and the plans of some sentence pairs."""
        from clirbench.models.encoder import Encoder
        from clirbench.models.index import Index
        from clirbench.models.units import read_units
        from clirbench.training.alignment import align
        from clirbench.training.student import train_student

        pairs = read_bitext(inputs["bitext"])
        length = read_length(inputs["bitext"])
        own = self.longest(inputs, length)
        targets = Index(inputs["bitext"] / "vectors.safetensors")
        units, english = None, [pair.english for pair in pairs]
        if self.method.needs_units:
            reader = Encoder.load(inputs["teacher"])
            units = read_units(reader, english, length, scored=True)
        student = self.begun(inputs, context, english, targets, own)
        steps = train_student(
            student,
            pairs,
            targets,
            units,
            method=self.method,
            training=self.training,
            length=own,
            pair=self.pair,
            seed=self.seed,
            **context.going_on,
        )
        write_log(folder, steps, context)
        return_memory()  # gradients and moments
        student.eval()
        teacher = Encoder.load(inputs["teacher"]).to(context.device).eval()
        readers = (student, own), (teacher, length)
        shown = align(*readers, pairs[:_SHOWN], self.method.aligner)
        plans = [each.as_json() for each in shown]
        (folder / PLANS).write_text(json.dumps(plans, ensure_ascii=False), encoding="utf-8")
        student.to("cpu").save(folder, inputs["start" if self.start else "teacher"])
