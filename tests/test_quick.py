"""The suite that newcomers run, whole."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., subprocess.CompletedProcess[str]]


TRAINED = ["sentence-mse", "sentence-contrastive", "token-contrastive", "optical"]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where results and store lie: CLIRBENCH_QUICK, to go on from an earlier run, or a new folder."""
    given = os.environ.get("CLIRBENCH_QUICK")
    return Path(given) if given else tmp_path_factory.mktemp("quick")


@pytest.fixture
def run(root: Path, places: Path, clirbench: Call) -> Callable[..., Path]:
    """Runs the suite, with settings changed, into a folder of that name."""

    def call(name: str, *overrides: str, said: str = "") -> Path:
        words = [word for override in overrides for word in ("--set", override)]
        folders = ["--results", places / name, "--store", places / "store", "--threads", "1"]
        done = clirbench("run", root / "suites" / "quick.toml", *folders, *words)
        assert done.returncode == 0, done.stdout + done.stderr
        assert said in done.stdout
        print(done.stdout)  # noqa: T201 - read by people
        return places / name

    return call


@pytest.mark.slow
def test_quick_suite(root: Path, clirbench: Call, run: Callable[..., Path]) -> None:
    """The table is sane: floor, ceiling, trained methods between, low resource below high."""
    results = run("results")
    measures = json.loads((results / "comparisons.json").read_text())["measures"]
    assert [one["measure"] for one in measures] == ["AP", "nDCG@10", "RR@10", "R@100"]
    mean = {(one["method"], one["on"]): one["mean"] for one in measures[0]["means"]}
    low, high = ["qsw-en", "qso-en", "qtl-en", "qmr-en"], ["qde-en", "qfr-en"]
    for pair in [*low, "qfi-en", *high]:
        assert mean["zero-shot", pair] < 0.05
        others = [
            value for (method, on), value in mean.items() if on == pair and method != "oracle"
        ]
        assert mean["oracle", pair] > max(others)
    for method in TRAINED:
        for pair in high:
            assert mean[method, pair] > mean["zero-shot", pair] + 0.15
        assert mean[method, "low"] < mean[method, "high"]

    start = time.perf_counter()
    run("results", said="nothing to do: all 77 cells are done")
    print(f"second run: {time.perf_counter() - start:.1f} s")  # noqa: T201 - as above

    baseline = root / "results" / "quick-baseline.json"
    done = clirbench("check", results, "--baseline", baseline)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_a_worse_method_is_caught(root: Path, clirbench: Call, run: Callable[..., Path]) -> None:
    """A twentieth of the learning rate is a regression of that method, and of no other."""
    worse = run("worse", "method.optical.training={ learning_rate = 1e-4 }")
    done = clirbench("check", worse, "--baseline", root / "results" / "quick-baseline.json")
    assert done.returncode == 1, done.stdout + done.stderr
    named = set(re.findall(r"^regressed: \S+/(\S+): ", done.stdout, re.MULTILINE))
    assert named == {"optical"}


@pytest.mark.slow
def test_other_seeds_are_no_regression(
    root: Path, clirbench: Call, run: Callable[..., Path]
) -> None:
    """What only chance changes is let pass."""
    reseeded = run("reseeded", "suite.seeds=[3,4]")
    done = clirbench("check", reseeded, "--baseline", root / "results" / "quick-baseline.json")
    assert done.returncode == 0, done.stdout + done.stderr
