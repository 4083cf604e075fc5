"""How long does the program take where there is nothing to do, and to plan much?

    python benchmarks/many_cells.py

Writes a suite of 7 pairs x 8 methods x 5 seeds with every cell finished (scores drawn at random, 80
topics) and times `clirbench run` on it, which reads, checks and prints; then plans a suite of 7 x 29 x
50 = 10,150 cells. Prints wall time, CPU time and peak memory of the process, each the median of five.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from clirbench.artifacts.artifact import filling
from clirbench.artifacts.meter import Cost
from clirbench.running.plan import plan_stages
from clirbench.spec.cell import cells
from clirbench.spec.read import read_suite

_METHODS = (
    "sentence-contrastive",
    "optical",
    "sentence-mse",
    "token-contrastive",
    "sentence-ot",
    "similarity-kl",
    "nearest",
    "greedy",
)
_ROUNDS = 5


def write_suite(path: Path, methods: int, seeds: int) -> None:
    """Write a suite of the seven languages of quick.toml."""
    text = (Path(__file__).parents[1] / "suites" / "quick.toml").read_text()
    text = text[: text.index("[[method]]")].replace("[1, 2]", str(list(range(1, seeds + 1))))
    for number in range(methods):
        name = _METHODS[number % len(_METHODS)]
        label = name if number < len(_METHODS) else f"{name}-{number}"
        text += f'[[method]]\nname = "{name}"\nlabel = "{label}"\n'
        text += f"training = {{ epochs = {1 + number // len(_METHODS)} }}\n\n"
    path.write_text(text)


def finish(path: Path, results: Path) -> int:
    """Write every cell of a suite as if it were done; gives their number."""
    suite = read_suite(path).suite
    draw = random.Random(0)  # noqa: S311 - scores of nobody
    stages = plan_stages(suite, cells(suite))
    for cell, stage in stages.items():
        with filling(
            results / "cells" / str(cell),
            kind=stage.kind,
            identity=stage.identity(),
            title=stage.title,
            settings=stage.settings(),
        ) as (folder, commit):
            rows = [[f"q{topic:02}", *(draw.random() for _ in range(4))] for topic in range(80)]
            lines = ["topic,AP,nDCG@10,RR@10,R@100", *(",".join(map(str, row)) for row in rows)]
            (folder / "scores.csv").write_text("\n".join(lines) + "\n")
            commit(Cost(seconds=1.0))
    return len(stages)


def measure(what: str, *words: str | Path) -> None:
    """Run a command several times and print its medians."""
    walls, users, peaks = [], [], []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "clirbench", *map(str, words)], stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"{what}: exit status {os.waitstatus_to_exitcode(status)}")
        walls.append(time.perf_counter() - start)
        users.append(usage.ru_utime + usage.ru_stime)
        peaks.append(usage.ru_maxrss / 1024)
    figures = f"{median(walls):.2f} s wall, {median(users):.2f} s CPU, {median(peaks):.0f} MiB"
    print(f"{what}: {figures}", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        os.environ["CLIRBENCH_CACHE"] = str(folder / "cache")
        done, large = folder / "done.toml", folder / "large.toml"
        write_suite(done, 8, 5)
        write_suite(large, 29, 50)
        count = finish(done, folder / "results")
        run = ["run", done, "--results", folder / "results"]
        subprocess.run(  # noqa: S603 - computes the comparisons, once
            [sys.executable, "-m", "clirbench", *map(str, run)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        measure(f"run of {count} finished cells", *run)
        measure("plan of 10,150 cells", "plan", large)
