"""The file of comparisons, `comparisons.json`.

Format version 3 is one JSON object:

    {"format": "clirbench-comparisons", "version": 3, "measures": [...]}

with one object for each measure, in the suite's order, whose keys are the fields of `Comparisons`.
Named tuples are arrays in the order of their fields; what is not defined is null, with the reason
under `undefined` or `why`. A reader refuses other versions and unknown keys. Version 2 is read, too: it
has no `clusters`, since it took every topic for one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from pydantic import TypeAdapter, ValidationError

from clirbench.errors import StatisticsError
from clirbench.statistics.results import Comparisons

__all__ = ["FORMAT", "VERSION", "from_json", "to_json"]

FORMAT = "clirbench-comparisons"
VERSION = 3
_BEFORE_CLUSTERS = 2


def to_json(measures: Iterable[Comparisons]) -> str:
    """Give the text of a file that holds the comparisons of several measures."""
    found = TypeAdapter(tuple[Comparisons, ...]).dump_python(tuple(measures), mode="json")
    document = {"format": FORMAT, "version": VERSION, "measures": found}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def from_json(text: str) -> tuple[Comparisons, ...]:
    """Read what `to_json` wrote.

    Raises:
        StatisticsError: not such a file, another version, or a field is missing, unknown or wrong.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise StatisticsError(f"not a file of comparisons: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise StatisticsError(f'not a file of comparisons: its "format" is not "{FORMAT}"')
    measures = document.get("measures")
    if document.get("version") == _BEFORE_CLUSTERS:
        measures = _with_clusters(measures)
    elif document.get("version") != VERSION:
        raise StatisticsError(
            f"comparisons of format version {document.get('version')}; this clirbench reads {VERSION}: "
            "make the file again from the scores"
        )
    try:
        adapter = TypeAdapter(tuple[Comparisons, ...])
        return adapter.validate_json(json.dumps(measures))
    except ValidationError as error:
        raise StatisticsError(f"damaged file of comparisons: {error}") from error


def _with_clusters(value: object) -> object:
    """Say of everything that has topics that each of them was a unit."""
    match value:
        case {"topics": int(topics), **others}:
            return {"clusters": topics, "topics": topics, **others}
        case {**fields}:
            return {name: _with_clusters(one) for name, one in fields.items()}
        case [*ones]:
            return [_with_clusters(one) for one in ones]
    return value
