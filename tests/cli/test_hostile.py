"""Suites and files that were made to break a command: each is an error with its place."""

from __future__ import annotations

import gzip
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., subprocess.CompletedProcess[str]]
MEASURES = 'measures = ["AP", "nDCG@10"]'


@pytest.mark.parametrize(
    ("measure", "why"),
    [
        ("P@0", "the cut-off must be a whole number from 1 to 10,000 (got 0)"),
        ("nDCG@0", "the cut-off must be a whole number from 1 to 10,000 (got 0)"),
        ("R@0", "the cut-off must be a whole number from 1 to 10,000 (got 0)"),
        ("AP@0", "(got 0)"),
        ("P(rel=2)@0", "(got 0)"),
        ("P(cutoff=0)", "(got 0)"),
        ("P@True", "(got True)"),
        ("P@1.5", "(got 1.5)"),
        ("P@99999999999", "(got 99999999999)"),
        ("AP(rel=0)", "rel must be a whole number, 1 or more (got 0)"),
        ("AP(rel=99999999999)", "(got 99999999999)"),
        ("AP(rel='a')", "invalid param rel='a'"),
        ("AP(x=1)", "has no parameter x; it has cutoff, rel, judged_only"),
        ("AP(**{})", "keywords must be strings"),
        ("P", "invalid param cutoff=nothing"),
        ("RBP(p=2)", "invalid param p=2"),
        ("A" * 50_000, "50,000 characters; expected 100 at most"),
        ("(" * 50_000, "50,000 characters; expected 100 at most"),
    ],
)
def test_measures(tiny: Path, places: list[str], command: Call, measure: str, why: str) -> None:
    """A measure that would abort the process, or count nonsense, is told at its line by `plan`."""
    tiny.write_text(tiny.read_text().replace(MEASURES, f'measures = ["AP", "{measure}"]'))
    done = command("plan", tiny, *places)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{tiny}:4:")
    assert why in done.stderr
    assert len(done.stderr) < 400


@pytest.mark.parametrize(
    "value",
    [
        "x = " + "[" * 5_000 + "]" * 5_000,
        "x = " + "[" * 60 + "]" * 60,
        "x = " + "{a=" * 60 + "1" + "}" * 60,
        "x" + ".a" * 5_000 + " = 1",
        "[x" + ".a" * 60 + "]",
        "x = " + "9" * 5_000,
    ],
)
def test_deep_suites(tiny: Path, places: list[str], command: Call, value: str) -> None:
    """What is nested without end, or a number without end, has a line."""
    lines = tiny.read_text().splitlines()
    text = "\n".join(['# [[[[ "', 's = "[[[["', value, *lines])
    tiny.write_text(text + "\n")
    done = command("plan", tiny, *places)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{tiny}:3:")
    assert "recursion" not in done.stderr


@pytest.mark.parametrize(
    "key",
    ["teacher.backbone", "collection.folder", "teacher.training.source", "method.optical.name"],
)
@pytest.mark.parametrize("name", ["a" * 300, "ü" * 200, "./" + "a" * 5_000, "a/" * 3_000])
def test_names_too_long(tiny: Path, places: list[str], command: Call, key: str, name: str) -> None:
    """A name that no file system takes is wrong, not a crash."""
    done = command("plan", tiny, *places, "--set", f"{key}={name}")
    assert done.returncode == 2, done.stderr[-500:]


@pytest.mark.parametrize("name", ["a" * 300, "ü" * 200, "n/" + "b" * 300])
def test_backbones_too_long(tiny: Path, places: list[str], command: Call, name: str) -> None:
    """Nor is such a name of a model, also where nothing else is wrong."""
    text = (
        tiny.read_text().replace("scratch = {", "# scratch = {").replace("training = { ep", "# {")
    )
    tiny.write_text(text.replace('backbone = "scratch"', f'backbone = "{name}"'))
    done = command("plan", tiny, *places)
    assert done.returncode == 2
    assert "teacher.backbone: a name of " in done.stderr
    assert done.stderr.startswith(f"{tiny}:17:")


