"""What the numbers were made with: versions, hardware, revision."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import clirbench
from clirbench.data.base import JSON

__all__ = ["environment"]


def environment(device: str) -> dict[str, JSON]:
    """Describe this machine and the packages in use."""
    return {
        "format": 1,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "clirbench": clirbench.__version__,
        "git": _git(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": _memory(),
        "device": device,
        "packages": dict(_packages()),
    }


def _packages() -> list[tuple[str, JSON]]:
    lines = [line for line in requires("clirbench") or [] if "extra ==" not in line]
    found: list[tuple[str, JSON]] = []
    for name in sorted(re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in lines):
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            found.append((name, None))
    return found


def _git() -> JSON:
    """Revision of a source checkout that clirbench is run from, and whether it was changed."""
    folder = Path(clirbench.__file__).parents[1]
    if not (folder / ".git").exists():
        return None

    def ask(*words: str) -> str:
        command = ["git", "-C", str(folder), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603

    try:
        changed = ask("status", "--porcelain", "--untracked-files=no", "--", "clirbench")
        return {"revision": ask("rev-parse", "HEAD"), "dirty": bool(changed)}
    except (OSError, subprocess.CalledProcessError):
        return None


def _processor() -> str:
    """Name the kind of processor: another one may round in another order."""
    with suppress(OSError):
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        if found:
            return found[1]
    return platform.processor() or platform.machine()


def _memory() -> JSON:
    if sys.platform == "win32":
        return None
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
