"""The record of an artifact: what it is, what lies in it, and what it cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from clirbench.artifacts.meter import Cost
from clirbench.data.base import JSON
from clirbench.files import parse_json
from clirbench.spec.identity import own_checksum
from clirbench.wording import newer

__all__ = ["RECORD", "Before", "Record", "read_record", "unreadable", "write_record"]

RECORD = "record.json"
_FORMAT = 4
_READABLE = {2, 3, _FORMAT}
_EARLIER = {1}
"""Formats that are not read; what they stand for is made again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """A stage that an artifact rests on: what it cost, and which one it was."""

    cost: Cost
    identity: str | None = None
    """Tells whether two artifacts rest on the same one; None in a record of format 3 or earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What an artifact is and what lies in it."""

    kind: str
    identity: str
    title: str
    settings: JSON
    """What the identity is the hash of."""
    files: dict[str, dict[str, int | str]]
    """Name → bytes and sha256."""
    cost: Cost
    """What the making took."""
    made: str
    """UTC."""
    before: Mapping[str, Before] = field(default_factory=dict)
    """By kind: the stages that this artifact rests on and that may be gone by now, such as a student."""
    made_with: Sequence[Mapping[str, JSON]] = ()
    """Code, packages, processor; then those of what it rests on, each once; none in a record of format 2."""
    format: int = _FORMAT


def read_record(folder: Path) -> Record | None:
    """The record of a finished artifact; none if it is not finished, or not in a readable state."""
    try:
        values = parse_json((folder / RECORD).read_text(encoding="utf-8"))
        digest = values.pop("sha256")
        if values["format"] not in _READABLE or digest != own_checksum(values):
            return None
        before = {kind: _before(each) for kind, each in values["before"].items()}
        return Record(**{**values, "cost": Cost(**values["cost"]), "before": before})
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def unreadable(folder: Path) -> str | None:
    """Say that a record is there and not sound, or newer; one of an earlier clirbench is no fault."""
    path = folder / RECORD
    try:
        values = parse_json(path.read_bytes())
        version = values.get("format") if isinstance(values, dict) else None
        if version in _EARLIER:
            return None
        if (later := newer(version, _FORMAT)) and values.pop("sha256", None) == own_checksum(
            values
        ):
            return f"{path}: {later}"
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        pass
    return None if read_record(folder) else f"{path}: failed its own checksum"


def write_record(folder: Path, record: Record) -> None:
    """Write a record, and its own checksum with it."""
    values = asdict(record)
    text = json.dumps({**values, "sha256": own_checksum(values)}, indent=1, ensure_ascii=False)
    (folder / RECORD).write_text(text, encoding="utf-8")


def _before(values: Mapping[str, Any]) -> Before:
    """Read what was there before; up to format 3 it was the cost alone."""
    if "cost" not in values:
        return Before(cost=Cost(**values))
    return Before(cost=Cost(**values["cost"]), identity=values["identity"])
