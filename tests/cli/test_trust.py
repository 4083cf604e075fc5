"""Results folders and stores of others: nothing of theirs is run, followed out of its folder, or believed."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.artifacts.meter import Cost
from clirbench.artifacts.record import RECORD, Record, write_record

Call = Callable[..., subprocess.CompletedProcess[str]]
Write = Callable[..., Path]
EVIL = """
from pathlib import Path
Path(__file__).with_suffix(".ran").touch()
raise ValueError("imported")
"""
SCORES = {"qsw-en/evil": {f"s{n}": n / 10 for n in range(1, 6)}}


@pytest.fixture
def evil(write_results: Write, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A results folder whose suite names code that lies on the path of modules."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "evil.py").write_text(EVIL)
    monkeypatch.syspath_prepend(str(folder))
    results = write_results(
        "evil",
        SCORES,
        collection={"class.name": "synthetic", "class.version": 1},
        methods=[
            {
                "label": "evil",
                "method": {"class.name": "evil", "class.origin": "f" * 64},
                "training": {},
            }
        ],
    )
    text = tiny.read_text().replace('name = "optical"', 'name = "evil:Evil"')
    (results / "suite.toml").write_text(text.replace("hypothesis", "# hypothesis"))
    return results


def test_reading_imports_no_code(evil: Path, tmp_path: Path, command: Call) -> None:
    """No command that reads results runs what their suite names; one that runs the suite does."""
    baseline = tmp_path / "b.json"
    for words in (
        ("baseline", evil, "--output", baseline),
        ("table", evil),
        ("status", evil),
        ("compare", evil, evil),
        ("check", evil, "--baseline", baseline),
        ("report", evil),
        ("export", evil, "--output", tmp_path / "out"),
        ("analyse", evil),
    ):
        done = command(*words)
        assert "imported" not in done.stdout + done.stderr, words
        assert "evil" not in sys.modules, words
        assert not (tmp_path / "modules" / "evil.ran").exists(), words
    assert "imported" in command("plan", evil / "suite.toml").stderr
    assert (tmp_path / "modules" / "evil.ran").exists()


def test_plan_and_run_name_the_code(
    tiny: Path,
    tmp_path: Path,
    places: list[str],
    clirbench: Call,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever starts a suite of others is told whose code it runs."""
    (tmp_path / "mine.py").write_text(
        "from clirbench.methods.sentence_mse import SentenceMSE\n"
        "from clirbench.settings import settings\n"
        "@settings\n"
        "class Mine(SentenceMSE):\n"
        '    name = "mine"\n'
    )
    tiny.write_text(tiny.read_text() + '\n[[method]]\nname = "mine:Mine"\n')
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)
    said = (
        f'runs code that is not clirbench\'s: method "mine" is mine:Mine, from {tmp_path}/mine.py'
    )
    for words in (["plan", tiny], ["run", tiny, "--only", "qde-en/bm25"]):
        done = clirbench(*words, *places)
        assert done.returncode == 0, done.stderr
        assert said in done.stdout, done.stdout
    done = clirbench("plan", tiny, "--json", *places)
    assert said in done.stderr
    assert json.loads(done.stdout)["suite"] == "tiny"


@pytest.mark.parametrize(
    "name",
    ["suite.toml", "settings.json", "report.html", "cells/sw-en/m/scores.csv", "cells/sw-en"],
)
def test_links_that_leave_the_folder(
    write_results: Write, tmp_path: Path, command: Call, name: str
) -> None:
    """What lies elsewhere is neither shown nor written over."""
    results, secret = write_results("r", {"sw-en/m": {"t1": 0.5}}), tmp_path / "secret"
    path = results / name
    if path.is_dir():
        path.rename(secret)
    else:
        path.unlink(missing_ok=True)
        secret.write_text("hunter2")
    path.symlink_to(secret)
    for words in (("report", results), ("table", results), ("status", results)):
        done = command(*words)
        assert done.returncode == 2
        assert done.stderr.startswith(f"clirbench: {path}: a link that leads to {secret}; ")
    assert not secret.is_file() or secret.read_text() == "hunter2"
    assert path.is_symlink()


def test_links_and_pipes_in_the_folder(write_results: Write, tmp_path: Path, command: Call) -> None:
    """A link to a file beside it is followed; one that goes round, and a pipe, are told at once."""
    results = write_results("r", {"sw-en/m": {"t1": 0.5}})
    environment = results / "environment.json"
    environment.rename(results / "other.json")
    environment.symlink_to("other.json")
    assert command("status", results).returncode == 0
    environment.unlink()
    environment.symlink_to("environment.json")
    assert "a link that leads back to itself" in command("status", results).stderr
    environment.unlink()
    os.mkfifo(environment)
    done = command("report", results)
    assert (done.returncode, done.stderr) == (
        2,
        f"clirbench: {environment}: neither a file nor a folder; it is not read\n",
    )


@pytest.mark.parametrize("name", ["../../secret", "/etc/passwd", "a/../../../secret", "link"])
def test_names_of_files_in_records(tmp_path: Path, command: Call, name: str) -> None:
    """A record that names what is not in its folder is damaged, and nothing there is read."""
    folder = tmp_path / "store" / "student" / "abc"
    folder.mkdir(parents=True)
    (tmp_path / "secret").write_text("x")
    (folder / "link").symlink_to(tmp_path / "secret")
    record = Record(
        kind="student",
        identity="abc",
        title="t",
        settings={},
        files={name: {"bytes": 1, "sha256": "0" * 64}},
        cost=Cost(seconds=0.1),
        made="2025-01-01T00:00:00+00:00",
    )
    write_record(folder, record)
    done = command("store", "verify", "--store", tmp_path / "store")
    assert done.returncode == 3, done.stdout
    said = "".join(done.stdout.split())
    assert "".join(f"names {json.dumps(name)}, which is not a file of this folder".split()) in said
    assert RECORD in said


def test_formulas_in_ids(write_results: Write, tmp_path: Path, command: Call) -> None:
    """For a spreadsheet, texts that it would run are quoted; numbers and other formats stay as they are."""
    topics = {'=HYPERLINK("x")': 0.5, "+1": 0.25, "-2": 0.0, "@a": 1.0, "t": 0.75}
    results = write_results("r", {"sw-en/m": topics})
    out = tmp_path / "out"
    words = ("--what", "scores", "--format", "csv", "spreadsheet")
    assert command("export", results, "--output", out, *words).returncode == 0
    with (out / "scores.csv").open(newline="") as file:
        plain = list(csv.DictReader(file))
    with (out / "scores.spreadsheet.csv").open(newline="") as file:
        quoted = list(csv.DictReader(file))
    assert {row["topic"] for row in plain} == set(topics)
    assert [row["topic"] for row in quoted] == [
        row["topic"] if row["topic"] == "t" else f"'{row['topic']}" for row in plain
    ]
    assert [row["value"] for row in quoted] == [row["value"] for row in plain]
