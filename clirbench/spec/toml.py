"""TOML with positions: values by tomllib, places by tree-sitter."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from clirbench.errors import SuiteError

if TYPE_CHECKING:
    import tree_sitter

__all__ = ["Key", "TomlFile", "parse_value", "read_toml", "toml_key", "toml_text"]

Key: TypeAlias = "tuple[str | int, ...]"
"""Where a value stands: names of tables and keys, numbers of array items from 0."""
_DEEPEST = 50
"""Tables and arrays in one another; Python's own limit is no place in a file."""
_TOO_MUCH = (ValueError, RecursionError)
"""What Python raises for numbers of thousands of digits, and for tables in tables without end."""


_PIECES = re.compile(
    r'''"""(?:[^\\]|\\.)*?"""|'{3}.*?'{3}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*|[\[\]{}]''',
    re.DOTALL,
)
"""Texts and comments, whose brackets are none, and brackets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlFile:
    """The values of a file and where each one stands."""

    path: Path
    text: str
    values: dict[str, Any]
    places: dict[Key, str]

    def place(self, key: Key) -> str:
        """`file:line:column` of the key, or of the nearest table around it that is in the file."""
        for length in range(len(key), -1, -1):
            if key[:length] in self.places:
                return self.places[key[:length]]
        return f"{self.path}:1:1"


def read_toml(path: Path) -> TomlFile:
    """Read a file.

    Raises:
        SuiteError: it is missing, not UTF-8, or not TOML.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")  # Windows editors write a byte order mark
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SuiteError(
            f"{path}:{line}:1: not UTF-8 text (byte {error.object[error.start]:#04x})"
        ) from None
    except OSError as error:
        raise SuiteError(
            f"{path}: cannot be read: {(error.strerror or str(error)).lower()}"
        ) from None
    try:
        values = tomllib.loads(text)
        if _deep(values):
            raise RecursionError  # noqa: TRY301
        places = _places(path, text)
    except tomllib.TOMLDecodeError as error:
        raise SuiteError(_syntax_error(path, text, str(error))) from None
    except RecursionError:
        what = f"more than {_DEEPEST} nested tables or arrays"
        raise SuiteError(f"{_where(path, text, _nesting(text))}: {what}") from None
    except ValueError as error:
        number = re.search(r"[0-9_]{1000,}", text)
        at = _where(path, text, number.start() if number else 0)
        raise SuiteError(f"{at}: not a suite: {error}") from None
    return TomlFile(path=path, text=text, values=values, places=places)


def parse_value(text: str) -> Any:  # noqa: ANN401 - any TOML value
    """Read a value as on the right side of `key = value`; what is not TOML is taken as a string."""
    try:
        values = tomllib.loads(f"value = {text}")
        if _deep(values):
            return text
    except _TOO_MUCH:  # and what is not TOML, which is a ValueError
        return text
    return values["value"] if values.keys() == {"value"} else text


def toml_text(value: Any) -> str:  # noqa: ANN401 - a TOML value
    """Write a value as on the right side of `key = value`."""
    match value:
        case Mapping():
            items = (f"{toml_key(key)} = {toml_text(item)}" for key, item in value.items())
            return f"{{ {', '.join(items)} }}"
        case list() | tuple():
            return f"[{', '.join(map(toml_text, value))}]"
    return json.dumps(value, ensure_ascii=False, default=str)


def toml_key(key: str) -> str:
    """Write a key, in quotes where it needs them."""
    return key if re.fullmatch("[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _syntax_error(path: Path, text: str, message: str) -> str:
    match = re.fullmatch(r"(?s)(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message)
    if match and match[2]:
        line, column, what = int(match[2]), int(match[3]), match[1]
    else:
        lines = text.splitlines() or [""]
        line, column, what = len(lines), len(lines[-1]) + 1, match[1] if match else message
    return f"{path}:{line}:{column}: not TOML: {what[:1].lower()}{what[1:]}"


def _deep(values: object) -> bool:
    """Whether tables and arrays stand deeper in one another than any suite's."""
    level = [values]
    for _ in range(_DEEPEST):
        inner = (
            v.values() if isinstance(v, dict) else v if isinstance(v, list) else () for v in level
        )
        level = [value for values in inner for value in values if isinstance(value, dict | list)]
        if not level:
            return False
    return True


def _nesting(text: str) -> int:
    """Where brackets, or the parts of a name, come to be too many."""
    depth = 0
    for found in re.finditer(_PIECES, text):
        if found[0] in "[{":
            depth += 1
            if depth > _DEEPEST:
                return found.start()
        elif found[0] in "]}":
            depth -= 1
    name = re.search(r"""(?:[\w"'-]+[ \t]*\.[ \t]*){40}""", text)
    return name.start() if name else 0


def _where(path: Path, text: str, at: int) -> str:
    """`file:line:column` of a character."""
    line = text.rfind("\n", 0, at) + 1
    return f"{path}:{text.count(chr(10), 0, at) + 1}:{at - line + 1}"


def _places(path: Path, text: str) -> dict[Key, str]:
    import tree_sitter
    import tree_sitter_toml

    source = text.encode()
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language()))
    finder = _Finder(path, source)
    finder.document(parser.parse(source).root_node)
    return finder.places


class _Finder:
    """Walks a syntax tree and notes where each key first stands."""

    def __init__(self, path: Path, source: bytes) -> None:
        self.places: dict[Key, str] = {}
        self._path = path
        self._source = source
        self._arrays: Counter[Key] = Counter()

    def document(self, root: tree_sitter.Node) -> None:
        self._pairs(root, ())
        for child in root.named_children:
            if child.type in {"table", "table_array_element"}:
                self._table(child)

    def _table(self, node: tree_sitter.Node) -> None:
        names = _names(node.named_children[0])
        if node.type == "table_array_element":
            self._arrays[self._inside(names[:-1], node) + names[-1:]] += 1
        key = self._inside(names, node)
        self._note(key, node)
        self._pairs(node, key)

    def _inside(self, names: tuple[str, ...], node: tree_sitter.Node) -> Key:
        """Follow the names of a header; an array on the way stands for its latest item."""
        key: Key = ()
        for name in names:
            key = (*key, name)
            self._note(key, node)
            if key in self._arrays:
                key = (*key, self._arrays[key] - 1)
        return key

    def _pairs(self, node: tree_sitter.Node, prefix: Key) -> None:
        for child in node.named_children:
            if child.type == "pair":
                name, *_, value = (c for c in child.named_children if c.type != "comment")
                key = (*prefix, *_names(name))
                for length in range(len(prefix) + 1, len(key) + 1):
                    self._note(key[:length], child)
                self._value(value, key)

    def _value(self, node: tree_sitter.Node, key: Key) -> None:
        if node.type == "array":
            items = [child for child in node.named_children if child.type != "comment"]
            for index, child in enumerate(items):
                self._note((*key, index), child)
                self._value(child, (*key, index))
        elif node.type == "inline_table":
            self._pairs(node, key)

    def _note(self, key: Key, node: tree_sitter.Node) -> None:
        row, byte = node.start_point
        line = self._source[node.start_byte - byte : node.start_byte]
        column = len(line.decode(errors="replace"))
        self.places.setdefault(key, f"{self._path}:{row + 1}:{column + 1}")


def _names(node: tree_sitter.Node) -> tuple[str, ...]:
    if node.type == "dotted_key":
        return tuple(name for child in node.named_children for name in _names(child))
    text = (node.text or b"").decode(errors="replace")
    return tuple(tomllib.loads(f"{text} = 0")) if node.type == "quoted_key" else (text,)
