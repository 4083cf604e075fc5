"""Identity: the hash of what changes numbers."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clirbench.data.base import JSON

__all__ = ["canonical", "canonical_json", "digest", "identity", "own_checksum", "seed_for"]

_KNOWN = "_canonical"


def canonical(value: Any) -> JSON:  # noqa: ANN401, PLR0911 - anything that settings may hold
    """Reduce settings to plain JSON values.

    A dataclass becomes an object of its fields, together with the `name` and `version` of its
    class and the `origin` of a stranger's where it has them, and without those fields that its class
    calls neutral at their values; whatever has a method `identity` becomes what that returns. A path
    says nothing, since what lies there can change: the checksum of the content stands beside it.

    Raises:
        TypeError: the value has a part that JSON cannot hold.
    """
    if type(value) is str or type(value) is int:  # most of what there is
        return value
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Path():
            return None
        case Mapping():
            return {str(key): canonical(item) for key, item in value.items()}
        case list() | tuple():
            return [canonical(item) for item in value]
        case frozenset() | set():
            return sorted((canonical(item) for item in value), key=canonical_json)
    if (own := getattr(value, "identity", None)) is not None:
        return str(own())
    if dataclasses.is_dataclass(value):
        return _fields(value)
    raise TypeError(f"a {type(value).__name__} cannot be part of an identity: {value!r}")


def _fields(value: Any) -> JSON:  # noqa: ANN401 - a dataclass
    """A dataclass as an object; remembered in it, for a plan asks the same few thousands of times."""
    memory: dict[str, Any] = getattr(value, "__dict__", {})
    if _KNOWN in memory and type(value).__dataclass_params__.frozen:
        known: JSON = memory[_KNOWN]
        return known
    neutral = getattr(value, "neutral", {})
    every = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    fields = {
        key: canonical(own)
        for key, own in every.items()
        if key not in neutral or own != neutral[key]
    }
    marks = {
        key: getattr(type(value), key) for key in ("name", "version") if hasattr(type(value), key)
    }
    if (origin := getattr(type(value), "origin", None)) and (file := origin()):
        marks["origin"] = file
    found = {
        **{f"class.{key}": mark for key, mark in marks.items() if key not in fields},
        **fields,
    }
    memory[_KNOWN] = found
    return found


def canonical_json(value: JSON) -> str:
    """JSON with sorted keys, no white space, floats in their shortest exact form."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def identity(value: Any) -> str:  # noqa: ANN401 - as canonical
    """Hash settings to 40 hexadecimal digits."""
    return digest(canonical(value))


def digest(value: JSON) -> str:
    """Hash JSON to 40 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()[:40]


def own_checksum(values: JSON) -> str:
    """Checksum of a file of JSON that stands in the file itself, and does not depend on its layout."""
    return hashlib.sha256(canonical_json(values).encode()).hexdigest()


def seed_for(*purpose: str | int) -> int:
    """Seed of the generator for one purpose, such as `(seed, "sw-en", "order")`: 63 bits."""
    text = canonical_json(list(purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) >> 1
