"""How do methods stand wrong pairs in the bitext?

    python benchmarks/noise.py

Runs suites/methods-quick.toml on qde and qsw with 0, 20 and 40 % wrong pairs, three seeds, and prints
MAP. About twelve minutes on two cores; what is done is kept in results/noise-* and in the store.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from statistics import fmean, stdev

_METHODS = (
    "sentence-contrastive",
    "token-contrastive",
    "optical",
    "optical-partial",
    "optical-unbalanced",
)
_PAIRS = ("qsw", "qde")
_SEEDS = (1, 2, 3)
_NOISE = (0.0, 0.2, 0.4)
_ROOT = Path(__file__).parents[1]


def run(noise: float) -> Path:
    """Run the cells with a share of wrong pairs; gives the results folder."""
    results = _ROOT / "results" / f"noise-{noise:.0%}".rstrip("%")
    command = [sys.executable, "-m", "clirbench", "run", str(_ROOT / "suites/methods-quick.toml")]
    command += ["--results", str(results), "--set", f"suite.seeds={list(_SEEDS)}"]
    command += ["--set", "suite.name=noise", "--threads", "1"]
    for pair in _PAIRS:
        command += ["--set", f"collection.features.{pair}.noise={noise}"]
        command += [w for method in _METHODS for w in ("--only", f"{pair}-en/{method}/*")]
    subprocess.run(command, check=True, stdout=sys.stderr)  # noqa: S603
    return results


def scores(results: Path, pair: str, method: str) -> list[float]:
    """MAP of each seed."""
    found = []
    for seed in _SEEDS:
        path = results / "cells" / f"{pair}-en" / method / f"seed={seed}" / "scores.csv"
        with path.open() as file:
            found.append(fmean(float(row["AP"]) for row in csv.DictReader(file)))
    return found


if __name__ == "__main__":
    folders = {noise: run(noise) for noise in _NOISE}
    heads = [f"{pair}, {noise:.0%}" for pair in _PAIRS for noise in _NOISE]
    print("| method |", " | ".join(heads), "|\n| --- |", " | ".join(["--:"] * len(heads)), "|")
    for method in _METHODS:
        cells = [scores(folders[noise], pair, method) for pair in _PAIRS for noise in _NOISE]
        print(f"| {method} |", " | ".join(f"{fmean(c):.3f} ± {stdev(c):.3f}" for c in cells), "|")
