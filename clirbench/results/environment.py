"""What the numbers were made with: versions, hardware, revision.

`environment.json`, format 2, has under `environments` one for each set of versions that made cells which
are there still, the latest last. Format 1 was the latest alone.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import clirbench
from clirbench.artifacts.record import RECORD, read_record
from clirbench.data.base import JSON
from clirbench.errors import DataError
from clirbench.processor import cpu_info
from clirbench.results.names import CELLS, ENVIRONMENT
from clirbench.results.reading import AGAIN, read_object
from clirbench.results.writing import write_checked
from clirbench.wording import newer

__all__ = [
    "environment",
    "forget_environments",
    "keep_environment",
    "read_environments",
    "versions",
]

_FORMAT = 2


def environment(device: str) -> dict[str, JSON]:
    """Describe this machine and the packages in use."""
    return {
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        **{key: value for key, value in versions().items() if key != "packages"},
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "memory_gib": _memory(),
        "device": device,
        "packages": versions()["packages"],
    }


@cache
def versions() -> Mapping[str, JSON]:
    """What of this process can change numbers: its code, its packages, its processor."""
    return {
        "clirbench": clirbench.__version__,
        "git": _git(),
        "python": platform.python_version(),
        "processor": cpu_info("model name") or platform.machine(),
        "packages": dict(_packages()),
    }


def keep_environment(results: Path, found: Mapping[str, JSON]) -> None:
    """Write an environment down, as the latest one, beside those of earlier runs.

    Raises:
        StoreError: it cannot be written.
        DataError: the file that is there is damaged, or of a newer clirbench.
    """
    _write(results, [*(one for one in read_environments(results) if not _same(one, found)), found])


def forget_environments(results: Path) -> None:
    """Drop all but the latest and those that cells which are there rest on.

    Raises:
        StoreError: the file cannot be written.
        DataError: it is damaged.
    """
    *earlier, latest = read_environments(results)
    records = [read_record(path.parent) for path in (results / CELLS).rglob(RECORD)]
    made = [one for record in records if record for one in record.made_with]
    if all(record and record.made_with for record in records):  # none of format 2
        _write(results, [*(one for one in earlier if _versions_of(one) in made), latest])


def _write(results: Path, environments: Sequence[Mapping[str, JSON]]) -> None:
    values: dict[str, JSON] = {
        "format": _FORMAT,
        "environments": [dict(one) for one in environments],
    }
    write_checked(results / ENVIRONMENT, values)


def read_environments(results: Path) -> tuple[Mapping[str, JSON], ...]:
    """Those that are written down, the latest last; none where there is no file.

    Raises:
        DataError: the file is damaged, or of a newer clirbench.
    """
    path = results / ENVIRONMENT
    if not path.exists():
        return ()
    values = read_object(path)
    if later := newer(values.get("format"), _FORMAT):
        raise DataError(f"{path}: {later}")
    if values.get("format") != _FORMAT:
        return ({key: value for key, value in values.items() if key != "format"},)
    found = values.get("environments")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise DataError(f"{path}: not as written by `clirbench run`; {AGAIN}")
    return tuple(one for one in found if isinstance(one, dict))


def _versions_of(environment: Mapping[str, JSON]) -> dict[str, JSON]:
    return {key: environment.get(key) for key in versions()}


def _same(one: Mapping[str, JSON], other: Mapping[str, JSON]) -> bool:
    """Whether two environments differ in nothing but the time."""
    return {**one, "written": None} == {**other, "written": None}


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


def _memory() -> JSON:
    if sys.platform == "win32":
        return None
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
