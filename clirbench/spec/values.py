"""The values of a suite file as they are given, with the places to blame and to start paths from."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clirbench.spec.problems import Problems
from clirbench.spec.sections import REQUIRED
from clirbench.spec.toml import Key
from clirbench.wording import show

__all__ = ["FileValues"]

_LONGEST = 255
"""Bytes of a file's name on the file systems of today; asking for a longer one raises."""


class FileValues:
    """What the readers of the sections share.

    Args:
        values: of the file, overrides included.
        problems: where errors are noted.
        base: gives the folder that a path at a key starts from.
    """

    def __init__(
        self, values: dict[str, Any], problems: Problems, base: Callable[[Key], Path]
    ) -> None:
        self.values = values
        self.problems = problems
        self._base = base

    def section(self, name: str, kind: type[Any]) -> Any:  # noqa: ANN401 - an instance of `kind`
        """A section that is one table; none where it is wrong, or missing though required."""
        if name not in self.values and name in REQUIRED:
            return None
        return self.problems.check(kind, self.values.get(name, {}), (name,))

    def items(self, name: str) -> list[tuple[Key, Any]]:
        """The tables of a section that is an array, each with its key."""
        items = self.values.get(name, [])
        if not isinstance(items, list) or (name in self.values and not items):
            self.problems.add(
                (name,), f"expected tables, each under a heading [[{name}]] (got {show(items)})"
            )
            return []
        return [((name, index), item) for index, item in enumerate(items)]

    def path(self, path: Path | str, at: Key) -> Path:
        """A path by its name from here."""
        self._check_length(path, at)
        # Not Path.expanduser, which raises where there is no such user.
        return self._base(at) / os.path.expanduser(path)  # noqa: PTH111

    def folder(self, folder: Path | str, at: Key) -> Path:
        """A folder by its name from here; it must be there."""
        found = self.path(folder, at)
        if not _is_folder(found):
            self.problems.add(at, f'no folder "{found}"')
        return found

    def model(self, name: str, at: Key) -> str:
        """A model that is a folder, by its path from here; a hub id as it is."""
        self._check_length(name, at)
        local = name.startswith((".", "/", "~")) or name.count("/") > 1
        if local and "{" in name:  # a folder for each pair
            return str(self.path(name, at))
        return str(self.folder(name, at)) if local or _is_folder(self._base(at) / name) else name

    def _check_length(self, path: Path | str, at: Key) -> None:
        longest = max(len(part.encode()) for part in str(path).split("/"))
        if longest > _LONGEST:
            self.problems.add(
                at,
                f"a name of {longest:,} bytes is too long; file names have at most {_LONGEST} "
                f"bytes (got {show(str(path))})",
            )


def _is_folder(path: Path) -> bool:
    """Whether a folder is there; unlike Path.is_dir, no for what cannot be a name."""
    return os.path.isdir(path)  # noqa: PTH112
