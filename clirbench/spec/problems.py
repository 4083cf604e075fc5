"""Validation that collects every error, with the place of each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from clirbench.errors import SuiteError
from clirbench.spec.toml import Key
from clirbench.wording import close, nearest, show

__all__ = ["Problems", "path_of"]

_T = TypeVar("_T")

_BOUNDS = {
    "greater_than": ("gt", ">"),
    "greater_than_equal": ("ge", ">="),
    "less_than": ("lt", "<"),
    "less_than_equal": ("le", "<="),
}
_KINDS = {
    "bool_type": "true or false",
    "dict_type": "a table",
    "dataclass_type": "a table",
    "finite_number": "a finite number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "list_type": "an array",
    "string_type": "a string",
    "tuple_type": "an array",
}


class Problems:
    """The errors of one file, in the order found."""

    def __init__(self, place: Callable[[Key], str]) -> None:
        self._place = place
        self.errors: list[str] = []

    def add(self, key: Key, text: str) -> None:
        """Note an error at a place."""
        where = path_of(key)
        error = f"{self._place(key)}: {where + ': ' if where else ''}{text}"
        if error not in self.errors:
            self.errors.append(error)

    def check(self, kind: type[_T], values: object, at: Key) -> _T | None:
        """Validate the values at a place as settings of a kind; note what is wrong."""
        if not isinstance(values, Mapping):
            self.add(at, f"expected a table (got {show(values)})")
            return None
        try:
            # Lax enough to take arrays for tuples, strict in all else: that is pydantic's JSON mode.
            text = json.dumps(values, default=str)
            found: _T = _adapter(kind).validate_json(text, strict=True)  # type: ignore[arg-type]
        except ValidationError as error:
            known = _known_fields(kind)
            for detail in error.errors(include_url=False):
                self._note(detail, values, at, known)
            return None
        except SuiteError as error:
            for text in error.errors:
                self.add(at, text)
            return None
        return found

    def _note(self, detail: Any, values: Mapping[str, Any], at: Key, known: Iterable[str]) -> None:  # noqa: ANN401
        local = _existing(values, detail["loc"])
        kind, context = detail["type"], detail.get("ctx", {})
        key = (*at, *local)
        got = f"(got {show(detail['input'])})"
        if kind in {"unexpected_keyword_argument", "extra_forbidden"}:
            self.add(
                key, "unknown key" + (nearest(str(local[-1]), known) if len(local) == 1 else "")
            )
        elif kind in {"missing", "missing_argument", "missing_keyword_only_argument"}:
            self.add((*at, *detail["loc"]), "missing; it has no default")
        elif kind in _BOUNDS:
            name, sign = _BOUNDS[kind]
            self.add(key, f"must be {sign} {context[name]:g} {got}")
        elif kind in _KINDS:
            self.add(key, f"expected {_KINDS[kind]} {got}")
        elif kind == "literal_error":
            self.add(key, f"expected {context['expected']} {got}" + _nearest_literal(detail))
        elif kind == "string_pattern_mismatch":
            self.add(key, f"must match {context['pattern']} {got}")
        elif kind in {"too_short", "string_too_short"}:
            if not detail["input"]:  # else items are wrong, which are not counted
                self.add(key, f"must not be empty {got}")
        elif kind == "value_error":
            self.add(key, str(context["error"]))
        else:
            self.add(key, f"{detail['msg'][:1].lower()}{detail['msg'][1:]} {got}")


def _nearest_literal(detail: Any) -> str:  # noqa: ANN401 - pydantic's
    allowed = [
        part.strip(" '") for part in detail["ctx"]["expected"].replace(" or ", ",").split(",")
    ]
    return close(str(detail["input"]), allowed)


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    """What validates values as a kind: a suite has many tables of few kinds."""
    return TypeAdapter(kind)


def _known_fields(kind: type) -> tuple[str, ...]:
    return tuple(getattr(kind, "__pydantic_fields__", ()))


def _existing(values: Any, loc: tuple[str | int, ...]) -> tuple[str | int, ...]:  # noqa: ANN401
    """Drop from a pydantic location what is not in the values, such as the names of union members."""
    found: list[str | int] = []
    for part in loc:
        here: Mapping[Any, Any] = values if isinstance(values, Mapping) else {}
        if isinstance(values, list):
            here = dict(enumerate(values))
        if part in here:
            values = here[part]
            found.append(part)
    return tuple(found)


def path_of(key: Key) -> str:
    """A key as errors name it, such as `method[2].solver`; items are counted from 1."""
    text = ""
    for part in key:
        text += f"[{part + 1}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text
