from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import ir_measures
import pytest

from clirbench.methods.outside import Outside
from clirbench.spec.cell import Cell, cells
from clirbench.spec.read import read_suite

Call = Callable[..., subprocess.CompletedProcess[str]]

PAIRS = ("sw-en", "so-en")


def run_of(*documents: str, topics: int = 3) -> str:
    """A run that ranks the documents, turned by one from topic to topic."""
    lines = []
    for topic in range(topics):
        turned = documents[topic:] + documents[:topic]
        lines += [f"t{topic} Q0 {d} {i} {9 - i}.5 theirs\n" for i, d in enumerate(turned, 1)]
    return "".join(lines)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite of own files, two pairs and BM25, which trains nothing."""
    data = tmp_path / "data"
    data.mkdir()
    texts = ["red apple", "green pear", "blue plum", "white grape"]
    documents = [json.dumps({"id": f"d{i}", "text": text}) for i, text in enumerate(texts)]
    (data / "docs.jsonl").write_text("\n".join(documents) + "\n")
    (data / "topics.sw.tsv").write_text("t0\tred\nt1\tgreen\nt2\tgrape\n")
    for language in ("so", "en"):
        (data / f"topics.{language}.tsv").write_text("t0\tapple\nt1\tpear\nt2\tplum\n")
    (data / "qrels").write_text("t0 0 d0 1\nt1 0 d1 1\nt2 0 d3 1\n")
    path = tmp_path / "mine.toml"
    pairs = [f'[[pair]]\nquery = "{pair[:2]}"\nresource = "low"\n' for pair in PAIRS]
    path.write_text(
        '[suite]\nname = "mine"\nseeds = [1]\nmeasures = ["AP", "RR@10"]\n'
        '[collection]\nsource = "files"\nfolder = "data"\n'
        '[teacher]\nbackbone = "scratch"\ntraining = {}\n'
        "[statistics]\nflips = 1000\nresamples = 1000\n"
        + "".join(pairs)
        + '[[method]]\nname = "bm25"\n'
    )
    return path


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """A run of each pair, one of them compressed."""
    first, second = tmp_path / "theirs.sw-en.txt", tmp_path / "so-en.trec.gz"
    first.write_text(run_of("d0", "d1", "d2", "d3"))
    second.write_bytes(gzip.compress(run_of("d3", "d2", "d1", "d0").encode()))
    return [first, second]


def test_runs_become_a_row_of_the_table(
    suite: Path, runs: list[Path], tmp_path: Path, command: Call
) -> None:
    """The runs are copied and declared; the suite then scores them as ir-measures does."""
    before = suite.read_text()
    done = command("import-run", suite, *runs, "--name", "colbert-x")
    assert done.returncode == 0, done.stderr
    assert "sw-en: 3 topics" in done.stdout
    assert suite.read_text().startswith(before)
    entry = read_suite(suite).suite.methods[-1]
    assert (entry.label, entry.trained) == ("colbert-x", False)
    assert isinstance(entry.method, Outside)
    for path, pair in zip(runs, PAIRS, strict=True):
        given = path.read_bytes()
        copied = gzip.decompress((tmp_path / f"runs/colbert-x/{pair}.trec.gz").read_bytes())
        assert copied == (gzip.decompress(given) if path.suffix == ".gz" else given)

    results = tmp_path / "results"
    done = command("run", suite, "--results", results, "--store", tmp_path / "store")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "colbert-x" in done.stdout
    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "data" / "qrels")))
    run = list(ir_measures.read_trec_run(runs[0].read_text()))
    expected = {
        metric.query_id: metric.value
        for metric in ir_measures.iter_calc([ir_measures.AP], qrels, run)
    }
    lines = (results / "cells/sw-en/colbert-x/scores.csv").read_text().splitlines()[1:]
    assert {line.split(",")[0]: float(line.split(",")[1]) for line in lines} == expected


def test_a_changed_run_is_another_one(
    suite: Path, runs: list[Path], tmp_path: Path, command: Call
) -> None:
    """The identity follows the file's content: what rests on it is made anew, and nothing else."""
    assert command("import-run", suite, *runs, "--name", "x").returncode == 0
    from clirbench.running.plan import plan_stages

    def identities() -> dict[Cell, str]:
        read = read_suite(suite).suite
        return {cell: stage.identity() for cell, stage in plan_stages(read, cells(read)).items()}

    before = identities()
    changed = tmp_path / "runs/x/sw-en.trec.gz"
    changed.write_bytes(gzip.compress(run_of("d1", "d0", "d2", "d3").encode()))
    after = identities()
    assert {str(cell) for cell in before if before[cell] != after[cell]} == {"sw-en/x"}


def test_some_pairs_only(suite: Path, runs: list[Path], command: Call) -> None:
    """A system without runs of all pairs has cells of its pairs alone."""
    done = command("import-run", suite, f"so-en={runs[0]}", "--name", "x")
    assert done.returncode == 0, done.stderr
    assert 'pairs = ["so-en"]' in suite.read_text()
    read = read_suite(suite).suite
    assert {str(cell) for cell in cells(read) if cell.method == "x"} == {"so-en/x"}