@pytest.mark.parametrize(
    "name",
    ["settings.json", "analysis.json", "comparisons.json", "environment.json", "events.jsonl"],
)
def test_deep_json(write_results: Callable[..., Path], command: Call, name: str) -> None:
    """A file of a results folder that is nested without end is named."""
    results = write_results("r", {"sw-en/m": {"t1": 0.5}})
    deep = "[" * 100_000
    (results / name).write_text(deep if name == "analysis.json" else f'{{"a": {deep}')
    for words in (("table",), ("status",), ("report",), ("compare", results)):
        done = command(*words, results)
        assert done.returncode in {0, 2, 4}, done.stderr
        assert "Traceback" not in done.stderr


def test_flipped_bits_of_a_run(
    write_results: Callable[..., Path], tmp_path: Path, command: Call
) -> None:
    """A run that is damaged in any place is named by what reads it."""
    results = write_results("r", {"sw-en/m": {"t1": 0.5}})
    file = tmp_path / "sw-en.trec.gz"
    lines = "".join(f"t1 Q0 d{n} {n + 1} {1 / (n + 1):.5f} x\n" for n in range(200))
    packed = bytearray(gzip.compress(lines.encode(), mtime=0))
    run = results / "cells" / "sw-en" / "m" / "run.trec.gz"
    for place in range(10, len(packed) - 8, 7):
        packed[place] ^= 16
        run.write_bytes(packed)
        done = command("export", results, "--what", "runs", "--output", file)
        packed[place] ^= 16
        assert done.returncode in {0, 2}, done.stderr


def bomb(path: Path, *, line: bytes) -> None:
    """A gzip file of 128 MiB of one line again and again."""
    path.write_bytes(gzip.compress(line * (2**20 // len(line))) * 128)


OWN = """\
[suite]
name = "own"
seeds = [1]
[collection]
source = "files"
folder = "data"
[teacher]
backbone = "scratch"
scratch = { layers = 1, width = 16, heads = 2, vocabulary = 400 }
training = { epochs = 1, batch_size = 16 }
[[pair]]
query = "sw"
resource = "low"
[[method]]
name = "bm25"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A suite on files."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "docs.jsonl").write_text('{"id": "d1", "text": "red"}\n{"id": "d2", "text": "blue"}\n')
    for language in ("sw", "en"):
        (data / f"topics.{language}.tsv").write_text("t1\tred\n")
    (data / "qrels").write_text("t1 0 d1 1\n")
    suite = tmp_path / "own.toml"
    suite.write_text(OWN)
    return suite


@pytest.mark.parametrize("line", [b"t1 Q0 d1 1 0.5 x\n", b"x"])
def test_bombs(own: Path, places: list[str], tmp_path: Path, command: Call, line: bytes) -> None:
    """A file that unpacks without end is an error before it fills the memory."""
    runs = tmp_path / "runs"
    runs.mkdir()
    bomb(runs / "sw-en.trec.gz", line=line)
    words = ("import-run", own, f"sw-en={runs / 'sw-en.trec.gz'}", "--name", "other")
    done = command(*words)
    assert done.returncode == 2, done.stderr
    assert "unpacks to more than 200 times its" in done.stderr
    if len(line) > 1:  # millions of lines that are wrong take their time
        return
    (tmp_path / "data" / "docs.jsonl").unlink()
    (runs / "sw-en.trec.gz").rename(tmp_path / "data" / "docs.jsonl.gz")
    done = command("run", own, *places)
    assert "unpacks to more than 200 times its" in done.stdout + done.stderr
    assert done.returncode in {2, 4}


@pytest.mark.parametrize("name", ["docs.jsonl", "topics.sw.tsv", "qrels"])
def test_pipes_among_files(
    own: Path, places: list[str], tmp_path: Path, command: Call, name: str
) -> None:
    """A pipe that nobody writes to is told, not waited for."""
    (tmp_path / "data" / name).unlink()
    os.mkfifo(tmp_path / "data" / name)
    for words in (("plan", own, *places), ("run", own, *places)):
        done = command(*words)
        assert name.partition(".")[0] in done.stdout + done.stderr
    assert done.returncode in {2, 4}
