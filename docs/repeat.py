"""Sets cells that were made again beside those of a results folder: `python docs/repeat.py results/NAME AGAIN`.

What differs is added to results/repeated.json, which docs/study.py shows.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import clirbench
from clirbench.front.results import Results
from clirbench.results.environment import read_environments
from clirbench.spec.cell import Cell

ROOT = Path(__file__).resolve().parents[1]
REPEATED = ROOT / "results" / "repeated.json"


def compared(first: Results, again: Results) -> list[dict[str, Any]]:
    """Of each trained cell that both have, what differs."""
    measure = first.suite.measures[0]

    def values(results: Results, cell: Cell) -> list[float]:
        return [topic[measure] for _, topic in sorted(results.cells.scores[cell].items())]

    entries = []
    for cell in sorted(first.cells.scores.keys() & again.cells.scores.keys(), key=str):
        if cell.seed is None:
            continue
        one, other = values(first, cell), values(again, cell)
        seeds = [
            fmean(values(first, each))
            for each in first.cells.scores
            if (each.pair, each.method) == (cell.pair, cell.method)
        ]
        folders = [found.path / "cells" / str(cell) for found in (first, again)]
        entries.append(
            {
                "results": first.path.name,
                "cell": str(cell),
                "measure": measure,
                "equal_bytes": {
                    name: (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
                    for name in ("scores.csv", "training.jsonl")
                },
                "largest_difference_of_a_topic": max(
                    abs(a - b) for a, b in zip(one, other, strict=True)
                ),
                "difference": fmean(other) - fmean(one),
                "sd_of_seeds": stdev(seeds),
                "seconds_of_the_run": again.costs["wall"],
                "first": _machine(first, cell),
                "again": _machine(again, cell),
            }
        )
    return entries


def _machine(results: Results, cell: Cell) -> dict[str, Any]:
    """Where the cell was made: the latest run that began before."""
    made = str(results.records[cell]["made"])
    *_, last = (each for each in read_environments(results.path) if str(each["written"]) <= made)
    return {key: last[key] for key in ("processor", "device", "platform", "git")}


def main() -> None:
    """Compare, and keep what was found in place of what an earlier comparison of the same kind found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path)
    parser.add_argument("again", type=Path)
    given = parser.parse_args()
    found = compared(clirbench.load(given.first), clirbench.load(given.again))
    kept = json.loads(REPEATED.read_text(encoding="utf-8")) if REPEATED.exists() else []

    def kind(entry: dict[str, Any]) -> tuple[str, ...]:
        return (
            entry["results"],
            entry["cell"],
            entry["again"]["processor"],
            entry["again"]["device"],
        )

    entries = {kind(entry): entry for entry in [*kept, *found]}
    REPEATED.write_text(json.dumps(list(entries.values()), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
