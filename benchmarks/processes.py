"""The memory of a command and of the processes that it starts."""

from __future__ import annotations

import subprocess
import time
from contextlib import suppress
from pathlib import Path

__all__ = ["highest"]


def highest(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end of a process; gives the most memory that it and its children held, in bytes.

    What the system keeps as a peak is read all the time, since clirbench sets it back before each stage. Linux only;
    pages that two processes share count twice.
    """
    most = 0
    while process.poll() is None:
        with suppress(OSError):  # it has ended
            most = max(most, _memory(process.pid, "VmHWM:"), _all(process.pid))
        time.sleep(0.02)
    return most


def _memory(process: int, key: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(key))


def _all(process: int) -> int:
    own = _memory(process, "VmRSS:")
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text(encoding="utf-8").split():
            with suppress(OSError):
                own += _all(int(child))
    return own
