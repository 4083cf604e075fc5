"""How time and memory grow: with sentence pairs, documents, cells, seeds and processes.

    python -m benchmarks.scaling [bitext documents cells seeds processes] [--largest 1000000] [--folder DIR]

Each size is measured in a process of its own. The exponent is the slope of a line through the logarithms, by
least squares: 1 means twice the work takes twice as long. Sentence pairs and documents are those of
million_pairs.py and million_documents.py, cells those of many_cells.py, and seeds and processes are of the suite
pairs_of_runs.toml.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.many_cells import finish, write_suite
from benchmarks.processes import highest

HERE = Path(__file__).resolve().parent
SUITE = HERE / "pairs_of_runs.toml"
STEP = re.compile(r"^(.+?)\s+([\d.]+) s\s+peak ([\d.]+) GiB$", re.MULTILINE)
Row = tuple[str, int, float, float]
"""What is done, its size, seconds and GiB at the peak."""


def steps(
    script: str, option: str, sizes: Sequence[int], names: Sequence[str], folder: Path
) -> Iterator[Row]:
    """The steps of a script that are named, at each size."""
    for size in sizes:
        words = [sys.executable, HERE / script, option, size, "--folder", folder]
        done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=True)  # noqa: S603
        for name, seconds, peak in STEP.findall(done.stdout):
            if name in names:
                yield name, size, float(seconds), float(peak)


def timed(name: str, size: int, *words: str | Path) -> Row:
    """A command of clirbench."""
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "clirbench", *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    peak = highest(process)
    if process.returncode:
        raise SystemExit(f"{name}: exit status {process.returncode}")
    return name, size, time.perf_counter() - start, peak / 2**30


def cells(folder: Path) -> Iterator[Row]:
    """Suites of 7 pairs, planned and, where all is done, run again and shown."""
    for methods, seeds in ((2, 1), (4, 4), (8, 18), (29, 50)):
        suite, results = folder / f"{methods}.toml", folder / f"results{methods}"
        write_suite(suite, methods, seeds)
        count = finish(suite, results)
        yield timed("plan", count, "plan", suite)
        if count <= 1100:  # noqa: PLR2004 - 10,150 cells of 203 methods are compared for hours
            run = ("run", suite, "--results", results)
            timed("first", count, *run)  # which computes the comparisons
            yield timed("run, all done", count, *run)
            yield timed("table", count, "table", results)


def runs(folder: Path, axis: str, sizes: Sequence[int]) -> Iterator[Row]:
    """The small suite from nothing, with some seeds or processes."""
    for size in sizes:
        seeds, processes = (size, 1) if axis == "seeds" else (2, size)
        where = folder / f"{axis}{size}"
        words = [
            "run",
            SUITE,
            "--results",
            where / "results",
            "--store",
            where / "store",
            "--threads",
            "1",
        ]
        words += [
            "--processes",
            str(processes),
            "--set",
            f"suite.seeds={list(range(1, seeds + 1))}",
        ]
        yield timed(f"suite, {axis}", size, *words)


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    axes = ("bitext", "documents", "cells", "seeds", "processes")
    parser.add_argument("axes", nargs="*", default=axes)
    parser.add_argument("--largest", type=int, default=10**6, help="most pairs and documents")
    parser.add_argument(
        "--folder", type=Path, help="with room for 24 GiB of vectors of a million pairs"
    )
    given = parser.parse_args()
    sizes = [size for size in (10**3, 10**4, 10**5, 10**6) if size <= given.largest]
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        os.environ["CLIRBENCH_CACHE"] = str(folder / "cache")
        ways = {
            "bitext": lambda: steps(
                "million_pairs.py", "--pairs", sizes, ("bitext", "one epoch"), folder
            ),
            "documents": lambda: steps(
                "million_documents.py",
                "--documents",
                sizes[1:],
                ("stream and encode", "search"),
                folder,
            ),
            "cells": lambda: cells(folder),
            "seeds": lambda: runs(folder, "seeds", (1, 2, 4, 8)),
            "processes": lambda: runs(folder, "processes", (1, 2)),
        }
        print("| what | size | seconds | peak, GiB |\n| --- | --: | --: | --: |")
        every: dict[str, list[Row]] = {}
        for axis in given.axes:
            for row in ways[axis]():
                print(f"| {row[0]} | {row[1]:,} | {row[2]:.1f} | {row[3]:.2f} |", flush=True)
                every.setdefault(row[0], []).append(row)
    print("\n| what | exponent of time | of peak memory |\n| --- | --: | --: |")
    for what, rows in every.items():
        size, seconds, peak = (np.log([float(row[i]) for row in rows]) for i in (1, 2, 3))
        slopes = [np.polyfit(size, values, 1)[0] for values in (seconds, peak)]
        print(f"| {what} | {slopes[0]:.2f} | {slopes[1]:.2f} |")


if __name__ == "__main__":
    main()
