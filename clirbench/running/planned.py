"""What a run would do, and what that will take, as far as the like of it was measured."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

from clirbench.artifacts.inventory import identities, stored
from clirbench.artifacts.meter import Cost
from clirbench.artifacts.record import RECORD, Record, read_record
from clirbench.results.names import CELLS
from clirbench.running.stage import Stage, walk
from clirbench.running.stages.cell import CellStage
from clirbench.running.store import Store
from clirbench.spec.cell import Cell
from clirbench.spec.model import Suite
from clirbench.wording import counted

__all__ = ["Expected", "Planned", "expected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What all stages of a kind are expected to take, one after another."""

    seconds: float
    memory: int | None
    """Bytes that the largest of them needs; None: it was not measured."""
    like: int
    """Artifacts that this is known from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a suite would do."""

    suite: Suite
    cells: Mapping[Cell, bool]
    """Every cell, and whether it is done."""
    stages: Mapping[str, int]
    """Stages by kind."""
    to_make: Mapping[str, int]
    """Those of them that a run would make: not done, and needed by a cell that is not."""
    expected: Mapping[str, Expected]
    """What the stages to make will take, by kind; a kind of which none was measured is left out."""
    cut: Mapping[str, str]
    """Of each pair's sentences that are made, how many have a side longer than is read; "": none."""

    def __str__(self) -> str:
        done, making = sum(self.cells.values()), sum(self.to_make.values())
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in self.to_make.items())
        return (
            f"{self.suite.name}: {counted(len(self.cells), 'cell')}, {done:,} done; "
            f"{counted(making, 'stage')} to make{f': {kinds}' if kinds else ''}"
        )


class _Measured(NamedTuple):
    words: frozenset[str]
    """Of the title: pair, method, seed, model."""
    related: bool
    """Whether it rests on a stage of the plan, such as the same index."""
    cost: Cost


def expected(stages: Sequence[Stage], store: Store) -> Mapping[str, Expected]:
    """Say what stages will take: of each the median of those that are most like it; by kind.

    Most like it are first those that rest on a stage of the same plan, then those whose titles share most
    with its own. A kind of which nothing was measured is left out.
    """
    plan = {stage.identity() for stage in walk(stages)}
    measured: defaultdict[str, list[_Measured]] = defaultdict(list)
    for record in _records(store) if stages else ():
        related = any(identity in plan for identity in identities(record.settings))
        # What was dropped is known from what was made of it; of a cell that was told by its run.
        before = {} if record.kind == CellStage.kind else record.before
        told = {kind: each.cost for kind, each in before.items()}
        for kind, cost in {**told, record.kind: record.cost}.items():
            measured[kind].append(_Measured(_words(record.title), related, cost))
    found: defaultdict[str, list[Cost]] = defaultdict(list)
    like: defaultdict[str, set[int]] = defaultdict(set)
    for stage in stages:
        if near := _nearest(stage, measured[stage.kind]):
            like[stage.kind].update(map(id, near))
            memory = [each.cost.memory for each in near if each.cost.memory is not None]
            seconds = median(each.cost.seconds for each in near)
            found[stage.kind].append(Cost(seconds=seconds, memory=max(memory, default=None)))
    return {
        kind: Expected(
            seconds=sum(cost.seconds for cost in costs),
            memory=max((c.memory for c in costs if c.memory is not None), default=None),
            like=len(like[kind]),
        )
        for kind, costs in found.items()
    }


def _nearest(stage: Stage, measured: Iterable[_Measured]) -> list[_Measured]:
    words = _words(stage.title)
    best = False, -1
    found: list[_Measured] = []
    for each in measured:
        likeness = each.related, len(words & each.words)
        if likeness >= best:
            found = [each] if likeness > best else [*found, each]
            best = likeness
    return found


def _records(store: Store) -> Iterator[Record]:
    for one in stored(store.shared):
        yield one.record
    for path in Path(store.results, CELLS).glob(f"*/**/{RECORD}"):
        if record := read_record(path.parent):
            yield record


def _words(title: str) -> frozenset[str]:
    return frozenset(re.split(r"[\s/]+", title))
