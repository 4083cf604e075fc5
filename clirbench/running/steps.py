"""Training steps, to a file and to the progress display."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clirbench.running.stage import Context
    from clirbench.training.loop import Step

__all__ = ["write_steps"]


def write_steps(path: Path, steps: Iterable[Step], context: Context) -> None:
    """Run through the steps, writing each as a line of JSON and counting what was trained on."""
    with path.open("w", encoding="utf-8") as file:
        for step in steps:
            file.write(json.dumps(asdict(step)) + "\n")
            context.meter.count(step.examples, step.tokens)
            context.progress(step.step, step.steps, f"loss {step.loss:.3f}, {context.meter.note}")
