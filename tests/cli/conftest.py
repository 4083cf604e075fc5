from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from clirbench.artifacts.meter import Cost
from clirbench.artifacts.record import Record, write_record
from clirbench.cli import main

Topics = Mapping[str, float]


@pytest.fixture
def write_results(tmp_path: Path) -> Callable[..., Path]:
    """Writes a results folder by hand: what `clirbench run` leaves, without the running.

    Its first argument names the folder, its second maps cells to the AP of each topic; nDCG@10 is
    written as half of that. Other arguments are settings.
    """

    def write(name: str, cells: Mapping[str, Topics], /, **settings: object) -> Path:
        results = tmp_path / name
        shutil.rmtree(results, ignore_errors=True)
        results.mkdir()
        parts = [cell.split("/") for cell in cells]
        pairs = [pair.split("-") for pair in dict.fromkeys(pair for pair, *_ in parts)]
        resolved = {
            "name": "hand",
            "measures": ["AP", "nDCG@10"],
            "seeds": [1, 2],
            "hypothesis": None,
            "collection": {"class.name": "files", "class.version": 1, "folder": None},
            "teacher": {"backbone": "scratch"},
            "training": {},
            "pairs": [
                {"query": query, "documents": documents, "resource": "low"}
                for query, documents in pairs
            ],
            "methods": [
                {"label": label, "method": {"class.name": label}, "training": {}}
                for label in dict.fromkeys(method for _, method, *_ in parts)
            ],
            **settings,
        }
        dump(results / "settings.json", {"format": 1, "resolved": resolved})
        dump(results / "environment.json", {"format": 1, "python": "3.11.7", "packages": {}})
        for cell, topics in cells.items():
            folder = results / "cells" / cell
            folder.mkdir(parents=True)
            lines = [f"{topic},{score!r},{score / 2!r}\n" for topic, score in topics.items()]
            scores = "".join(["topic,AP,nDCG@10\n", *lines]).encode()
            (folder / "scores.csv").write_bytes(scores)
            checksum = sha256(scores).hexdigest()
            record = Record(
                kind="cell",
                identity=f"identity of {cell}",
                title=cell,
                settings={},
                files={"scores.csv": {"bytes": len(scores), "sha256": checksum}},
                cost=Cost(seconds=0.1),
                made="2025-01-01T00:00:00+00:00",
            )
            write_record(folder, record)
        identities = {cell: f"identity of {cell}" for cell in cells}
        dump(results / "analysis.json", {"format": 1, "design": "", "cells": identities})
        return results

    return write


@pytest.fixture
def command(
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command line in this process, which spares the start of another."""

    def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        words = [str(argument) for argument in arguments]
        try:
            status = main(words)
        except SystemExit as end:  # from argparse
            status = end.code if isinstance(end.code, int) else 1
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(words, status, printed.out, printed.err)

    return call


def dump(path: Path, value: object) -> None:
    """Write JSON."""
    path.write_text(json.dumps(value), encoding="utf-8")
