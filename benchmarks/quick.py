"""The quick suite from nothing: as it is run by default, and in one process of one thread.

The scores of all cells and topics are compared; time is that of the clock on the wall.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.frame import Contest
from benchmarks.processes import average_precisions, run

ROOT = Path(__file__).resolve().parents[1]
SUITE = ROOT / "suites" / "quick.toml"
WAYS = {"clirbench": [], "one process": ["--processes", "1", "--threads", "1"]}


def contests(device: str) -> Iterator[Contest]:
    """The whole suite."""
    del device
    peaks: dict[str, float] = {}
    yield Contest(
        problem=SUITE.stem,
        calls={name: suite(name, words, peaks) for name, words in WAYS.items()},
        peak=peaks.__getitem__,
    )


def suite(name: str, words: list[str], peaks: dict[str, float]) -> Callable[[], Tensor]:
    """Give a call that runs the suite in new folders; it gives each cell's average precisions."""

    def call() -> Tensor:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            places = ["--results", folder / "results", "--store", folder / "store"]
            peaks[name] = run(["run", SUITE, *words, *places], ROOT, folder)
            return torch.tensor(list(average_precisions(folder / "results" / "cells")))

    return call
