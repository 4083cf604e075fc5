"""A suite over an id of ir_datasets, from the command line to the table."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import ir_datasets
import pytest
from ir_datasets.datasets.base import Dataset
from ir_datasets.formats import TrecQrels, TsvDocs, TsvQueries
from ir_datasets.util import LocalDownload

Command = Callable[..., "subprocess.CompletedProcess[str]"]
SUITE = """\
[suite]
name = "small"
seeds = [1]
measures = ["RR@10", "R@2"]

[collection]
source = "irds:clirbench-test/small/{language}"
documents_id = "clirbench-test/small/fr"
distractors = 2
judged_for = ["fr"]

[teacher]
backbone = "none/needed"

[statistics]
flips = 1000
resamples = 1000

[[pair]]
query = "fr"
resource = "high"

[[method]]
name = "bm25"
"""


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Nine documents, two topics, and a suite that searches four of them."""
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("IR_DATASETS_HOME", str(tmp_path / "home"))
    texts = {
        "docs": "".join(f"d{n}\tparis {n} text\n" for n in range(9)),
        "topics": "q1\tle paris 3\nq2\tle 5\n",
        "qrels": "q1 0 d3 1\nq2 0 d5 1\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    small = Dataset(
        TsvDocs(LocalDownload(tmp_path / "docs"), lang="en"),
        TsvQueries(LocalDownload(tmp_path / "topics"), lang="fr"),
        TrecQrels(LocalDownload(tmp_path / "qrels"), {}),
    )
    ir_datasets.registry.register("clirbench-test/small/fr", small)
    path = tmp_path / "small.toml"
    path.write_text(SUITE)
    yield path
    ir_datasets.registry._registered.pop("clirbench-test/small/fr")  # noqa: SLF001


def test_run(suite: Path, command: Command, places: list[str]) -> None:
    """Judged documents and two others are searched, and the table says so."""
    result = command("run", suite, *places)
    assert result.returncode == 0, result.stdout + result.stderr
    table = Path(places[1], "table.md").read_text(encoding="utf-8")
    assert "Only the judged documents and 2 random others (seed 0)" in table
    scores = Path(places[1], "cells", "fr-en", "bm25", "scores.csv").read_text()
    assert scores == "topic,RR@10,R@2\nq1,1.0,1.0\nq2,1.0,1.0\n"


def test_describe(suite: Path, command: Command) -> None:
    """The card counts the sample."""
    printed = command("data", "describe", suite, "--markdown").stdout
    assert "- documents (en): 4, on average" in printed
    assert "| fr | high | 2 |" in printed


def test_an_unknown_id(suite: Path, command: Command, places: list[str]) -> None:
    """`plan` tells it without fetching anything."""
    suite.write_text(SUITE.replace('query = "fr"', 'query = "de"'))
    result = command("plan", suite, *places)
    assert result.returncode == 2
    assert 'has no "clirbench-test/small/de"; did you mean' in result.stderr
