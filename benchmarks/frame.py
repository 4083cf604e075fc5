"""Contests of speed: who computes the same, in interleaved rounds, as one table."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from statistics import median

import torch
from torch import Tensor

__all__ = ["Contest", "Row", "markdown", "measure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Several ways to one result."""

    problem: str
    """What is computed, with its sizes."""
    calls: Mapping[str, Callable[[], Tensor]]
    """Name of each way, and a call that goes it; the first is clirbench as it is."""
    compared: Callable[[Tensor], Tensor] = torch.Tensor.detach
    """What of a result the others' should equal."""
    peak: Callable[[str], float] | None = None
    """Gives the MiB that a way's last call took at most, where it is a process of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one way took."""

    problem: str
    method: str
    milliseconds: float
    """Median over the rounds."""
    ratio: float
    """Time over that of the first way, of the same round; median over the rounds."""
    difference: float | None
    """Largest absolute difference from the first way's result; 0: not a bit differs; none where a way
    gives no result of that shape, as one that does only a part of the work."""
    mebibytes: float | None = None
    """Peak memory, median over the rounds; none: not known."""


def measure(
    contest: Contest, rounds: int, clock: Callable[[], float] = time.perf_counter
) -> list[Row]:
    """Let each way go once in every round, in turns who begins, after one round to warm up.

    Args:
        contest: the ways.
        rounds: how many.
        clock: gives seconds. `time.process_time` does not count what other processes take, and is
            right for one thread of a busy CPU.
    """
    results = {name: contest.compared(call()) for name, call in contest.calls.items()}
    first, *_ = names = list(contest.calls)
    times: dict[str, list[float]] = {name: [] for name in names}
    peaks: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        begins = turn % len(names)
        for name in names[begins:] + names[:begins]:
            times[name].append(_seconds(contest.calls[name], clock))
            if contest.peak:
                peaks[name].append(contest.peak(name))
    return [
        Row(
            problem=contest.problem,
            method=name,
            milliseconds=1e3 * median(taken),
            ratio=median(own / ours for own, ours in zip(taken, times[first], strict=True)),
            difference=_difference(results[name], results[first]),
            mebibytes=median(peaks[name]) if peaks[name] else None,
        )
        for name, taken in times.items()
    ]


def _difference(one: Tensor, other: Tensor) -> float | None:
    same = one.shape == other.shape and one.numel() > 0
    return (one - other).abs().max().item() if same else None


def _seconds(call: Callable[[], Tensor], clock: Callable[[], float]) -> float:
    """Time of one call, what a GPU has still to do included."""
    start = clock()
    result = call()
    if result.is_cuda:
        torch.cuda.synchronize(result.device)
    return clock() - start


def markdown(rows: Iterable[Row]) -> str:
    """Draw the table, with a column for memory where that was measured."""
    rows = list(rows)
    measured = any(row.mebibytes is not None for row in rows)
    lines = [
        "| problem | method | ms | × | largest difference |" + " peak MiB |" * measured,
        "| --- | --- | --: | --: | --: |" + " --: |" * measured,
    ]
    for row in rows:
        cells = asdict(row)
        cells["milliseconds"] = f"{row.milliseconds:.1f}"
        cells["ratio"] = f"{row.ratio:.2f}"
        cells["difference"] = (
            "–" if row.difference is None else f"{row.difference:.0e}".replace("0e+00", "0")
        )
        if not measured:
            del cells["mebibytes"]
        else:
            cells["mebibytes"] = "–" if row.mebibytes is None else f"{row.mebibytes:.0f}"
        lines.append(f"| {' | '.join(cells.values())} |")
    return "\n".join(lines)
