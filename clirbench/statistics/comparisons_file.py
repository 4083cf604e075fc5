"""The file of comparisons, `comparisons.json`.

Format version 3 is one JSON object:

    {"format": "clirbench-comparisons", "version": 3, "measures": [...]}

with one object for each measure, in the suite's order, whose keys are the fields of `Comparisons`.
Named tuples are arrays in the order of their fields; what is not defined is null, with the reason
under `undefined` or `why`. A reader refuses other versions and unknown keys. Version 2 is read, too: it
has no `clusters`, since it took every topic for one, and does not say what its seeds' variance was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from pydantic import TypeAdapter, ValidationError

from clirbench.errors import StatisticsError
from clirbench.files import parse_json
from clirbench.statistics.results import Comparisons
from clirbench.wording import newer

__all__ = ["FORMAT", "VERSION", "from_json", "to_json"]

FORMAT = "clirbench-comparisons"
VERSION = 3
_BEFORE = 2
_NOT_TOLD: dict[str, object] = {"df": None, "seed_sd": None, "seed_df": None}
"""Fields of a comparison that version 2 lacks."""


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
        document = parse_json(text)
    except ValueError as error:
        raise StatisticsError(f"not a file of comparisons: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise StatisticsError(f'not a file of comparisons: its "format" is not "{FORMAT}"')
    if later := newer(document.get("version"), VERSION):
        raise StatisticsError(later)
    measures = document.get("measures")
    if document.get("version") == _BEFORE:
        measures = _brought_up(measures)
    elif document.get("version") != VERSION:
        raise StatisticsError(
            f"comparisons of format version {document.get('version')}, but this clirbench reads "
            f"{VERSION}; make the file again from the scores"
        )
    try:
        adapter = TypeAdapter(tuple[Comparisons, ...])
        return adapter.validate_json(json.dumps(measures))
    except ValidationError as error:
        raise StatisticsError(f"damaged file of comparisons: {error}") from error


def _brought_up(value: object) -> object:
    """Say of all that has topics that each of them was a unit, and what else version 2 leaves out."""
    if isinstance(value, list):
        return [_brought_up(one) for one in value]
    if not isinstance(value, dict):
        return value
    if isinstance(topics := value.get("topics"), int):
        untold = _NOT_TOLD if "p_crossed" in value else {}
        return {"clusters": topics, **untold, **value}
    return {name: _brought_up(one) for name, one in value.items()}
