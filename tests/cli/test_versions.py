"""Two versions of clirbench and what they leave each other: said in tables, named where it is newer."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import clirbench
from clirbench.artifacts.record import read_record, write_record
from clirbench.results.environment import versions
from clirbench.spec.identity import own_checksum

Call = Callable[..., subprocess.CompletedProcess[str]]
BM25 = '[[method]]\nname = "bm25"\n'
NEWER = "written by a newer clirbench (format 99; this one reads up to "


@pytest.fixture
def lexical(tiny: Path) -> Path:
    """The suite with BM25 alone."""
    text = tiny.read_text()
    head = text[: text.index("[[method]]")].replace("hypothesis", "# hypothesis")
    tiny.write_text(head + BM25)
    return tiny


@pytest.fixture
def other_version(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes this clirbench another version."""

    def be(version: str) -> None:
        monkeypatch.setattr(clirbench, "__version__", version)
        versions.cache_clear()

    monkeypatch.setattr("clirbench.results.environment.versions", versions)
    return be


def environments(results: Path) -> list[str]:
    """The versions of clirbench in environment.json."""
    found = json.loads((results / "environment.json").read_text())
    return [one["clirbench"] for one in found["environments"]]


def test_a_table_of_two_versions(
    lexical: Path,
    tmp_path: Path,
    places: list[str],
    command: Call,
    other_version: Callable[[str], None],
) -> None:
    """A table says what its cells were made with, where that is not one; each environment is kept."""
    results, now = tmp_path / "results", clirbench.__version__
    other_version("0.0.1")
    assert command("run", lexical, *places, "--only", "qsw-en/bm25").returncode == 0
    assert "more than one version" not in command("table", results).stdout
    other_version(now)
    done = command("run", lexical, *places)
    assert done.returncode == 0
    said = f"Made with more than one version: clirbench 0.0.1, {now}."
    for shown in (done.stdout, command("table", results, "--format", "markdown").stdout):
        assert said in " ".join(shown.split()), shown
    assert said in (results / "table.md").read_text()
    assert environments(results) == ["0.0.1", now]
    made = {
        cell: [one["clirbench"] for one in read_record(results / "cells" / cell).made_with]
        for cell in ("qsw-en/bm25", "qde-en/bm25")
    }
    assert made == {"qsw-en/bm25": ["0.0.1"], "qde-en/bm25": [now]}
    # A cell that rests on what an earlier version made was made with both.
    (results / "cells" / "qsw-en" / "bm25" / "record.json").unlink()
    assert command("run", lexical, *places).returncode == 0
    record = read_record(results / "cells" / "qsw-en" / "bm25")
    assert record is not None
    assert [one["clirbench"] for one in record.made_with] == [now, "0.0.1"]
    assert record.made_with[0]["packages"]["torch"]
    assert record.made_with[0]["processor"]
    assert environments(results) == ["0.0.1", now]
    # An environment of which no cell is left is not kept.
    for each in ("cells/qsw-en/bm25", "cells/qde-en/bm25"):
        (results / each / "record.json").unlink()
    other_version("0.0.3")
    fresh = ["--results", str(results), "--store", str(tmp_path / "other")]
    assert command("run", lexical, *fresh).returncode == 0
    assert command("run", lexical, *fresh, "--set", "method.bm25.k1=2.0").returncode == 0
    assert environments(results) == ["0.0.3"]
    assert "more than one version" not in (results / "table.md").read_text()


@pytest.mark.parametrize(
    "name", ["settings.json", "analysis.json", "comparisons.json", "environment.json"]
)
def test_newer_files(
    lexical: Path, tmp_path: Path, places: list[str], command: Call, name: str
) -> None:
    """What a later version wrote is named as such, by whatever reads it, and not overwritten."""
    assert command("run", lexical, *places).returncode == 0
    path = tmp_path / "results" / name
    key = "version" if name == "comparisons.json" else "format"
    values = {**json.loads(path.read_text()), key: 99}
    if values.pop("sha256", None):
        values["sha256"] = own_checksum(values)
    text = json.dumps(values)
    path.write_text(text)
    if name == "comparisons.json":  # which analysis.json vouches for
        (tmp_path / "results" / "analysis.json").unlink()
    done = command("report", tmp_path / "results")
    assert done.returncode == 2
    assert f"clirbench: {path}: {NEWER}" in done.stderr
    assert "upgrade clirbench" in done.stderr
    if name == "settings.json":
        done = command("run", lexical, *places, "--set", "method.bm25.k1=2.0")
        assert done.returncode == 2
        assert NEWER in done.stderr
        assert path.read_text() == text


def test_newer_records(lexical: Path, tmp_path: Path, places: list[str], command: Call) -> None:
    """A cell and an artifact of a later version are told from damaged ones."""
    assert command("run", lexical, *places).returncode == 0
    cell = tmp_path / "results" / "cells" / "qsw-en" / "bm25"
    (run,) = [
        p.parent for p in (tmp_path / "store").glob("run/*/record.json") if "qsw" in p.read_text()
    ]
    for folder in (cell, run):
        record = read_record(folder)
        assert record is not None
        write_record(folder, replace(record, format=99))
    assert NEWER in command("table", tmp_path / "results").stderr
    done = command("store", "verify", "--store", tmp_path / "store")
    assert done.returncode == 3
    assert NEWER in " ".join(done.stdout.split())
    done = command("run", lexical, *places)
    assert done.returncode == 0
    assert NEWER in done.stdout


def test_newer_baselines(lexical: Path, tmp_path: Path, places: list[str], command: Call) -> None:
    """A baseline of a later version is named as such."""
    assert command("run", lexical, *places).returncode == 0
    path = tmp_path / "b.json"
    assert command("baseline", tmp_path / "results", "--output", path).returncode == 0
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 99}))
    done = command("check", tmp_path / "results", "--baseline", path)
    assert done.returncode == 2
    assert f"clirbench: {path}: {NEWER}2)" in done.stderr
