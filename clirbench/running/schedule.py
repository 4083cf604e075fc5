"""In which order stages are made: each once what it needs is there."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable

from clirbench.running.stage import Stage

__all__ = ["Schedule"]


class Schedule:
    """Stages that are still to be made.

    Of the stages that are ready, the one that was added first is first. Added cell by cell, a cell
    is done as early as it can be, and few students lie in the store at a time.
    """

    def __init__(self, stages: Iterable[Stage]) -> None:
        self._stages: dict[str, Stage] = {}
        self._ranks: dict[str, int] = {}
        self._missing: dict[str, set[str]] = {}
        self._users: defaultdict[str, set[str]] = defaultdict(set)
        self._ready: list[tuple[int, str]] = []
        for stage in stages:
            self.add(stage)

    def __len__(self) -> int:
        return len(self._stages)

    def __contains__(self, stage: Stage) -> bool:
        return stage.identity() in self._stages

    def add(self, stage: Stage, *, before: Stage | None = None) -> None:
        """Add a stage, after those that it needs; one that was taken is put back.

        Args:
            stage: the stage.
            before: a stage that waits for it, whose place in the order it takes.
        """
        key = stage.identity()
        rank = self._ranks[before.identity()] if before else len(self._ranks)
        self._ranks.setdefault(key, rank)
        self._stages[key] = stage
        needed = [one.identity() for one in stage.inputs.values()]
        self._missing[key] = {each for each in needed if each in self._stages}
        for each in needed:
            self._users[each].add(key)
        if not self._missing[key]:
            self._enqueue(stage)

    def take(self) -> Stage | None:
        """The next stage that is ready; none if all wait for others."""
        return self._stages[heapq.heappop(self._ready)[1]] if self._ready else None

    def end(self, stage: Stage) -> None:
        """A stage that was taken is made, or has failed: it is out, and its users may go on."""
        key = stage.identity()
        del self._stages[key]
        for needed in stage.inputs.values():
            self._users[needed.identity()].discard(key)
        for user in self._users[key]:
            missing = self._missing[user]
            if key in missing:
                missing.remove(key)
                if not missing:
                    self._enqueue(self._stages[user])

    def used(self, stage: Stage) -> bool:
        """Whether a stage that is still to be made needs this one."""
        return bool(self._users[stage.identity()])

    def waiting(self, stage: Stage) -> int:
        """How many stages that are still to be made rest on this one, at however many removes."""
        found: set[str] = set()
        left = [stage.identity()]
        while left:
            users = self._users.get(left.pop(), set()) - found
            found |= users
            left += users
        return len(found)

    def _enqueue(self, stage: Stage) -> None:
        key = stage.identity()
        heapq.heappush(self._ready, (self._ranks[key], key))
