"""Values of a suite file that are overridden on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clirbench.errors import SuiteError
from clirbench.spec.problems import path_of
from clirbench.spec.toml import Key, parse_value
from clirbench.wording import nearest, show

__all__ = ["override"]

_NAMES = ("label", "name", "query", "method")
"""Keys that an item of an array may be named by, the first that it has."""


def override(values: dict[str, Any], overrides: Sequence[str]) -> dict[Key, str]:
    """Change the values of a suite file in place; gives, for each place changed, the text to blame.

    Args:
        values: of the file.
        overrides: texts such as `training.pairs=2000` or `method.optical.solver=exact`; an item of
            an array is named by its label, its query language, or its number from 1.

    Raises:
        SuiteError: with every override that cannot be applied.
    """
    places: dict[Key, str] = {}
    errors = []
    for override in overrides:
        name, equals, text = override.partition("=")
        where = f"--set {override}"
        if not equals or not name.strip():
            errors.append(f"{where}: expected KEY=VALUE, such as training.pairs=2000")
            continue
        target: Any = values
        key: list[str | int] = []
        *parents, last = name.strip().split(".")
        try:
            for part in parents:
                if isinstance(target, dict) and part not in target:
                    places.setdefault((*key, part), where)  # a table that is not in the file
                target = _step(target, part, key)
            if isinstance(target, list):
                raise SuiteError(f"{last} is an item of an array; name a key of that item")  # noqa: TRY301
            target[last] = parse_value(text)
        except SuiteError as error:
            errors.append(f"{where}: {error}")
            continue
        places[(*key, last)] = where
    if errors:
        raise SuiteError(errors)
    return places


def _step(target: Any, part: str, key: list[str | int]) -> Any:  # noqa: ANN401 - TOML values
    """Go down one part of a dotted name; an item of an array is named by label, language or number."""
    if isinstance(target, list):
        names = [
            str(next((item[key] for key in _NAMES if item.get(key)), None))
            if isinstance(item, dict)
            else ""
            for item in target
        ]
        if names.count(part) > 1:
            numbers = " or ".join(str(n) for n, name in enumerate(names, 1) if name == part)
            raise SuiteError(
                f'"{part}" names several items of {path_of(tuple(key))}; use {numbers} instead'
            )
        if part in names:
            index = names.index(part)
        elif part.isdecimal() and 1 <= int(part) <= len(target):
            index = int(part) - 1
        else:
            raise SuiteError(f'no "{part}" in {path_of(tuple(key))}{nearest(part, names)}')
        key.append(index)
        target = target[index]
    else:
        key.append(part)
        target = target.setdefault(part, {})
    if not isinstance(target, dict | list):
        raise SuiteError(f"{path_of(tuple(key))} is not a table (it is {show(target)})")
    return target
