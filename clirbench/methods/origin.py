"""The code of a method that is not clirbench's own: what its settings do not say of it."""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import linecache
import site
import sys
import textwrap
from collections.abc import Iterator
from functools import cache
from importlib.machinery import all_suffixes
from importlib.metadata import packages_distributions
from pathlib import Path
from types import FunctionType, ModuleType

from clirbench.errors import SuiteError

__all__ = ["origin"]


def origin(kind: type, family: type) -> str:
    """Checksum of the source that a class is made of.

    That is the file of its module, those of its bases outside clirbench, and every module of the
    same folder or package that these import, be it inside a function, and that those import in turn.
    The files are read anew each time. Not seen are modules whose names are made up at run time, and
    data files: raise `version` when they change.

    A class without a file, as in a notebook, is known by its own source, by that of the functions and
    classes of the notebook that it names, by numbers, texts, lists and tables that these name, and by
    the modules of the working folder that they name. Not seen are other objects.

    Args:
        kind: the class.
        family: what all methods are.

    Raises:
        SuiteError: there is no source to be had.
    """
    code = _Code()
    for base in kind.__mro__:
        if base is kind or _foreign(base.__module__):
            code.add_class(base, family)
    return code.checksum()


def _foreign(module: str) -> bool:
    """Whether a module is neither clirbench's nor Python's."""
    top = module.partition(".")[0]
    return top == "__main__" or top not in {"clirbench", *sys.stdlib_module_names}


def _file(module: str) -> Path | None:
    name = getattr(sys.modules.get(module), "__file__", None)
    return Path(name).resolve() if name and Path(name).is_file() else None


def _root(file: Path, module: str) -> Path:
    """The folder that the module's top-level name lies in."""
    return file.parents[module.count(".") + (file.stem == "__init__")]


class _Code:
    """Sources by the folder they were found in and their name there."""

    def __init__(self) -> None:
        self._sources: dict[tuple[Path, str], bytes] = {}

    def checksum(self) -> str:
        """Of one source, that of its bytes; of several, that of their names and checksums."""
        found = [(name, hashlib.sha256(s).hexdigest()) for (_, name), s in self._sources.items()]
        if len(found) == 1:
            return found[0][1]
        return hashlib.sha256(json.dumps(sorted(found)).encode()).hexdigest()

    def add_class(self, kind: type, family: type) -> None:
        """Take in a class: its module's file, or what there is in place of one."""
        file = _file(kind.__module__)
        if file is None:
            self._add_source(kind)
            return
        root = _root(file, kind.__module__)
        # What others install and is no method, such as a mixin of torch's, is like what is imported.
        self._add_file(file, root, follow=issubclass(kind, family) or not _installed(root))

    def _add_file(self, file: Path, root: Path, *, follow: bool = True) -> None:
        name = file.relative_to(root).as_posix()
        if (root, name) in self._sources:
            return
        source = self._sources[root, name] = file.read_bytes()
        if not follow or file.suffix != ".py":
            return
        for choices in _imports(ast.parse(source), name):
            found = (_module(root, parts, name) for parts in choices)
            if other := next((each for each in found if each), None):
                self._add_file(other, root)

    def _add_source(self, thing: type | FunctionType) -> None:
        """Take in the source of a class or function without a file, and of what it names."""
        key = Path(), f"{thing.__module__}:{thing.__qualname__}"
        if key in self._sources:
            return
        source = _source(thing)
        self._sources[key] = source.encode()
        known = vars(sys.modules.get(thing.__module__, object))
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Name) and node.id in known:
                self._add_named(node.id, known[node.id])

    def _add_named(self, name: str, value: object) -> None:
        if not isinstance(value, ModuleType | type | FunctionType):
            try:
                self._sources[Path(), name] = json.dumps(value, sort_keys=True).encode()
            except (TypeError, ValueError):
                return
            return
        module = value.__name__ if isinstance(value, ModuleType) else value.__module__
        if not _foreign(module):
            return
        if file := _file(module):
            if not _installed(root := _root(file, module)):
                self._add_file(file, root)
        elif not isinstance(value, ModuleType):
            self._add_source(value)


def _source(thing: type | FunctionType) -> str:
    """The source of a class or function, from the lines that Python keeps for tracebacks.

    `inspect.getsource` knows no class without a file, but a function knows its lines.
    """
    own = [thing] if isinstance(thing, FunctionType) else vars(thing).values()
    for each in own:
        function = inspect.unwrap(getattr(each, "fget", getattr(each, "__func__", each)))
        code = getattr(function, "__code__", None)
        if code is None or not (lines := linecache.getlines(code.co_filename)):
            continue
        if isinstance(thing, FunctionType):
            return textwrap.dedent("".join(inspect.getblock(lines[code.co_firstlineno - 1 :])))
        for node in ast.walk(ast.parse("".join(lines))):
            if isinstance(node, ast.ClassDef) and node.name == thing.__name__:
                return ast.unparse(node)
    raise SuiteError(
        f"{thing.__qualname__}: its source code cannot be read, so changes to it would go "
        "unnoticed. Put it into a file that can be imported, or into a notebook's cell as a class "
        "with a method of its own"
    )


def _imports(tree: ast.Module, name: str) -> Iterator[tuple[tuple[str, ...], ...]]:
    """What a file imports: the parts of each module's name, or where it may be an attribute, both."""
    package = name.split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                parts = tuple(each.name.split("."))
                yield from ((parts[:length],) for length in range(1, len(parts) + 1))
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            parts = (*above, *(node.module.split(".") if node.module else ()))
            yield from (((*parts, each.name), parts) for each in node.names)


def _module(root: Path, parts: tuple[str, ...], by: str) -> Path | None:
    """The file of a module in a folder; none if it is not there, or another distribution's."""
    if not parts or parts[0] == "clirbench":
        return None
    if _installed(root) and not _together(parts[0], by.partition("/")[0].partition(".")[0]):
        return None
    place = root.joinpath(*parts)
    files = [place.with_name(place.name + suffix) for suffix in all_suffixes()]
    return next((file for file in (place / "__init__.py", *files) if file.is_file()), None)


@cache
def _installed(folder: Path) -> bool:
    """Whether it is where packages of many owners are installed."""
    places = (*site.getsitepackages(), site.getusersitepackages())
    return folder in {Path(place).resolve() for place in places}


@cache
def _together(one: str, other: str) -> bool:
    """Whether one distribution installed both top-level modules."""
    if one == other:
        return True
    owners = packages_distributions()
    return bool({*owners.get(one, ())} & {*owners.get(other, ())})
