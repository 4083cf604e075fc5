"""Topics that belong together, from the collection to the table, and analysing again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.locks import locked

Call = Callable[..., subprocess.CompletedProcess[str]]

SUITE = """\
[suite]
name = "pairs"
seeds = [1]
measures = ["AP"]
[collection]
source = "files"
folder = "data"
[teacher]
backbone = "all-MiniLM-L6-v2"
[statistics]
flips = 1000
resamples = 1000
[[pair]]
query = "sw"
resource = "low"
[[method]]
name = "bm25"
[[method]]
name = "bm25"
label = "bm25-long"
b = 0.0
"""
WORDS = [
    "maji",
    "safi",
    "hewa",
    "ardhi",
    "mto",
    "bahari",
    "mlima",
    "jua",
    "mwezi",
    "nyota",
    "mvua",
    "upepo",
]


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """Eight topics of four stories, in Swahili alone; documents of three words."""
    data = tmp_path / "data"
    data.mkdir()
    documents = [
        {"id": f"d{i}", "text": " ".join(WORDS[(i * k) % 12] for k in range(1, 4 + i % 3))}
        for i in range(24)
    ]
    (data / "docs.jsonl").write_text("".join(json.dumps(each) + "\n" for each in documents))
    topics = {f"t{i}": f"{WORDS[i]} {WORDS[(i * 5) % 12]}" for i in range(8)}
    for language in ("sw", "en"):
        lines = "".join(f"{topic}\t{text}\n" for topic, text in topics.items())
        (data / f"topics.{language}.tsv").write_text(lines)
    (data / "qrels").write_text("".join(f"t{i} 0 d{(i * 5) % 24} 1\n" for i in range(8)))
    path = tmp_path / "pairs.toml"
    path.write_text(SUITE)
    return path


def tie(suite: Path) -> None:
    """Let topics belong together, two and two."""
    lines = "".join(f"t{i}\tstory{i // 2}\n" for i in range(8))
    (suite.parent / "data" / "clusters.tsv").write_text(lines)


def test_topics_that_belong_together_are_one_draw(
    suite: Path, places: list[str], tmp_path: Path, command: Call
) -> None:
    """The run notes which, compares by them, and says it below the table."""
    tie(suite)
    done = command("run", suite, *places)
    assert done.returncode == 0, done.stderr
    results = tmp_path / "results"
    assert "mean over 8 topics of 4 clusters" in (results / "table.md").read_text()
    clusters = json.loads((results / "clusters.json").read_text())
    assert len(clusters.pop("sha256")) == 64
    assert clusters == {
        "format": 1,
        "cluster": "cluster",
        "sets": [
            {
                "pairs": ["sw-en"],
                "clusters": {f"story{k}": [f"t{2 * k}", f"t{2 * k + 1}"] for k in range(4)},
            }
        ],
    }
    (comparison,) = json.loads((results / "comparisons.json").read_text())["measures"][0][
        "comparisons"
    ]
    assert (comparison["topics"], comparison["clusters"]) == (8, 4)
    assert comparison["patterns"] == 2**4


def test_results_are_analysed_again(
    suite: Path, places: list[str], tmp_path: Path, command: Call
) -> None:
    """What is known now of topics counts; that it was not known beforehand stands below the table."""
    assert command("run", suite, *places).returncode == 0
    results = tmp_path / "results"
    before = {name: (results / name).read_bytes() for name in ("comparisons.json", "table.md")}
    assert not (results / "clusters.json").exists()
    assert command("analyse", results, "--suite", suite).returncode == 0
    for name, content in before.items():
        assert (results / name).read_bytes() == content
    tie(suite)
    again = command("analyse", results, "--suite", suite)
    assert again.returncode == 0, again.stderr
    table = (results / "table.md").read_text()
    assert "mean over 8 topics of 4 clusters" in table
    assert 'cells had been made: cluster – → "cluster"' in table
    assert "8 topics of 4 clusters" in command("table", results).stdout


def test_an_analysis_waits_for_a_run_and_has_all_of_it(
    suite: Path, places: list[str], tmp_path: Path, command: Call
) -> None:
    """Cells that are made between the command and its turn are compared, too."""
    results = tmp_path / "results"
    assert command("run", suite, *places, "--only", "*/bm25").returncode == 0
    analyse = [sys.executable, "-m", "clirbench", "analyse", str(results), "--suite", str(suite)]
    with locked(results / ".lock"):
        waiting = subprocess.Popen(analyse, stderr=subprocess.PIPE, text=True)
        assert waiting.stderr is not None
        assert waiting.stderr.readline() == f"another process works on {results}; waiting for it\n"
        other = tmp_path / "other"
        elsewhere = ["--store", tmp_path / "store", "--results", other]
        assert command("run", suite, *elsewhere).returncode == 0
        shutil.copytree(other, results, dirs_exist_ok=True, ignore=lambda *_: [".lock"])
    with waiting:
        assert waiting.wait() == 0
    table = (results / "table.md").read_text()
    assert "bm25-long" in table
    assert table == (other / "table.md").read_text()


def test_a_smallest_effect_comes_later(
    suite: Path, places: list[str], tmp_path: Path, command: Call
) -> None:
    """It is kept by the next analysis, and every table says that it was not planned."""
    text = suite.read_text()
    claim = 'hypothesis = { better = "bm25", than = "bm25-long", on = "sw-en" }\n[collection]'
    suite.write_text(text.replace("[collection]", claim))
    assert command("run", suite, *places).returncode == 0
    results = tmp_path / "results"
    assert "flat prior" not in (results / "table.md").read_text()
    for more in (["--smallest-effect", ".01"], []):
        done = command("analyse", results, "--suite", suite, *more)
        assert done.returncode == 0, done.stderr
        table = (results / "table.md").read_text()
        assert "read with a flat prior, P(worse by more than .01) " in table
        assert "had been made: smallest\\_effect null → 0.01." in table
    assert command("analyse", results, "--smallest-effect", "0").returncode == 2


def test_what_cannot_be_analysed_again(
    suite: Path, places: list[str], tmp_path: Path, command: Call
) -> None:
    """Topics that the collection lacks, and folders without results, are errors."""
    tie(suite)
    assert command("run", suite, *places).returncode == 0
    results, topics = tmp_path / "results", suite.parent / "data" / "topics.sw.tsv"
    topics.write_text(topics.read_text().replace("t7\t", "t9\t"))
    qrels = suite.parent / "data" / "qrels"
    qrels.write_text(qrels.read_text().replace("t7 ", "t9 "))
    done = command("analyse", results, "--suite", suite)
    assert done.returncode == 2
    assert "sw-en has scores of topics that files lacks, such as t7" in done.stderr
    assert command("analyse", tmp_path).returncode == 2
