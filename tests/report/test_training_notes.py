"""What stands below a table of what was learned from, and training.csv."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from clirbench.analysis.learning_curves import Curve, training_csv
from clirbench.report.training_notes import cut_notes
from clirbench.results.folder import Folder


@pytest.mark.parametrize(("left", "kept"), [(20, 80), (0, 100)])
def test_cut_pairs_are_told(left: int, kept: int, tmp_path: Path) -> None:
    """By side, as shares of the pairs that pass all other filters; whether they were left out or read."""
    counts = {
        "source": "s",
        "kept": kept,
        "left_out": {"cut": left},
        "cut_foreign": 18,
        "cut_english": 3,
        "foreign_length": 90,
        "english_length": 40,
    }
    (tmp_path / "bitext").mkdir()
    (tmp_path / "cells").mkdir()
    (tmp_path / "bitext" / "so-en.json").write_text(json.dumps({"None": [counts]}))
    (tmp_path / "bitext" / "sw-en.json").write_text(json.dumps({"None": [{"kept": 5}]}))
    (note,) = cut_notes(Folder(tmp_path))
    assert note.startswith("The encoders read 90 tokens of foreign, 40 of English sentences.")
    assert note.endswith(": so-en (foreign side 18.0%, English side 3.0%).")
    assert ("were left out" in note) is (left > 0)


def test_training_csv() -> None:
    """A line for each method and pair; what was not recorded is empty."""
    known = {"pair": "so-en", "runs": 2, "steps": (1.5,), "losses": (3.0, 1.0), "last": 9}
    curves = [
        Curve(method="a", gradient_norm=2.5, clipped=0.1, **known),  # type: ignore[arg-type]
        Curve(method="b", **known),  # type: ignore[arg-type]
    ]
    rows = list(csv.DictReader(training_csv(curves).splitlines()))
    assert [(row["method"], row["steps"], row["last_loss"]) for row in rows] == [
        ("a", "9", "1"),
        ("b", "9", "1"),
    ]
    assert [(row["median_gradient_norm"], row["clipped"]) for row in rows] == [
        ("2.5", "0.1"),
        ("", ""),
    ]
