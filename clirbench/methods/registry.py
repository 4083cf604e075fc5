"""Methods by name: clirbench's own, those of installed packages, and any class that a suite names.

A package offers methods under the entry point group `clirbench.methods`; its code is imported when a
suite names one of them, or when `clirbench methods` lists them. `module:object` names a class that is
not offered so: then the suite file says what is imported, and reading it runs that module. A class
of the running process, as in a notebook, is made known by `register`.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pkgutil import resolve_name
from typing import TYPE_CHECKING, TypeVar, get_args

from clirbench.errors import SuiteError
from clirbench.methods import METHODS
from clirbench.methods.base import ClosedForm, Distillation, Method, Need, Ranking
from clirbench.methods.searcher import Searcher
from clirbench.wording import nearest, show

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "find", "names", "of_this_process", "offered", "register", "strangers"]

GROUP = "clirbench.methods"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_FAMILIES = (Distillation, Ranking, ClosedForm, Searcher)
"""What a stranger can offer."""
_FACTS = ("name", "needs", "reference", "level")
_REGISTERED: dict[str, type[Method]] = {}

_M = TypeVar("_M", bound=type[Method])


def register(kind: _M) -> _M:
    """Make a class known under its `name`, for this process; a decorator, too.

    Suites that are read from here on may name it. One that was registered under the same name before
    is replaced, as when a notebook's cell is run again.

    Raises:
        SuiteError: it is no method; says what it lacks.

    Example:
        >>> import clirbench
        >>> from clirbench.methods.sentence_mse import SentenceMSE
        >>> from clirbench.settings import settings
        >>> @clirbench.register
        ... @settings
        ... class Doubled(SentenceMSE):
        ...     name = "sentence-mse-doubled"
        ...     def loss(self, student, teacher):
        ...         return 2 * super().loss(student, teacher)
        >>> named = {"method.sentence-mse.name": "sentence-mse-doubled"}
        >>> suite = clirbench.suite("suites/quick.toml", set=named)
        >>> suite.methods[3].method
        Doubled()
    """
    found = _checked(lambda: kind, f"class {getattr(kind, '__qualname__', show(kind))}", None)
    _REGISTERED[found.name] = found
    return kind


def offered() -> dict[str, list[EntryPoint]]:
    """The entry points of installed packages, by the names that they give to methods."""
    from importlib.metadata import entry_points

    found: dict[str, list[EntryPoint]] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, _owner(point))):
        found.setdefault(point.name, []).append(point)
    return found


def names() -> tuple[str, ...]:
    """Every name that `find` knows: clirbench's own methods, those registered, those of packages."""
    return tuple(dict.fromkeys((*METHODS, *_REGISTERED, *offered())))


def find(name: str) -> type[Method]:
    """The class of a method.

    Args:
        name: as it stands in a suite file, "optical" or "my_module:MyMethod".

    Raises:
        SuiteError: there is none of that name, or it is no method; names the package or module.
    """
    if name in METHODS:
        return METHODS[name]
    if name in _REGISTERED:
        return _REGISTERED[name]
    if ":" in name:
        return _checked(lambda: resolve_name(name), show(name), None)
    points = offered().get(name, [])
    if not points:
        raise SuiteError(
            f"unknown method {show(name)}{nearest(name, names())}; install the package that "
            "offers it, or write module:object"
        )
    if len(points) > 1:
        owners = " and ".join(map(_owner, points))
        raise SuiteError(
            f"method {show(name)} is offered by several packages: {owners}; uninstall all but one"
        )
    (point,) = points
    where = f"method {show(name)} of {_owner(point)} ({point.value})"
    return _checked(point.load, where, name)


def strangers(methods: Mapping[str, Method]) -> list[str]:
    """Those of some methods, by label, whose code is not clirbench's, each with its class and file."""
    found = {}
    for label, method in methods.items():
        for kind in _kinds(method):
            if kind.__module__.partition(".")[0] != "clirbench":
                file = getattr(sys.modules.get(kind.__module__), "__file__", None)
                where = f", from {file}" if file else ""
                found[kind] = f'method "{label}" is {kind.__module__}:{kind.__qualname__}{where}'
    return list(found.values())


def of_this_process(methods: Iterable[Method]) -> bool:
    """Whether one of some methods was made known by `register`: another process may not know it."""
    return any(kind in _REGISTERED.values() for method in methods for kind in _kinds(method))


def _kinds(method: Method) -> list[type[Method]]:
    """The class of a method, and those of what it is made of: losses of `mixed`, stages of `staged`."""
    found: list[type[Method]] = [type(method)]
    for name in ("parts", "stages"):
        for part in getattr(method, name, ()):
            found += _kinds(part.method)
    return list(dict.fromkeys(found))


def _owner(point: EntryPoint) -> str:
    return f"package {point.dist.name} {point.dist.version}" if point.dist else "a package"


def _checked(load: Callable[[], object], where: str, name: str | None) -> type[Method]:
    """Import a class, and make sure that it is a method before anything is run with it."""
    try:
        found = load()
    except Exception as error:  # a stranger's module may raise anything
        hint = "; is it installed, or on PYTHONPATH?" if isinstance(error, ImportError) else ""
        raise SuiteError(
            f"{where} cannot be imported: {type(error).__name__}: {error}{hint}"
        ) from error
    if not inspect.isclass(found) or not issubclass(found, _FAMILIES):
        bases = " or ".join(f"clirbench.methods.{family.__name__}" for family in _FAMILIES)
        raise SuiteError(f"{where}: expected a subclass of {bases} (got {found!r})")
    if faults := _faults(found, name):
        raise SuiteError(f"{where}: {'; '.join(faults)}")
    return found


def _faults(kind: type[Method], name: str | None) -> list[str]:
    """What a class lacks to be a method."""
    if "__pydantic_fields__" not in vars(kind):
        return [f"class {kind.__name__} is not decorated with @clirbench.settings.settings"]
    faults = []
    if open_ := sorted(getattr(kind, "__abstractmethods__", ())):
        faults.append(f"does not define {', '.join(open_)}")
    faults += [
        f"`{fact}` is missing; it must be a text (ClassVar[str])"
        for fact in (*_FACTS, *(() if issubclass(kind, Searcher) else ("equation",)))
        if not isinstance(getattr(kind, fact, None), str)
    ]
    if not isinstance(needs := kind.requires, frozenset):
        return [*faults, f"`requires` must be a frozenset of needs (got {needs!r})"]
    there = get_args(Need) if issubclass(kind, Searcher) else ("lexicon",)
    if odd := sorted(needs - {*there}):
        faults.append(
            f"`requires` has {show(odd[0])}, which does not exist{nearest(odd[0], there)}"
        )
    if "first" in needs and "first" not in kind.__dataclass_fields__:
        faults.append('requires "first" but has no setting `first` that names the method')
    own = getattr(kind, "name", None)
    if isinstance(own, str) and name is not None and own != name:
        faults.append(f"its `name` is {show(own)}; the two names must be the same")
    if isinstance(own, str) and (own in METHODS or not _NAME.fullmatch(own)):
        faults.append(
            f"`name` must match {_NAME.pattern} and must not be one of clirbench's own (got "
            f"{show(own)})"
        )
    return faults
