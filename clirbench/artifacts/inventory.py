"""What lies in a store, and what rests on what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from clirbench.artifacts.record import RECORD, Record, read_record

__all__ = ["Stored", "identities", "needed", "stored", "unrecorded"]

_IDENTITY = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A finished artifact."""

    folder: Path
    record: Record

    @property
    def bytes(self) -> int:
        """Size of its files."""
        return sum(int(file["bytes"]) for file in self.record.files.values())


def stored(store: Path) -> Iterator[Stored]:
    """Every finished artifact of a store, by kind and identity."""
    for path in sorted(store.glob(f"*/*/{RECORD}")):
        if not path.parent.name.startswith(".") and (record := read_record(path.parent)):
            yield Stored(folder=path.parent, record=record)


def unrecorded(store: Path) -> Iterator[Path]:
    """Folders whose record is missing or not sound: what lies there is made again when it is needed."""
    for folder in sorted(store.glob("*/*")):
        if folder.is_dir() and not folder.name.startswith(".") and not read_record(folder):
            yield folder


def needed(settings: Iterable[object], artifacts: Iterable[Stored]) -> set[str]:
    """Identities of the artifacts that some settings rest on, directly or through others."""
    inputs = {one.record.identity: one.record.settings for one in artifacts}
    found: set[str] = set()
    waiting = list(settings)
    while waiting:
        for identity in identities(waiting.pop()):
            if identity in inputs and identity not in found:
                found.add(identity)
                waiting.append(inputs[identity])
    return found


def identities(value: object) -> Iterator[str]:
    """Every identity that stands somewhere in settings: an input stands there by its own."""
    if isinstance(value, str):
        if _IDENTITY.fullmatch(value):
            yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from identities(item)
