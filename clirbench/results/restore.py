"""A suite as a results folder recorded it, without the user's files and without the user's code.

The settings were written by `clirbench.spec.identity.canonical`: an object has the name of its class
beside its fields, a path is null, and fields at their neutral values are left out. Reading them back
imports clirbench's own classes alone. A method of another package comes back as `RecordedMethod`.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints

from clirbench.data.base import JSON, Source
from clirbench.data.sources import SOURCES
from clirbench.errors import DataError
from clirbench.methods import METHODS
from clirbench.methods.base import Method
from clirbench.spec.model import Suite
from clirbench.transport import SOLVERS, Solver
from clirbench.wording import show

__all__ = ["RecordedMethod", "of_now", "restored_suite"]

_NAME, _ORIGIN = "class.name", "class.origin"
_FAMILIES: dict[type, Mapping[str, type]] = {Method: METHODS, Source: SOURCES, Solver: SOLVERS}


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecordedMethod(Method):
    """A method of another package, as far as it can be known without running its code."""

    name: str  # type: ignore[misc] # of other methods it is a fact of the class
    settings: Mapping[str, JSON]
    trained: bool = True  # type: ignore[misc]
    level: ClassVar[str] = "of another package"
    needs: ClassVar[str] = "unknown"
    reference: ClassVar[str] = "unknown"


def restored_suite(resolved: Mapping[str, JSON], untrained: Collection[str] = ()) -> Suite:
    """Make the suite of the `resolved` part of `settings.json`.

    Args:
        resolved: the settings.
        untrained: labels of which cells without a seed are there: of another package's method that
            alone tells whether it is trained.

    Raises:
        DataError: they are not the settings of a suite.
    """
    try:
        suite: Suite = _object(Suite, of_now(resolved))
        return dataclasses.replace(
            suite,
            methods=tuple(
                dataclasses.replace(entry, method=dataclasses.replace(entry.method, trained=False))
                if isinstance(entry.method, RecordedMethod) and entry.label in untrained
                else entry
                for entry in suite.methods
            ),
        )
    except KeyError as error:
        raise DataError(f"not the settings of a suite: there is no {error}") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise DataError(f"not the settings of a suite: {error}") from error


def of_now(resolved: Mapping[str, JSON]) -> dict[str, JSON]:
    """The settings of an earlier version, as this one would have recorded them.

    `anchor` was a method's key, and is one of its training; pairs with a side cut were kept.
    """
    found: dict[str, Any] = copy.deepcopy(dict(resolved))
    methods = found.get("methods")
    entries = [own for own in methods if isinstance(own, dict)] if isinstance(methods, list) else []
    for entry in entries:
        for tried in entry.get("tried", ()):
            _without_anchor(tried)
        anchor = _without_anchor(entry.get("method"))
        if anchor and isinstance(entry.get("training"), dict):
            entry["training"].setdefault("anchor", anchor)
    trainings = [found.get("training"), *(entry.get("training") for entry in entries)]
    for training in trainings:
        if isinstance(training, dict) and "epochs" in training:
            training.setdefault("cut", "keep")
    return found


def _without_anchor(method: Any) -> float:  # noqa: ANN401 - whatever was recorded
    """Take the anchors out of a method and its parts, if it is clirbench's; gives the method's own."""
    if not isinstance(method, dict) or method.get(_NAME) not in METHODS:
        return 0.0
    parts = method.get("parts")
    for part in parts if isinstance(parts, list) else ():
        _without_anchor(part.get("method"))
    return float(method.pop("anchor", 0.0))


def _restored(hint: Any, value: Any) -> Any:  # noqa: ANN401 - whatever settings hold
    """Give a value the type that its field has."""
    origin, arguments = get_origin(hint), get_args(hint)
    if value is None:
        return Path() if hint is Path else None
    if origin in {Union, UnionType}:
        return _restored(next(each for each in arguments if each is not NoneType), value)
    if origin is tuple:
        items = _expected(value, list)
        kinds = arguments[:1] * len(items) if arguments[-1] is Ellipsis else arguments
        return tuple(_restored(kind, item) for kind, item in zip(kinds, items, strict=True))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        items = _expected(value, dict).items()
        return {key: _restored(arguments[1], item) for key, item in items}
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _object(hint, _expected(value, dict))
    return value


def _expected(value: Any, kind: type[Any]) -> Any:  # noqa: ANN401 - of `kind`
    if not isinstance(value, kind):
        raise TypeError(f"expected a {kind.__name__} (got {show(value)})")
    return value


def _object(kind: type[Any], values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - an instance of `kind`
    """Make an object of its fields, unvalidated: they were validated when they were recorded."""
    name = values.get(_NAME)
    for family, classes in _FAMILIES.items():
        if issubclass(kind, family) and name is not None:
            if name in classes and _ORIGIN not in values:
                kind = classes[str(name)]
            elif family is Method:
                own = {key: value for key, value in values.items() if not key.startswith("class.")}
                return RecordedMethod(name=str(name), settings=own)
    found = object.__new__(kind)
    known: type = kind
    hints, defaults = _fields(known)
    for key, hint in hints.items():
        value = _restored(hint, values[key]) if key in values else defaults[key]
        object.__setattr__(found, key, value)
    return found


@cache
def _fields(kind: type) -> tuple[dict[str, Any], dict[str, Any]]:
    """The types of a class's fields, and the values of those that are not recorded."""
    hints = get_type_hints(kind)
    defaults: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if field.default_factory is not dataclasses.MISSING:
            defaults[field.name] = field.default_factory()
        elif field.default is not dataclasses.MISSING:
            own = field.default
            get = getattr(own, "get_default", None)  # pydantic's
            defaults[field.name] = get(call_default_factory=True) if get else own
    neutral = getattr(kind, "neutral", {})
    if isinstance(neutral, Mapping):  # where it depends on other fields, the defaults are neutral
        defaults |= neutral
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}, defaults
