"""What a user meets when a machine gives up: each fault is provoked, and its message checked."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., subprocess.CompletedProcess[str]]


def python(code: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs lines of Python in a process of their own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "CLIRBENCH_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"},
        check=False,
    )


def on_small_disk(folder: Path, options: str, command: list[str]) -> tuple[int, str, str]:
    """Run a command with a file system of its own at `folder`, in a name space of its own."""
    folder.mkdir()
    script = f'mount -t tmpfs -o {options} tmpfs {folder} && "$@"; echo "exit status $?"'
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("needs unshare, to mount a file system")
    done = subprocess.run(
        [unshare, "--mount", "--map-root-user", "sh", "-c", script, "sh", *command],
        capture_output=True,
        text=True,
        cwd=folder.parent,
        env={**os.environ, "CLIRBENCH_CACHE": str(folder.parent / "cache")},
        check=False,
    )
    if "exit status" not in done.stdout or "mount:" in done.stderr:
        pytest.skip(f"no file system may be mounted here: {done.stderr.strip()}")
    return int(done.stdout.split()[-1]), done.stdout, done.stderr


def run(suite: Path, *options: str | Path) -> list[str]:
    """The command."""
    return [sys.executable, "-m", "clirbench", "run", str(suite), *map(str, options)]


def test_full_disk(tiny: Path, tmp_path: Path, clirbench: Call) -> None:
    """A store that fills up stops the run, says what is full, and leaves nothing half-written."""
    small, results = tmp_path / "small", tmp_path / "results"
    only = ["--only", "qde-en/zero-shot", "--results", results]
    status, out, errors = on_small_disk(small, "size=200k", run(tiny, *only, "--store", small))
    assert status == 3, out + errors
    assert f"clirbench: {small}/" in errors
    assert "cannot be written: No space left on device; finished work is kept" in errors
    assert "Traceback" not in out + errors
    assert "FAILED" not in out
    again = clirbench("run", tiny, *only, "--store", tmp_path / "store")
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize("size", ["16k", "32k", "40k"])
def test_full_results(tiny: Path, tmp_path: Path, size: str) -> None:
    """Results that fill up stop the run with one message, wherever it stands; the store has room."""
    small, only = tmp_path / "small", ("--only", "*/bm25")
    command = run(tiny, *only, "--results", small / "results", "--store", tmp_path / "store")
    status, out, errors = on_small_disk(small, f"size={size}", command)
    assert status == 3, out + errors
    (said,) = errors.strip().splitlines()
    assert said.startswith(f"clirbench: {small}/results")
    assert "cannot be written: No space left on device" in said
    assert "FAILED" not in out
    assert "Traceback" not in out


def test_full_results_while_copying(
    tiny: Path, tmp_path: Path, places: list[str], command: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same where a file of the store is copied: its error names the source first."""

    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(source), None, str(target))

    with monkeypatch.context() as patch:
        patch.setattr("clirbench.running.stages.cell.shutil.copyfile", full)
        done = command("run", tiny, *places, "--only", "*/bm25")
    assert done.returncode == 3
    assert "FAILED" not in done.stdout
    cell = tmp_path / "results" / "cells" / "qsw-en" / "bm25"
    assert done.stderr.startswith(f"clirbench: {cell}: cannot be written: No space left on device")
    assert len(done.stderr.splitlines()) == 1
    assert not cell.exists()
    assert command("run", tiny, *places, "--only", "*/bm25").returncode == 0


def test_read_only_disk(tiny: Path, tmp_path: Path) -> None:
    """Results that cannot be written are named at once, before anything is trained."""
    small = tmp_path / "small"
    command = run(tiny, "--results", small / "results", "--store", tmp_path / "store")
    status, out, errors = on_small_disk(small, "ro", command)
    assert status == 3
    assert errors.strip() == f"clirbench: {small}/results: cannot be written: Read-only file system"
    assert not (tmp_path / "store").exists()
    assert "Traceback" not in out


