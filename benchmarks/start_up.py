"""How long commands take that train nothing: what they import, read and compute."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.earlier import Earlier
from benchmarks.frame import Contest

ROOT = Path(__file__).resolve().parents[1]
RESULTS = "results/ntrex-small"


def contests(device: str, earlier: Earlier | None = None) -> Iterator[Contest]:
    """Each command as it is, and as an earlier checkout has it."""
    del device
    with tempfile.TemporaryDirectory() as folder:
        baseline, page = Path(folder) / "baseline.json", Path(folder) / "page.html"
        subprocess.run(  # noqa: S603
            [*command(), "baseline", RESULTS, "--output", str(baseline)], cwd=ROOT, check=True
        )
        for words in (
            "--help",
            "plan suites/ntrex.toml",
            "plan suites/afriqa.toml",
            f"table {RESULTS}",
            f"check {RESULTS} --baseline {baseline}",
            f"report {RESULTS} --output {page}",
        ):
            calls = {"clirbench": timed(ROOT, words)}
            if earlier:
                calls["before"] = timed(earlier.folder, words)
            yield Contest(problem=words.replace(folder, "…"), calls=calls)


def command() -> list[str]:
    """The command line, by the Python that runs this."""
    return [sys.executable, "-m", "clirbench"]


def timed(checkout: Path, words: str) -> Callable[[], Tensor]:
    """Give a call that runs a command in a checkout; what is compared is its exit status."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled

    def call() -> Tensor:
        done = subprocess.run(  # noqa: S603
            [*command(), *words.split()],
            cwd=checkout,
            env=environment,
            capture_output=True,
            check=False,
        )
        return torch.tensor([float(done.returncode)])

    return call
