"""Kills a suite by SIGKILL at random moments, resumes it each time, and compares what it ends with.

    python benchmarks/crash.py suites/quick.toml --kills 200 --only 'qde-en/*/seed=1'

A round starts from nothing and is killed and resumed until it is through; rounds are repeated until
the run was killed as often as asked. Each round must end with the bytes of an uninterrupted run, with its
files in results and store and no other, hidden ones included, and with no stage finished twice. Half of the
resumed runs save a checkpoint after every step. Exit status 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

# What a run imports on its way, so that each fork has it.
import tokenizers  # noqa: F401
import torch
import transformers.models.bert.modeling_bert  # noqa: F401

import clirbench.analysis.comparing
import clirbench.running.stages.run
import clirbench.training.student  # noqa: F401
from clirbench.cli import main as main_of_clirbench

_FILES = ("scores.csv", "run.trec.gz", "training.jsonl")


def run(arguments: list[str], places: Path, delay: float | None) -> int:
    """Run the suite into a folder; kill it after a delay in seconds, if there is one.

    A run is a fork of this process, which has imported everything: so the moments lie in the work, and
    not in the seconds that the imports take.
    """
    words = ["run", *arguments, "--results", str(places / "results")]
    words += ["--store", str(places / "store")]
    process = os.fork()
    if process == 0:
        with (places / "log.txt").open("a") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            status = 70
            try:
                status = main_of_clirbench(words)
            finally:
                sys.stdout.flush()
                os._exit(status)
    end = None if delay is None else time.monotonic() + delay
    while end is not None and time.monotonic() < end:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    if end is not None:
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)


def contents(places: Path) -> dict[str, bytes]:
    """Scores, runs and logs of training of every cell."""
    cells = places / "results" / "cells"
    return {
        str(path.relative_to(cells)): path.read_bytes()
        for name in _FILES
        for path in sorted(cells.rglob(name))
    }


def files(places: Path) -> set[str]:
    """Every file of results and store, hidden ones too: the same for every run that is through."""
    return {str(path.relative_to(places)) for path in places.rglob("*") if path.is_file()}


def faults(places: Path, expected: dict[str, bytes], expected_files: set[str]) -> list[str]:
    """What is wrong with the end of a round."""
    found = contents(places)
    wrong = [
        f"{name}: differs"
        for name in sorted(found.keys() | expected.keys())
        if found.get(name) != expected.get(name)
    ]
    wrong += [f"{name}: left behind" for name in sorted(files(places) - expected_files)]
    wrong += [f"{name}: missing" for name in sorted(expected_files - files(places))]
    wrong += [f"{path}: left half-made" for path in places.rglob(".tmp-*")]
    events = (places / "results" / "events.jsonl").read_text().splitlines()
    finished = Counter(
        event["stage"] for event in map(parse, events) if event.get("event") == "finished"
    )
    wrong += [f"{stage}: finished {n} times" for stage, n in finished.items() if n > 1]
    return wrong


def parse(line: str) -> dict[str, str]:
    """An event; nothing of a line that was cut off."""
    try:
        event: dict[str, str] = json.loads(line)
    except ValueError:
        return {}
    return event


def main() -> int:
    """Do rounds until there were kills enough; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    parser.add_argument("--only", action="append", default=[])
    given = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # a forked process has no threads to share
    os.environ["CLIRBENCH_PROCESSES"] = "1"  # others would import what this one has
    torch.set_num_threads(1)
    arguments = [given.suite]
    arguments += [word for each in given.overrides for word in ("--set", each)]
    arguments += [word for each in given.only for word in ("--only", each)]
    draw = random.Random(given.seed)  # noqa: S311 - moments, not secrets
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        whole.mkdir()
        start = time.perf_counter()
        if run(arguments, whole, None) != 0:
            sys.exit((whole / "log.txt").read_text())
        seconds = time.perf_counter() - start
        expected, expected_files = contents(whole), files(whole)
        print(f"uninterrupted: {seconds:.1f} s, {len(expected)} files")
        kills = rounds = wrong = 0
        moments: Counter[str] = Counter()
        while kills < given.kills:
            rounds += 1
            places = Path(folder) / f"round{rounds}"
            places.mkdir()
            status = -signal.SIGKILL
            while status == -signal.SIGKILL:
                often = ["--checkpoint-every", "0.000001"] if draw.random() < 1 / 2 else []
                delay = draw.uniform(0, seconds) if kills < given.kills else None
                status = run([*arguments, *often], places, delay)
                kills += status == -signal.SIGKILL
                if status == -signal.SIGKILL:
                    moments[last(places)] += 1
            found = ["exit status " + str(status)] if status else []
            found += faults(places, expected, expected_files)
            wrong += bool(found)
            print(f"round {rounds}: {kills} kills so far", *found, sep="\n  ", flush=True)
        print(f"{kills} kills in {rounds} rounds, {wrong} rounds with faults")
        print("killed in:", ", ".join(f"{kind} {n}" for kind, n in moments.most_common()))
    return int(bool(wrong))


def last(places: Path) -> str:
    """The kind of the stage that was at work when a run was killed."""
    path = places / "results" / "events.jsonl"
    events = [parse(line) for line in path.read_text().splitlines()] if path.exists() else []
    if not events or events[-1].get("event") != "started":
        return "start-up or end"
    return events[-1]["stage"].partition(" ")[0]


if __name__ == "__main__":
    sys.exit(main())
