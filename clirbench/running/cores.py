"""How many cores and how much memory this process may use, which may be less than the machine has."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["cores", "free_memory", "resident"]

_GROUPS = Path("/sys/fs/cgroup")
_PROC = Path("/proc")


def cores() -> int:
    """Cores that this process may run on: those of its affinity, and of its container's share."""
    found = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    for group in _groups():
        with suppress(OSError, ValueError):  # "max 100000" or "150000 100000"
            quota, period = (group / "cpu.max").read_text(encoding="ascii").split()
            found = min(found, int(quota) // int(period))
    return max(1, found)


def free_memory() -> int | None:
    """Bytes that processes here may still take; None where the system does not tell."""
    found = []
    with suppress(OSError):
        lines = (_PROC / "meminfo").read_text(encoding="ascii").splitlines()
        found += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    for group in _groups():
        with suppress(OSError, ValueError):
            limit = int((group / "memory.max").read_text(encoding="ascii"))
            taken = int((group / "memory.current").read_text(encoding="ascii"))
            found.append(limit - taken + _given_back(group))
    return min(found, default=None)


def _given_back(group: Path) -> int:
    """Bytes of files' pages that nobody uses: the system takes them when others need the room."""
    for line in (group / "memory.stat").read_text(encoding="ascii").splitlines():
        if line.startswith("inactive_file "):
            return int(line.split()[1])
    return 0


def _groups() -> Iterator[Path]:
    """The control group (version 2) of this process, and those above it."""
    with suppress(OSError):
        for line in (_PROC / "self" / "cgroup").read_text(encoding="ascii").splitlines():
            if line.startswith("0::"):
                own = _GROUPS / line.removeprefix("0::").strip("/")
                yield from (own, *(each for each in own.parents if each.is_relative_to(_GROUPS)))


def resident(process: int) -> int:
    """Bytes of memory that a process has; 0 where the system does not tell."""
    with suppress(OSError, ValueError, IndexError):
        pages = int((_PROC / str(process) / "statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0