def test_ties_and_missing_topics_as_told(suite: Path, tmp_path: Path, command: Call) -> None:
    """What is refused as it comes is taken with leave, and the leave stands in the suite."""
    run = tmp_path / "sw-en.trec"
    run.write_text("t0 Q0 d0 1 1 t\nt0 Q0 d1 2 1 t\n")
    arguments = ("import-run", suite, run, "--name", "x")
    done = command(*arguments)
    assert done.returncode == 2
    assert "sw-en.trec:2: " in done.stderr
    assert "2 judged topics have no line: t1, t2" in done.stderr
    done = command(*arguments, "--ties", "rank", "--missing", "zero")
    assert done.returncode == 0, done.stderr
    method = read_suite(suite).suite.methods[-1].method
    assert isinstance(method, Outside)
    assert (method.ties, method.missing) == ("rank", "zero")

    results = tmp_path / "results"
    done = command("run", suite, "--results", results, "--store", tmp_path / "store")
    assert done.returncode == 0, done.stdout + done.stderr
    note = "sw-en/x: 2 of 3 topics have no line in the run, and score 0: t1, t2."
    assert note in (results / "table.md").read_text()
    assert note in " ".join(command("table", results).stdout.split())
    assert json.loads((results / "cells/sw-en/x/notes.json").read_text()) == [note[:-1]]
    assert not (results / "cells/sw-en/bm25/notes.json").exists()


@pytest.mark.parametrize(
    ("arguments", "errors"),
    [
        (["{0}", "{1}", "--name", "bm25"], ["already has a method with that label"]),
        (["{0}", "--name", "50%_&<b>"], ['--name "50%_&<b>": expected letters']),
        (["nowhere/sw-en.trec", "odd.trec", "--name", "x"], ["no such file", "no such file"]),
        (["{0}", "sw-en={1}", "--name", "x"], ["theirs.sw-en.txt was already given for sw-en"]),
        (
            ["mine.toml", "--name", "x"],
            ["contains no pair, or several, of sw-en, so-en; write PAIR=mine"],
        ),
    ],
)
def test_wrong_commands_change_nothing(
    arguments: list[str],
    errors: list[str],
    suite: Path,
    *,
    runs: list[Path],
    tmp_path: Path,
    command: Call,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exit 2 with every error; neither the suite nor its folder is touched."""
    monkeypatch.chdir(tmp_path)
    before = suite.read_text()
    done = command("import-run", suite, *(word.format(*runs) for word in arguments))
    assert done.returncode == 2, done.stdout
    lines = done.stderr.splitlines()
    assert len(lines) == len(errors)
    assert all(error in line for error, line in zip(errors, lines, strict=True)), lines
    assert suite.read_text() == before
    assert not (tmp_path / "runs").exists()


def test_a_suite_that_cannot_be_added_to_stays(
    suite: Path, runs: list[Path], command: Call
) -> None:
    """Where methods stand in one line, a table cannot be put at the end; the file is as it was."""
    text = suite.read_text().replace('[[method]]\nname = "bm25"\n', "")
    suite.write_text('method = [{ name = "bm25" }]\n' + text)
    before = suite.read_text()
    done = command("import-run", suite, *runs, "--name", "x")
    assert done.returncode == 2
    assert suite.read_text() == before


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ('runs = "nowhere/{pair}.trec"', "method[2].runs: no file"),
        ('runs = "data/qrels"', 'method[2].runs: one file for 2 pairs; write "{pair}"'),
        ('pairs = ["sw-en", "sq-en"]', 'pairs[2]: no pair "sq-en"; did you mean "'),
        ('ties = "keep"', "expected 'refuse' or 'rank'"),
    ],
)
def test_wrong_declarations_are_told(table: str, error: str, suite: Path, command: Call) -> None:
    """A method `outside` is checked when the suite is read, with its place in the file."""
    suite.write_text(suite.read_text() + f'[[method]]\nname = "outside"\n{table}\n')
    done = command("plan", suite)
    assert done.returncode == 2
    assert error in done.stderr
    assert all(line.startswith(f"{suite}:") for line in done.stderr.splitlines())


def test_a_bad_run_fails_its_cell_alone(
    suite: Path, runs: list[Path], tmp_path: Path, command: Call
) -> None:
    """A run that was changed for the worse after its import is told in the cell's log."""
    assert command("import-run", suite, *runs, "--name", "x").returncode == 0
    (tmp_path / "runs/x/sw-en.trec.gz").write_bytes(gzip.compress(b"t0 Q0 d9 1 1 t\nt9 odd\n"))
    results = tmp_path / "results"
    done = command("run", suite, "--results", results, "--store", tmp_path / "store")
    assert done.returncode == 3, done.stdout + done.stderr
    log = (results / "cells/sw-en/x/error.log").read_text()
    assert 'document "d9" is not one of the collection' in log
    assert "and 2 more faults" in log
    assert (results / "cells/so-en/x/scores.csv").exists()
