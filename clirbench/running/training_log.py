"""The log of a training, which goes from artifact to artifact until it lies in the cell."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.results.names import PLANS, TRAINING_LOG

if TYPE_CHECKING:
    from clirbench.running.stage import Context
    from clirbench.training.loop import Step

__all__ = ["copy_log", "write_log"]


def write_log(folder: Path, steps: Iterable[Step], context: Context) -> None:
    """Run through the steps, writing each as a line of JSON and counting what was trained on."""
    with (folder / TRAINING_LOG).open("w", encoding="utf-8") as file:
        for step in steps:
            file.write(json.dumps(asdict(step)) + "\n")
            context.meter.count(step.examples, step.tokens)
            context.progress(step.step, step.steps, f"loss {step.loss:.3f}, {context.meter.note}")


def copy_log(source: Path, target: Path) -> None:
    """Keep what is to be known of a training, if there was one: its student will go."""
    for name in (TRAINING_LOG, PLANS):
        if (source / name).exists():
            shutil.copyfile(source / name, target / name)
