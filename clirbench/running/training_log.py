"""The log of a training, which goes from artifact to artifact until it lies in the cell."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.results.names import PLANS, TRAINING_LOG

if TYPE_CHECKING:
    from clirbench.running.stage import Context
    from clirbench.training.loop import Step

__all__ = ["copy_log", "curves_folder", "write_log"]

_DRAWN = ("loss", "learning_rate", "gradient_norm")
"""What of a step TensorBoard is given."""
_FLUSH = 10
"""Seconds until a step can be seen in TensorBoard."""


def write_log(folder: Path, steps: Iterable[Step], context: Context) -> None:
    """Run through the steps, writing each as a line of JSON and counting what was trained on."""
    with (folder / TRAINING_LOG).open("w", encoding="utf-8") as file, _curves(context) as draw:
        for step in steps:
            file.write(json.dumps(asdict(step)) + "\n")
            draw(step)
            context.meter.count(step.examples, step.tokens)
            context.progress(step.step, step.steps, f"loss {step.loss:.3f}, {context.meter.note}")


@contextmanager
def _curves(context: Context) -> Iterator[Callable[[Step], None]]:
    """Give what draws a step in TensorBoard, if that is asked for."""
    if (folder := context.tensorboard) is None:
        yield lambda _: None
        return
    from torch.utils.tensorboard import SummaryWriter

    # All steps come again, those before a checkpoint too: of an interrupted training none stays twice.
    for earlier in folder.glob("events.out.tfevents.*"):
        earlier.unlink()
    with SummaryWriter(str(folder), flush_secs=_FLUSH) as writer:

        def draw(step: Step) -> None:
            for name in _DRAWN:
                writer.add_scalar(name, getattr(step, name), step.step)

        yield draw


def curves_folder(all_of: Path, stage: str) -> Path:
    """Where in a folder the curves of a stage go, such as `student/sw-en/optical/seed=1`."""
    parts = stage.replace(" ", "/").split("/")  # a title may be the path of a model
    return all_of.joinpath(*(part for part in parts if part not in {"", ".", ".."}))


def copy_log(source: Path, target: Path) -> None:
    """Keep what is to be known of a training, if there was one: its student will go."""
    for name in (TRAINING_LOG, PLANS):
        if (source / name).exists():
            shutil.copyfile(source / name, target / name)
