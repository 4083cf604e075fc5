"""Pairs of runs that share a store, with checkpoints every second and `store prune` beside them.

    python benchmarks/pairs_of_runs.py SUITE [--pairs 40]

SUITE is best small, with trainings of some seconds, and pairs whose languages are both foreign. Both runs
of a pair begin at once on an empty store, each in a container of its own (a name space of processes), where
process numbers are the same, if the machine allows that; a third process prunes the store all the time, keeping a
results folder that rests on nothing there. No cell may fail, both runs must end with the bytes of a run
that was alone, and nothing may be left half-made. Exit status 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path

FILES = ("scores.csv", "run.trec.gz", "training.jsonl")
SECOND = str(1 / 60)
PROGRAM = (sys.executable, "-m", "clirbench")
CONTAINER = ("unshare", "--pid", "--fork", "--kill-child", "--map-root-user", "--mount-proc")


def command(suite: str, results: Path, store: Path, more: list[str]) -> list[str]:
    """The command of one run."""
    words = [*PROGRAM, "run", suite, "--results", str(results), "--store", str(store)]
    return [*words, "--checkpoint-every", SECOND, *more]


def contents(results: Path) -> dict[str, bytes]:
    """Scores, runs and logs of training of every cell."""
    return {
        str(path.relative_to(results)): path.read_bytes()
        for name in FILES
        for path in sorted((results / "cells").rglob(name))
    }


@cache
def contained() -> bool:
    """Whether a process may have a name space of its own here."""
    words = [*CONTAINER, "true"]
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0  # noqa: S603
    except OSError:
        return False


def pair(suite: str, places: Path, more: list[str], expected: dict[str, bytes]) -> list[str]:
    """Let two runs share a store; gives what went wrong."""
    (places / "store").mkdir()  # or it may not be there yet when it is pruned
    store, runs, isolated = places / "store", [], CONTAINER if contained() else ()
    for number in range(2):
        words = command(suite, places / f"results{number}", store, more)
        log = (places / f"log{number}.txt").open("w")
        runs.append(subprocess.Popen([*isolated, *words], stdout=log, stderr=log))  # noqa: S603
    prune = [
        *PROGRAM,
        "store",
        "prune",
        "--store",
        str(store),
        "--keep",
        str(places.parent / "whole"),
    ]
    wrong: list[str] = []
    pruned: Counter[str] = Counter()
    while any(run.poll() is None for run in runs):
        done = subprocess.run(prune, capture_output=True, text=True, check=False)  # noqa: S603
        pruned[done.stdout.strip() or done.stderr.strip()] += 1
        if done.returncode:
            wrong.append(f"prune: {done.stderr.strip()}")
    for number, run in enumerate(runs):
        if run.returncode:
            text = (places / f"log{number}.txt").read_text()
            wrong.append(f"run {number}: exit status {run.returncode}\n{text}")
        found = contents(places / f"results{number}")
        wrong += [
            f"run {number}: {name} differs"
            for name in sorted(found.keys() | expected.keys())
            if found.get(name) != expected.get(name)
        ]
    wrong += [f"{path}: left half-made" for path in places.rglob(".tmp-*")]
    for kind in ("student", "checkpoint"):
        wrong += [f"{path}: left over" for path in (store / kind).glob("*")]
    spared = sum(n for text, n in pruned.items() if "because a run" in text)
    print(f"  pruned {pruned.total()} times, of which {spared} found artifacts in use")
    return wrong


def main() -> int:
    """Do the pairs; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("suite")
    parser.add_argument("--pairs", type=int, default=40)
    given, more = parser.parse_known_args()
    faulty = 0
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        words = command(given.suite, whole, Path(folder) / "store", more)
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        expected = contents(whole)
        print(f"alone: {len(expected)} files of {len(list(whole.rglob('scores.csv')))} cells")
        for number in range(1, given.pairs + 1):
            places = Path(folder) / f"pair{number}"
            places.mkdir()
            found = pair(given.suite, places, more, expected)
            faulty += bool(found)
            print(f"pair {number}", *found, sep="\n  ", flush=True)
            shutil.rmtree(places)
    print(f"{given.pairs} pairs, {faulty} with faults")
    return int(bool(faulty))


if __name__ == "__main__":
    sys.exit(main())
