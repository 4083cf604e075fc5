"""`clirbench methods`: what can be compared, and what each method's settings mean."""

from __future__ import annotations

import argparse
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Literal, Union, get_args, get_origin

from clirbench.cli.as_json import add_json, write_json
from clirbench.errors import SuiteError
from clirbench.methods import ClosedForm, Distillation, Method, Ranking
from clirbench.methods.mixed import Part
from clirbench.methods.registry import find, names
from clirbench.methods.staged import StageOfTraining
from clirbench.settings import field_docs
from clirbench.transport import SOLVERS, Solver
from clirbench.wording import show

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from clirbench.screen import Screen

__all__ = ["add_arguments"]

_WIDTH = 100
_TYPES: dict[object, str] = {
    bool: "true or false",
    float: "number",
    int: "whole number",
    str: "string",
    Path: "path",
    tuple[str, ...]: "array of strings",
    tuple[Part, ...]: "array of tables",
    tuple[StageOfTraining, ...]: "array of tables",
    Mapping[str, str]: "table of strings",
}
_BOUNDS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "method",
        nargs="?",
        metavar="METHOD",
        help="show everything about this method (default: list all)",
    )
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from clirbench.screen import Screen

    if arguments.json:
        return _as_json(arguments.method)
    console = Screen()
    if not console.is_terminal:
        console = Screen(width=160)  # a table cut to 80 columns helps nobody who reads a file
    if arguments.method is None:
        _list(console)
        return 0
    for line in _describe(find(arguments.method)):
        console.print(line, soft_wrap=True)
    return 0


def _as_json(name: str | None) -> int:
    if name is None:
        write_json("methods", {"methods": [_entry(each) for each in names()]})
        return 0
    method = find(name)
    docs = field_docs(method)
    settings = {}
    for each in fields(method):
        field = _field(method, each.name)
        settings[field.alias or each.name] = {
            "type": _type(field),
            "default": _default(field),
            "description": docs.get(each.name, ""),
        }
    text = "\n".join(_describe(method))
    write_json("methods METHOD", {**_entry(name), "description": text, "settings": settings})
    return 0


def _entry(name: str) -> dict[str, str]:
    try:
        method = find(name)
    except SuiteError as error:  # of another package
        return {"name": name, "error": str(error)}
    return {
        "name": name,
        "level": method.level,
        "learns_from": method.needs,
        "reference": method.reference,
    }


def _list(console: Screen) -> None:
    from rich.table import Table

    table = Table(caption="clirbench methods METHOD shows a method's loss and settings")
    for column in ("method", "level", "learns from", "reference"):
        table.add_column(column, no_wrap=column == "method")
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for name in names():
        entry = _entry(name)
        row = name, entry.get("learns_from", "-"), entry.get("reference", entry.get("error", ""))
        groups.setdefault(entry.get("level", "broken"), []).append(row)
    for level, group in groups.items():
        for name, needs, reference in group:
            table.add_row(name, level, needs, reference)
        table.add_section()
    console.print(table)


def _describe(method: type[Method]) -> Iterator[str]:
    """Everything that a method says of itself, line by line."""
    yield method.name
    yield ""
    yield from _indented(inspect.getdoc(method) or "")
    yield ""
    facts = {"level": method.level, "learns from": method.needs, "reference": method.reference}
    if issubclass(method, Distillation):
        facts["loss"] = method.equation
        facts["symbols"] = "s the student's (foreign) vectors, t the teacher's (English)"
    elif issubclass(method, ClosedForm):
        facts["map"] = method.equation
        facts["symbols"] = "s the teacher's vectors of foreign text, t its vectors of English text"
    elif issubclass(method, Ranking):
        facts["loss"] = method.equation
        facts["symbols"] = (
            "s the student's scores of passages, t the teacher's; passage 0 is the relevant one"
        )
    if method.own_training:
        given = {key: value for key, value in method.own_training.items() if value}
        own = ", ".join(f"{key} = {show(value)}" for key, value in given.items())
        facts["training"] = (
            f"{own}, whatever [training] says; the method's own `training` table overrides it"
        )
    for label, fact in facts.items():
        yield from _wrapped(f"{label + ':':<13}{fact}", "    ", " " * 17)
    yield from _settings(method)
    for solver in _solvers(method):
        yield ""
        yield f"solver {show(solver.name)}"
        yield ""
        yield from _indented((inspect.getdoc(solver) or "").partition("\n\n")[0])
        yield from _settings(solver)


def _settings(kind: type[Method | Solver]) -> Iterator[str]:
    """Each setting: its name, what it may be, its default, what it is and where that is from."""
    keys = [field.name for field in fields(kind)]
    if not keys:
        yield ""
        yield "    no settings"
    docs = field_docs(kind)
    for name in keys:
        field = _field(kind, name)
        yield ""
        yield f"    {field.alias or name} = {_default(field)}    # {_type(field)}"
        yield from _wrapped(docs.get(name, ""), " " * 8, " " * 8)


def _field(kind: type, name: str) -> FieldInfo:
    found: FieldInfo = kind.__pydantic_fields__[name]  # type: ignore[attr-defined]
    return found


def _type(field: FieldInfo) -> str:
    kinds = _kinds(field.annotation)
    bounds = [
        f"{sign} {getattr(each, bound):g}"
        for each in field.metadata
        for bound, sign in _BOUNDS.items()
        if hasattr(each, bound)
    ]
    return " ".join((" or ".join(map(_kind, kinds)), " and ".join(bounds))).strip()


def _kinds(annotation: object) -> list[object]:
    """The types and literals that a value may be of, without checks and without none."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        return [one for each in get_args(annotation) for one in _kinds(each)]
    return [] if annotation is type(None) else [annotation]


def _kind(kind: object) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(show(value) for value in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Solver):
        if kind is Solver:
            return 'a solver, or a table of its name and settings: { name = "...", ... }'
        return f"a table of settings of the solver {show(kind.name)}"
    return "a table" if is_dataclass(kind) else _TYPES.get(kind, str(kind))


def _default(field: FieldInfo) -> str:
    """The default as it would stand in a suite file."""
    value = field.get_default(call_default_factory=True)
    return _written(value, named=field.annotation is Solver)


def _written(value: object, *, named: bool = False) -> str:
    """A value as in a suite file; settings as a table of what is not their own default.

    Args:
        value: the value.
        named: whether it may be of several kinds, so that its name has to be said.
    """
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, Method):
        return show(value.name)
    if not is_dataclass(value) or isinstance(value, type):
        return show(value)
    own = [
        f"{each.name} = {_written(getattr(value, each.name))}"
        for each in fields(value)
        if getattr(value, each.name) != _field(type(value), each.name).default
    ]
    if named and isinstance(value, Solver):
        if not own:
            return show(value.name)
        own.insert(0, f"name = {show(value.name)}")
    return f"{{ {', '.join(own)} }}" if own else "{}"


def _solvers(method: type[Method]) -> list[type[Solver]]:
    """The solvers that a method's settings admit, the default first."""
    for each in fields(method):
        field = _field(method, each.name)
        if field.annotation is Solver:
            first = type(field.default)
            return [first, *(solver for solver in SOLVERS.values() if solver is not first)]
        if isinstance(field.annotation, type) and issubclass(field.annotation, Solver):
            return [field.annotation]
    return []


def _indented(text: str) -> list[str]:
    return textwrap.indent(text, "    ").splitlines()


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )
