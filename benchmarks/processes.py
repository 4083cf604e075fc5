"""clirbench as a process: the memory that it takes, and the scores that it leaves."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

__all__ = ["average_precisions", "highest", "run"]


def run(words: Sequence[str | Path], tree: Path, folder: Path, **environment: str) -> float:
    """Run the clirbench of a checkout in a folder; gives the most memory that it held, in MiB.

    Raises:
        RuntimeError: it failed; has its output.
    """
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "clirbench", *map(str, words)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(tree), **environment},
            stdout=output,
            stderr=output,
        )
        peak = highest(process) / 2**20
    if process.returncode:
        raise RuntimeError((folder / "output").read_text())
    return peak


def average_precisions(cells: Path) -> Iterator[float]:
    """Those of each topic, cell by cell."""
    for path in sorted(cells.rglob("scores.csv")):
        with path.open(encoding="utf-8") as file:
            yield from (float(row["AP"]) for row in csv.DictReader(file))


def highest(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end of a process; gives the most memory that it and its children held, in bytes.

    What the system keeps as a peak is read all the time, since clirbench sets it back before each stage. Linux only;
    pages that two processes share count twice.
    """
    most = 0
    while process.poll() is None:
        with suppress(OSError):  # it has ended
            most = max(most, _memory(process.pid, "VmHWM:"), _all(process.pid))
        time.sleep(0.02)
    return most


def _memory(process: int, key: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(key))


def _all(process: int) -> int:
    own = _memory(process, "VmRSS:")
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text(encoding="utf-8").split():
            with suppress(OSError):
                own += _all(int(child))
    return own