def test_host_memory(tiny: Path, tmp_path: Path) -> None:
    """Where the host's memory does not suffice for a batch, it goes through in parts, which is said."""
    code = """
        import resource, sys
        import numpy, scipy.linalg, scipy.stats
        import torch, transformers
        import icu4py.breakers, llvmlite.binding
        from transformers import BertModel, PreTrainedTokenizerFast
        import clirbench.models.device, clirbench.models.scratch, clirbench.training.student
        from clirbench.cli import main
        clirbench.models.device.choose_products = lambda: None  # oneDNN reserves addresses of its own
        torch.set_num_threads(1)
        torch.nn.Linear(64, 64)(torch.zeros(64, 64)).sum().backward()
        numpy.linalg.inv(numpy.ones((64, 64)) @ numpy.eye(64) + numpy.eye(64))  # OpenBLAS takes its buffers
        scipy.linalg.solve(numpy.eye(64), numpy.ones(64))
        pages = int(open("/proc/self/statm").read().split()[0])
        limit = pages * resource.getpagesize() + 750 * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        sys.exit(main(sys.argv[1:]))
    """
    wide = "{ layers = 8, width = 128, heads = 4, vocabulary = 400 }"
    text = tiny.read_text().replace("{ layers = 1, width = 16, heads = 2, vocabulary = 400 }", wide)
    tiny.write_text(text.replace("pairs_high = 64", "pairs_high = 512"))
    done = python(
        code,
        tmp_path,
        *("run", str(tiny), "--only", "qde-en/optical/seed=1"),
        *("--set", "training.batch_size=512", "--set", "training.epochs=1"),
        *("--results", str(tmp_path / "results"), "--store", str(tmp_path / "store")),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "student qde-en/optical/seed=1: out of memory with batches of" in done.stdout
    assert "the effective batch, and so the loss, stays the same" in done.stdout
    events = (tmp_path / "results" / "events.jsonl").read_text().splitlines()
    notes = [e["text"] for e in map(json.loads, events) if e["event"] == "note"]
    notes = [note for note in notes if note.startswith("out of")]  # not of texts that are cut
    assert notes
    assert all(note.startswith("out of memory with batches of") for note in notes)


def test_missing_backbone(tiny: Path, tmp_path: Path, places: list[str], clirbench: Call) -> None:
    """A folder that is not there, or without weights, is named with what is expected in it."""
    text = (
        tiny.read_text().replace("scratch = {", "# scratch = {").replace("training = { ep", "# {")
    )
    tiny.write_text(text.replace('backbone = "scratch"', 'backbone = "./no/model"'))
    done = clirbench("run", tiny, *places, "--only", "qde-en/zero-shot")
    assert done.returncode in {2, 4}
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert "no/model" in said
    (tmp_path / "no" / "model").mkdir(parents=True)
    done = clirbench("run", tiny, *places, "--only", "qde-en/zero-shot")
    assert done.returncode == 2
    assert 'teacher.backbone: no .safetensors file in "' in done.stderr
    assert "pickled weights are not loaded" in done.stderr


def run_without_hub(suite: Path, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a suite whose teacher is on a hub that does not answer."""
    text = (
        suite.read_text().replace("scratch = {", "# scratch = {").replace("training = { ep", "# {")
    )
    suite.write_text(text.replace('backbone = "scratch"', 'backbone = "nobody/nothing"'))
    return subprocess.run(
        run(suite, *words),
        capture_output=True,
        text=True,
        cwd=folder,
        env={
            **os.environ,
            "CLIRBENCH_CACHE": str(folder / "cache"),
            "HF_HOME": str(folder / "hub"),
            "HF_ENDPOINT": "http://127.0.0.1:9",
        },
        check=False,
    )


def test_hub_that_does_not_answer(tiny: Path, places: list[str], tmp_path: Path) -> None:
    """A hub that cannot be reached fails the cells that need it, in words; BM25 goes on."""
    only = ("--only", "qde-en/zero-shot", "--only", "qde-en/bm25")
    done = run_without_hub(tiny, *places, *only, folder=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert (
        'FAILED: backbone "nobody/nothing" cannot be loaded: the hub does not answer, and in its '
        "local cache: " in done.stdout
    )
    assert "expected a folder or a hub id with config.json" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert "bm25" in done.stdout
    log = tmp_path / "results" / "cells" / "qde-en" / "zero-shot" / "error.log"
    assert 'backbone "nobody/nothing" cannot be loaded' in log.read_text()


def test_one_cause_is_one_message(tiny: Path, places: list[str], tmp_path: Path) -> None:
    """A teacher that is missing is told once, with what to do and how much waits for it."""
    done = run_without_hub(tiny, *places, folder=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    told, again = (line for line in done.stdout.splitlines() if "FAILED" in line)
    assert "tokens nobody/nothing: FAILED: as teacher nobody/nothing" in again  # its tokenizer
    events = map(json.loads, (tmp_path / "results" / "events.jsonl").read_text().splitlines())
    lost = [event for event in events if event.get("lost")]
    waiting = int(told.split("; ")[-1].split()[0])
    assert f"; {waiting} stages that wait for it cannot run" in told
    assert 10 < waiting <= len(lost)
    for remedy in ("--set teacher.backbone=FOLDER", "HF_HOME", "`hf download nobody/nothing`"):
        assert remedy in told
    assert "12 of 14 cells failed; their logs:" in done.stdout
    (cause,) = [line for line in done.stdout.splitlines() if line.startswith("  /")]
    assert "error.log and 11 more cells: backbone " in cause
    status = subprocess.run(
        [sys.executable, "-m", "clirbench", "status", str(tmp_path / "results")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert status.stdout.count("failed: ") == 2
    assert status.stdout.count("HF_HOME") == 1


def test_last_step_that_breaks_a_student(
    tiny: Path, places: list[str], tmp_path: Path, clirbench: Call
) -> None:
    """A student whose only step went astray is a failed cell, never a run of scores without order."""
    one = ["training.epochs=1", "training.batch_size=512", "training.learning_rate=1e30"]
    only = ["--only", "qde-en/optical/seed=1"]
    done = clirbench("run", tiny, *places, *only, *(x for s in one for x in ("--set", s)))
    assert done.returncode == 4, done.stdout + done.stderr
    assert "not finite" in done.stdout
    assert not list((tmp_path / "results").rglob("scores.csv"))


def test_retry_of_what_failed(tiny: Path, places: list[str], clirbench: Call) -> None:
    """Only the cells that failed are tried again; the others wait."""
    broken = ["--set", "method.optical.training.learning_rate=1e30"]
    first = clirbench("run", tiny, *places, "--only", "qde-en/*/seed=1", *broken)
    assert first.returncode == 3
    again = clirbench("run", tiny, *places, "--retry", "failed")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "student qde-en/optical/seed=1" in again.stdout
    assert "seed=2" not in again.stdout
    none = clirbench("run", tiny, *places, "--retry", "failed")
    assert none.returncode == 0
    assert "--retry failed: no cell failed in" in none.stdout


def test_retry_where_nothing_was_run(
    tiny: Path, places: list[str], tmp_path: Path, clirbench: Call
) -> None:
    """A mistyped results folder is told, and not made."""
    done = clirbench("run", tiny, *places, "--retry", "failed", "--results", tmp_path / "typo")
    assert done.returncode == 2
    assert f"--retry failed: no results folder {tmp_path / 'typo'}; nothing was run" in done.stderr
    assert not (tmp_path / "typo").exists()


def test_verbose_and_log_file(
    tiny: Path, places: list[str], tmp_path: Path, clirbench: Call
) -> None:
    """With -v every stage's start is shown; the log file has everything with its time."""
    log = tmp_path / "logs" / "run.log"
    done = clirbench(
        "run", tiny, *places, "--only", "qde-en/optical/seed=1", "-v", "--log-file", log
    )
    assert done.returncode == 0, done.stderr
    assert "\nstudent qde-en/optical/seed=1: started\n" in done.stdout
    text = log.read_text()
    assert "INFO clirbench.run: started: student qde-en/optical/seed=1" in text
    assert "DEBUG clirbench.run: progress: student qde-en/optical/seed=1: loss" in text
    costs = json.loads((tmp_path / "results" / "costs.json").read_text())
    assert costs["methods"]["optical"]["examples"] == 2 * 64
    assert costs["methods"]["optical"]["seconds"] > 0
    assert costs["artifacts"]["seconds"] <= costs["wall"] + 1
    assert set(costs["shared"]) == {
        "teacher scratch",
        "tokens scratch",
        "documents synthetic",
        "sentences qde-en",
        "bitext qde-en",
    }
