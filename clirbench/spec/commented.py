"""A suite file with a comment at each key, made from the classes that read it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from clirbench.spec.schema import Schema, suite_schema
from clirbench.spec.toml import toml_key, toml_text

__all__ = ["commented"]

_WIDTH = 98
_NAMING = {"collection": "source", "method": "name"}


def commented(values: Mapping[str, Any]) -> str:
    """Write a suite as TOML: above each key what it is, below each table the keys it leaves alone.

    Of tables of one kind, only the first is commented.

    Args:
        values: the suite's, as read from a file.
    """
    schema = suite_schema()
    lines: list[str] = []
    for section in schema["properties"]:
        given = values.get(section)
        told: set[str] = set()
        for table in given if isinstance(given, list) else [given] if given else []:
            head = f"[[{section}]]" if isinstance(given, list) else f"[{section}]"
            own = _alternative(schema, section, table)
            lines += ["", head, *_table(table, own, told, _NAMING.get(section))]
    return "\n".join(lines) + "\n"


def _alternative(schema: Schema, section: str, table: Mapping[str, Any]) -> Schema:
    """The part of the schema that describes a table: of methods and sources, by name or pattern."""
    found: Schema = schema["properties"][section]
    found = found.get("items", found)
    for one in found.get("oneOf", ()):
        own: Schema = schema["$defs"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one
        key, kind = next(iter(own["properties"].items()))
        name = table.get(key)
        if name is None and (required := own.get("required")) and set(required) <= table.keys():
            return own  # as a sum of losses, which needs no name
        if kind.get("const") == name or re.match(kind.get("pattern", "$^"), str(name)):
            return own
    return found


def _table(
    table: Mapping[str, Any], schema: Schema, told: set[str], naming: str | None
) -> Iterator[str]:
    """The lines of a table; the key `naming` tells its kind, whose description stands there."""
    properties = schema["properties"]
    for key, value in table.items():
        if key == naming:
            yield from _comment(schema["description"].partition("\n\n")[0])
        elif key not in told:
            yield from _comment(properties[key]["description"])
            told.add(key)
        yield f"{toml_key(key)} = {toml_text(value)}"
    left = {
        f"{key} = {toml_text(own['default'])}" if own.get("default") not in ({}, [], None) else key
        for key, own in properties.items()
        if key not in table
    }
    if new := {each for each in left if f"left {each}" not in told}:
        yield from _comment(f"Left at their defaults: {', '.join(sorted(new))}")
        told.update(f"left {each}" for each in new)


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
        break_on_hyphens=False,
        break_long_words=False,
    )
