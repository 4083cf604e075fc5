from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import ir_measures
import pytest

from clirbench.data.download import Cache
from clirbench.spec.read import read_suite

Call = Callable[..., subprocess.CompletedProcess[str]]


def scores(results: Path) -> dict[str, bytes]:
    """Every cell's scores and training log, as bytes."""
    return {
        str(path.relative_to(results)): path.read_bytes()
        for name in ("scores.csv", "run.trec.gz", "training.jsonl")
        for path in sorted((results / "cells").rglob(name))
    }


def test_run_again_and_interrupted(tiny: Path, tmp_path: Path, clirbench: Call) -> None:
    """A run makes every file; a second does nothing; stopped five times and resumed, it ends the same."""
    whole = tmp_path / "whole"
    first = clirbench("run", tiny, "--results", whole, "--store", tmp_path / "s1")
    assert first.returncode == 0, first.stderr
    assert "tiny: MAP" in first.stdout
    assert "on the low-resource" in first.stdout
    assert "Few topics: 12 on qsw-en, 12 on qde-en. " in first.stdout
    assert "Few seeds: 2. " in first.stdout
    assert first.stdout.splitlines()[-1].startswith(f"next: clirbench report {whole}, one page")
    expected = scores(whole)
    assert sum(name.endswith("scores.csv") for name in expected) == 14
    for name in ("suite.toml", "settings.json", "environment.json", "comparisons.json", "table.md"):
        assert (whole / name).is_file()
    (counts,) = json.loads((whole / "bitext" / "qsw-en.json").read_text())["None"]
    assert (counts["source"], counts["read"]) == ("synthetic", 48)
    assert counts["read"] == counts["kept"] + sum(counts["left_out"].values())
    assert (whole / "suite.toml").read_text() == tiny.read_text()
    assert not list((tmp_path / "s1" / "student").iterdir())

    start = time.perf_counter()
    second = clirbench("run", tiny, "--results", whole, "--store", tmp_path / "s1")
    assert time.perf_counter() - start < 20  # far under in peace; bounds what must not be: a rerun
    assert second.returncode == 0
    assert "nothing to do: all 14 cells are done" in second.stdout
    assert "tiny: MAP" in second.stdout
    assert scores(whole) == expected

    killed = tmp_path / "killed"
    arguments = ["run", str(tiny), "--results", str(killed), "--store", str(tmp_path / "s2")]
    for moment, how in (
        ("teacher", signal.SIGKILL),
        ("bitext qsw-en", signal.SIGINT),
        ("student qsw-en/sentence-contrastive/seed=2", signal.SIGKILL),
        ("cell qde-en/bm25", signal.SIGTERM),
        ("student qde-en/optical/seed=1", signal.SIGKILL),
    ):
        stopped, errors = stop_at(arguments, moment, how, tmp_path)
        if how == signal.SIGKILL:
            assert stopped == -signal.SIGKILL
        else:
            assert stopped == {signal.SIGINT: 130, signal.SIGTERM: 143}[how]
            assert "run the same command again to resume" in errors
            assert not list((tmp_path / "s2").rglob(".tmp-*"))
        assert len(scores(killed)) < len(expected)
    last = clirbench(*arguments)
    assert last.returncode == 0, last.stderr
    assert scores(killed) == expected
    assert (killed / "comparisons.json").read_bytes() == (whole / "comparisons.json").read_bytes()
    assert not [
        path for path in tmp_path.rglob(".tmp-*") if "s2" in str(path) or "killed" in str(path)
    ]

    check_scores(whole, tiny, tmp_path)


def stop_at(
    arguments: list[str], moment: str, how: signal.Signals, tmp_path: Path
) -> tuple[int, str]:
    """Run until a line of that beginning, then stop the process in what it does next."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "clirbench", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "CLIRBENCH_CACHE": str(tmp_path / "cache")},
    )
    assert process.stdout is not None
    for line in process.stdout:
        if moment in line:
            break
    time.sleep(0.02)
    process.send_signal(how)
    _, errors = process.communicate()
    return process.returncode, errors


def check_scores(results: Path, tiny: Path, tmp_path: Path) -> None:
    """The mean of the written scores is ir-measures' own on the written run."""
    import gzip

    suite = read_suite(tiny).suite
    fetch = Cache(tmp_path / "cache")
    for cell in ("qsw-en/optical/seed=1", "qde-en/zero-shot"):
        judgments = suite.collection.judgments(fetch, cell[:3])
        qrels = {topic: dict(grades) for topic, grades in judgments.items()}
        text = gzip.decompress((results / "cells" / cell / "run.trec.gz").read_bytes()).decode()
        run = list(ir_measures.read_trec_run(text))
        lines = (results / "cells" / cell / "scores.csv").read_text().splitlines()
        assert lines[0] == "topic,AP,nDCG@10"
        column = [float(line.split(",")[1]) for line in lines[1:]]
        expected = ir_measures.calc_aggregate([ir_measures.AP], qrels, run)[ir_measures.AP]
        assert sum(column) / len(column) == pytest.approx(expected, abs=1e-12)


