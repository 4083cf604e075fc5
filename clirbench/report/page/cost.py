"""What a suite cost, as `costs.json` has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clirbench.results.folder import Folder
from clirbench.wording import duration

__all__ = ["Cost", "CostRow", "cost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """What the students, runs and cells of a method took, a stage that cells share, or all."""

    name: str
    values: tuple[str, ...]
    """In the order of the columns; – where nothing was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Costs, every artifact counted once; without rows where none were recorded."""

    wall: str
    """How long the results folder was worked on, what was lost by crashes included."""
    columns: tuple[str, ...]
    methods: tuple[CostRow, ...]
    shared: tuple[CostRow, ...]
    all: CostRow | None


def cost(results: Folder) -> Cost:
    """Read what was recorded; columns that are empty everywhere are left out."""
    recorded = results.costs
    methods, shared = (_tables(recorded.get(key)) for key in ("methods", "shared"))
    whole = _tables({"all": recorded.get("artifacts")})
    every = [*methods.values(), *shared.values(), *whole.values()]
    columns = {
        key: (name, write)
        for key, (name, write) in _COLUMNS.items()
        if any(_number(one.get(key)) for one in every)
    }

    def row(name: str, values: Mapping[str, Any]) -> CostRow:
        written = (
            write(value) if (value := _number(values.get(key))) else "–"
            for key, (_, write) in columns.items()
        )
        return CostRow(name=name, values=tuple(written))

    wall = _number(recorded.get("wall"))
    return Cost(
        wall=duration(wall) if wall else "",
        columns=tuple(name for name, _ in columns.values()),
        methods=tuple(row(*item) for item in methods.items()),
        shared=tuple(row(*item) for item in shared.items()),
        all=next((row(*item) for item in whole.items()), None),
    )


def _tables(found: object) -> dict[str, dict[str, Any]]:
    if not isinstance(found, dict):
        return {}
    return {str(name): values for name, values in found.items() if isinstance(values, dict)}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and value is not True else None


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _energy(joules: float) -> str:
    return f"{joules / 3600:,.1f} Wh"


def _memory(size: float) -> str:
    return f"{size / 2**30:.2f} GiB"


_COLUMNS: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "seconds": ("time", duration),
    "gpu_seconds": ("GPU time", duration),
    "examples": ("trained on", _count),
    "examples_per_second": ("examples/s", _count),
    "tokens_per_second": ("tokens/s", _count),
    "energy": ("energy", _energy),
    "memory": ("peak memory", _memory),
    "device_memory": ("peak GPU memory", _memory),
}
"""Key → heading, and how a value is written."""
