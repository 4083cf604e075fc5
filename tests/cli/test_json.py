"""`--json`: one object on standard output and nothing else, with the keys that are documented."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clirbench.artifacts.meter import Cost
from clirbench.artifacts.record import Record, write_record
from clirbench.cli.as_json import KEYS
from clirbench.methods.registry import names

Call = Callable[..., subprocess.CompletedProcess[str]]
Write = Callable[..., Path]

BEFORE = {"t1": 0.5, "t2": 0.25, "t3": 0.75}
AFTER = {"t1": 0.5, "t2": 0.2, "t3": 0.25}


def parsed(command: Call, *words: str | Path, status: int = 0) -> dict[str, Any]:
    """What a command prints, which is JSON alone, with the keys of the documentation in their order."""
    done = command(*words, "--json")
    assert (done.returncode, done.stderr) == (status, "")
    found: dict[str, Any] = json.loads(done.stdout)
    name = next(
        own for own in sorted(KEYS, reverse=True) if " ".join(map(str, words)).startswith(own)
    )
    if words[0] == "methods" and len(words) > 1:
        name = "methods METHOD"
    assert list(found) == list(KEYS[name])
    return found


@pytest.fixture
def two(write_results: Write) -> tuple[Path, Path]:
    """Results before and after, of a trained method that got worse and of one that is the same."""
    cells = {f"sw-en/m/seed={seed}": BEFORE for seed in (1, 2)} | {"sw-en/bm25": BEFORE}
    before = write_results("before", cells)
    return before, write_results("after", {**cells, "sw-en/m/seed=1": AFTER})


def test_methods(command: Call) -> None:
    """All of them, and all about one."""
    found = parsed(command, "methods")["methods"]
    assert [each["name"] for each in found] == list(names())
    assert {"name", "level", "learns_from", "reference"} == {key for each in found for key in each}
    one = parsed(command, "methods", "optical")
    assert one["settings"]["solver"]["default"].startswith('"')
    assert all(own["description"] for own in one["settings"].values())
    assert one["description"].startswith("optical\n")


def test_sources(command: Call) -> None:
    """The sources of data."""
    found = {each["name"]: each for each in parsed(command, "data", "list")["sources"]}
    assert found["ntrex"]["collection"] is True
    assert "sw" in found["ntrex"]["languages"]
    assert found["files"]["languages"] is None


def test_plan(tiny: Path, places: list[str], command: Call) -> None:
    """Cells, stages, notes."""
    found = parsed(command, "plan", tiny, *places)
    assert found["suite"] == "tiny"
    assert found["cells"]["qde-en/bm25"] is False
    assert found["stages"] == found["to_make"]
    assert found["expected"] == {}
    assert any(note.startswith("Few topics: 12 on qsw-en") for note in found["notes"])


def test_power(tiny: Path, command: Call) -> None:
    """What a suite can show."""
    found = parsed(command, "power", tiny, "--sd", "0.2", "--topics", "100", "--effect", "0.05")
    assert (found["measure"], found["seeds"], found["effect"]) == ("AP", 2, 0.05)
    first = found["on"][0]
    assert first["corrected"] > first["alone"] > 0
    assert first["need_alone"].keys() == {"topics", "seeds"}


def test_status(two: tuple[Path, Path], command: Call) -> None:
    """Of a folder without a log what there is; of a log what it tells."""
    results = two[0]
    found = parsed(command, "status", results)
    assert (found["state"], found["done"], found["cost"]["memory"]) == ("unknown", 3, None)
    done = command("status", results, "--json", "--watch")
    assert (done.returncode, done.stdout) == (2, "")


def test_store(tmp_path: Path, command: Call) -> None:
    """The artifacts with their sizes and costs."""
    folder = tmp_path / "store" / "teacher" / ("a" * 40)
    folder.mkdir(parents=True)
    record = Record(
        kind="teacher",
        identity="a" * 40,
        title="me5",
        settings={},
        files={"weights": {"bytes": 5, "sha256": ""}},
        cost=Cost(seconds=2.5, memory=7),
        made="2026-01-01T00:00:00+00:00",
    )
    write_record(folder, record)
    found = parsed(command, "store", "list", "--store", tmp_path / "store")
    assert found["bytes"] == 5
    (one,) = found["artifacts"]
    assert (one["title"], one["seconds"], one["memory"]) == ("me5", 2.5, 7)
    assert one["folder"] == str(folder)
    done = command("store", "verify", "--store", tmp_path / "store", "--json")
    assert (done.returncode, done.stdout) == (2, "")


def test_compare(two: tuple[Path, Path], command: Call) -> None:
    """Differences with their tests."""
    found = parsed(command, "compare", *two)
    changes = {each["method"]: each for each in found["changes"]}
    assert changes["bm25"]["test"]["difference"] == 0
    assert changes["m"]["test"]["difference"] == pytest.approx(-0.55 / 6)
    assert changes["m"]["differing"] == 2
    assert 0 < changes["m"]["p_adjusted"] <= changes["bm25"]["p_adjusted"] == 1
    assert found["settings"] == found["versions"] == found["replications"] == []


def test_check(two: tuple[Path, Path], tmp_path: Path, command: Call) -> None:
    """The verdicts; the exit status is as without --json."""
    kept = tmp_path / "kept.json"
    assert command("baseline", two[0], "--output", kept).returncode == 0
    found = parsed(command, "check", two[0], "--baseline", kept)
    assert found["exit_code"] == 0
    assert {each["verdict"] for each in found["findings"]} == {"held"}
    words = ("check", two[1], "--baseline", kept, "--exact")
    found = parsed(command, *words, status=1)
    assert found["exit_code"] == 1
    assert found["rule"]["exact"] is True
    assert [each["verdict"] for each in found["findings"]].count("regressed") == 1
    assert command(*words, "--json", "--annotate", "github").returncode == 2
