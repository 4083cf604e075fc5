"""What the system says of the processor."""

from __future__ import annotations

import platform
from contextlib import suppress
from pathlib import Path

__all__ = ["cpu_info"]

_CPUINFO = Path("/proc/cpuinfo")


def cpu_info(key: str) -> str:
    """What Linux says of the first core under `key`, such as "vendor_id" or "model name".

    Elsewhere, and where it says nothing, what Python knows of the processor, which may be "".
    """
    with suppress(OSError):
        for line in _CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == key and value.strip():
                return value.strip()
    return platform.processor()
