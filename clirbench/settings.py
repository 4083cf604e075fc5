"""The decorator of everything that a suite file sets: frozen, keyword-only, strictly validated."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from functools import cache
from typing import TypeVar, dataclass_transform

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from typing_extensions import is_typeddict

__all__ = ["field_docs", "settings"]

_CONFIG = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)
_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(Field,))
def settings(cls: type[_T]) -> type[_T]:
    """Make `cls` a frozen dataclass whose fields are validated; a field's docstring describes it.

    A field is written with its default and its bounds, and a docstring that says what it is, in
    which unit, and where the default comes from:

        beta: Annotated[float, Field(gt=0)] = 0.5
        \"\"\"Step size of the proximal point method; 0.5 is UNITER's value, unverified for OPTICAL.\"\"\"
    """
    made: type[_T] = dataclass(frozen=True, kw_only=True, config=_CONFIG)(cls)  # type: ignore[assignment]
    return made


def field_docs(kind: type) -> dict[str, str]:
    """The docstrings of the fields of a class and its bases, by name.

    Read from the source when they are asked for: to have them at import would take commands that
    never show them a tenth of a second.
    """
    bases = [b for b in kind.__mro__ if hasattr(b, "__pydantic_fields__") or is_typeddict(b)]
    return {name: text for base in reversed(bases) for name, text in _own_docs(base).items()}


@cache
def _own_docs(kind: type) -> dict[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    docs: dict[str, str] = {}
    for statement, after in itertools.pairwise(body):
        match statement, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                docs[name] = inspect.cleandoc(text)
    return docs
