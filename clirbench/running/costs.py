"""What a suite took: every artifact counted once, whichever run of the program made it.

`costs.json`, format 1: `shared` has the stages that cells share, `methods` the students, runs and
cells of each method, `artifacts` the sums, and `wall` the seconds that this results folder was worked
on, what was lost by crashes included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from clirbench.artifacts.meter import Cost
from clirbench.artifacts.record import Before, Record
from clirbench.data.base import JSON
from clirbench.results.events import read_events
from clirbench.running.stage import Stage, walk
from clirbench.running.stages.cell import CellStage
from clirbench.running.store import Store
from clirbench.spec.cell import Cell

__all__ = ["costs", "merged_costs"]

_OF_METHODS = {"run", "cell", "trial"}
"""Stages that count with the method that they serve, beside students and whatever else is transient."""


def costs(store: Store, done: Mapping[Cell, CellStage]) -> dict[str, JSON]:
    """Add up the costs of the cells that are done, and of what they rest on; each stage once."""
    shared: dict[str, Cost] = {}
    methods: defaultdict[str, list[Cost]] = defaultdict(list)
    counted: set[str] = set()
    for cell, stage in done.items():
        whole = store.record(stage)
        before = dict(whole.before) if whole else {}
        for each in walk([stage]):
            if each.identity() in counted or each.kind == "choice":
                continue
            counted.add(each.identity())
            record = store.record(each)
            if each.transient or each.kind in _OF_METHODS:
                # What was dropped is known from the cell.
                if cost := record.cost if record else _dropped(each, before):
                    methods[cell.method].append(cost)
            elif record:
                shared[str(each)] = record.cost
    return _as_json(store.results, shared, methods)


def _dropped(stage: Stage, before: dict[str, Before]) -> Cost | None:
    """What a cell's record tells of a stage; it is taken out, as it counts once."""
    found = before.get(stage.kind)
    if found is None or found.identity not in {None, stage.identity()}:
        return None
    return before.pop(stage.kind).cost


def merged_costs(
    results: Path, parts: Iterable[Mapping[str, Any]], records: Iterable[tuple[str, Record]]
) -> dict[str, JSON]:
    """Add up the costs of results folders that were merged; a shared stage counts once, by its title.

    Args:
        results: the folder that they were merged into, with its log.
        parts: what `costs` gave for each of them.
        records: method and record of each cell.
    """
    shared = {
        title: Cost(**cost) for part in parts for title, cost in part.get("shared", {}).items()
    }
    methods: defaultdict[str, list[Cost]] = defaultdict(list)
    counted: set[object] = set()
    for method, record in records:
        methods[method].append(record.cost)
        for kind, each in record.before.items():
            # Cells share a student, such as those with harder topics. Records of an earlier format do not
            # say which one it was: there equal costs are taken for those of one student.
            same = each.identity or (kind, each.cost)
            if same not in counted:
                counted.add(same)
                methods[method].append(each.cost)
    return _as_json(results, shared, methods)


def _as_json(
    results: Path, shared: Mapping[str, Cost], methods: Mapping[str, Sequence[Cost]]
) -> dict[str, JSON]:
    everything = [*shared.values(), *(cost for each in methods.values() for cost in each)]
    return {
        "format": 1,
        "wall": round(_wall(results), 1),
        "artifacts": _sum(everything),
        "shared": {title: asdict(cost) for title, cost in shared.items()},
        "methods": {label: _sum(each) for label, each in methods.items()},
    }


def _sum(each: Iterable[Cost]) -> dict[str, JSON]:
    each = list(each)
    training = sum(cost.seconds for cost in each if cost.examples)
    examples, tokens = sum(c.examples for c in each), sum(c.tokens for c in each)
    energies = [cost.energy for cost in each if cost.energy is not None]
    return {
        "seconds": round(sum(cost.seconds for cost in each), 3),
        "gpu_seconds": round(sum(c.seconds for c in each if c.device == "cuda"), 3),
        "examples": examples,
        "tokens": tokens,
        "examples_per_second": round(examples / training, 1) if training else None,
        "tokens_per_second": round(tokens / training, 1) if training else None,
        "memory": max((c.memory for c in each if c.memory is not None), default=None),
        "device_memory": max(
            (c.device_memory for c in each if c.device_memory is not None), default=None
        ),
        "energy": round(sum(energies), 1) if energies else None,
    }


def _wall(results: Path) -> float:
    """Seconds between the first and the last event of each run of the program, added up."""
    seconds, first, latest = 0.0, None, None
    for event in read_events(results):
        if event.event == "run":
            seconds += (latest - first).total_seconds() if first and latest else 0.0
            first = event.time
        latest = event.time
    return seconds + ((latest - first).total_seconds() if first and latest else 0.0)
