"""The quick suite from nothing: as it is run by default, and in one process of one thread.

The scores of all cells and topics are compared; time is that of the clock on the wall.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.frame import Contest
from benchmarks.processes import highest

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
            command = [sys.executable, "-m", "clirbench", "run", str(SUITE), *words]
            command += ["--results", str(folder / "results"), "--store", str(folder / "store")]
            with (folder / "output").open("w") as output:
                process = subprocess.Popen(  # noqa: S603 - our own command
                    command,
                    cwd=folder,
                    env={**os.environ, "PYTHONPATH": str(ROOT)},
                    stdout=output,
                    stderr=output,
                )
                peaks[name] = highest(process) / 2**20
            if process.returncode:
                raise RuntimeError((folder / "output").read_text())
            return torch.tensor(list(scores(folder / "results" / "cells")))

    return call


def scores(cells: Path) -> Iterator[float]:
    """The average precision of each topic, cell by cell."""
    for path in sorted(cells.rglob("scores.csv")):
        with path.open(encoding="utf-8") as file:
            yield from (float(row["AP"]) for row in csv.DictReader(file))
