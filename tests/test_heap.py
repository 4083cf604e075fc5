from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from clirbench.heap import return_memory


@pytest.mark.skipif(
    sys.platform != "linux" or platform.libc_ver()[0] != "glibc", reason="GNU's C library alone"
)
def test_freed_memory_goes_back() -> None:
    """Blocks below one that is in use stay in the heap until they are asked for."""
    blocks = [bytearray(50_000) for _ in range(4_000)]  # too small to be mapped one by one
    kept = bytearray(50_000)
    del blocks
    before = _resident()
    return_memory()
    assert before - _resident() > 150 << 20
    assert len(kept) == 50_000


def _resident() -> int:
    """Bytes of this process in memory."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (found,) = (line for line in lines if line.startswith("VmRSS:"))
    return int(found.split()[1]) << 10