def test_only_and_then_the_rest(tiny: Path, places: list[str], clirbench: Call) -> None:
    """A part of the cells gives a part of the table; the next run adds to it."""
    part = clirbench(
        "run", tiny, *places, "--only", "qde-en/*/seed=1", "--set", "training.epochs=1"
    )
    assert part.returncode == 0, part.stderr
    assert "qde-en" in part.stdout
    assert "in no family: pair qsw-en; seed 2. The hypothesis is not tested." in part.stdout
    assert part.stdout.count("qsw-en") == 1  # it has no column
    more = clirbench("run", tiny, *places, "--only", "qsw-en/bm25", "--set", "training.epochs=1")
    assert more.returncode == 0, more.stderr
    assert "qsw-en" in more.stdout
    assert "Missing" in more.stdout


def test_documents_in_half_precision(tiny: Path, places: list[str], clirbench: Call) -> None:
    """The index takes half the room, and the scores are the same but for rounding."""
    results, store = Path(places[1]), Path(places[3])
    cells, half = ("--only", "*/oracle"), ("--set", "retrieval.vectors=float16")
    again = ("--results", results.with_name("half"), "--store", store.with_name("half-store"))
    assert not clirbench("run", tiny, *places, *cells).returncode
    assert not clirbench("run", tiny, *again, *cells, *half).returncode
    assert sum(_sizes(store.with_name("half-store"))) < 0.6 * sum(_sizes(store))
    for path in results.rglob("scores.csv"):
        other = results.with_name("half") / path.relative_to(results)
        for row, rounded in zip(
            *(p.read_text().splitlines()[1:] for p in (path, other)), strict=True
        ):
            assert float(row.split(",")[1]) == pytest.approx(float(rounded.split(",")[1]), abs=1e-2)


def _sizes(store: Path) -> list[int]:
    return [path.stat().st_size for path in store.glob("documents/*/vectors.safetensors")]


def test_failed_cells_do_not_stop_the_others(
    tiny: Path, tmp_path: Path, places: list[str], clirbench: Call
) -> None:
    """A loss that becomes NaN fails its cells with a log; the others are in the table; exit 3."""
    text = tiny.read_text().replace(
        'name = "optical"\n', 'name = "optical"\ntraining = { learning_rate = 1e30 }\n'
    )
    tiny.write_text(text)
    done = clirbench("run", tiny, *places, "--only", "qde-en/*/seed=1")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "FAILED: training stopped at step" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    log = tmp_path / "results" / "cells" / "qde-en/optical/seed=1" / "error.log"
    assert "try a smaller learning_rate" in log.read_text()
    assert "sentence-contrastive" in done.stdout
    table = (tmp_path / "results" / "table.md").read_text()
    assert "optical on qde-en" in table or "| optical |" not in table


@pytest.mark.parametrize("command", ["run", "plan"])
def test_broken_suite_exits_with_2(
    command: str, tiny: Path, places: list[str], clirbench: Call
) -> None:
    """Every error of the file on a line of its own, no traceback."""
    tiny.write_text(tiny.read_text().replace("epochs = 2", "epoch = 2").replace('"bm25"', '"bm52"'))
    done = clirbench(command, tiny, *places)
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    assert all(re.match(rf"{re.escape(str(tiny))}:\d+:\d+: ", line) for line in lines)


def test_plan_counts_what_is_done(tiny: Path, places: list[str], clirbench: Call) -> None:
    """Before anything is run all is to do."""
    done = clirbench("plan", tiny, *places)
    assert done.returncode == 0, done.stderr
    assert "14 cells, 0 done" in done.stdout
    assert re.search(r"student\W+8\W+8", done.stdout)


def test_commands_start_without_heavy_libraries(root: Path, tiny: Path) -> None:
    """Neither help nor plan imports NumPy, torch, transformers, or statistics."""
    code = (
        "import sys; from clirbench.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'torch', 'transformers', 'scipy', 'statsmodels', 'ot'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    for arguments in (["--help"], ["plan", str(tiny)]):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            capture_output=True,
            text=True,
            check=True,
            cwd=root,
        )
        assert done.stdout.splitlines()[-1] == "[]"


def test_settings_are_stored_as_given_and_as_resolved(
    tiny: Path, tmp_path: Path, places: list[str], clirbench: Call
) -> None:
    """The results tell every default."""
    clirbench("run", tiny, *places, "--only", "qde-en/bm25", "--set", "retrieval.depth=50")
    settings = json.loads((tmp_path / "results" / "settings.json").read_text())
    assert settings["given"]["retrieval"] == {"depth": 50}
    assert settings["overrides"] == ["retrieval.depth=50"]
    assert settings["resolved"]["training"]["weight_decay"] == 0.01
    assert settings["resolved"]["collection"]["synonyms"] == 3
