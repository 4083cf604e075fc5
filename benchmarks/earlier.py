"""The package as it was at an earlier commit, beside the one that is here, in one process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TypeVar

__all__ = ["Earlier"]

Result = TypeVar("Result")


class Earlier:
    """A checkout of an earlier commit.

        git worktree add /tmp/before COMMIT
        python -m benchmarks transport --before /tmp/before

    Args:
        folder: where the checkout is.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / "clirbench").is_dir():
            raise SystemExit(f"--before {folder}: no checkout of clirbench is there")
        self.folder = folder.resolve()
        self._modules: dict[str, ModuleType] = {}

    @contextmanager
    def there(self) -> Iterator[None]:
        """Whatever is imported from clirbench meanwhile is the earlier one's."""
        now = _taken_out()
        sys.modules.update(self._modules)
        sys.path.insert(0, str(self.folder))
        try:
            yield
        finally:
            sys.path.remove(str(self.folder))
            self._modules = _taken_out()
            sys.modules.update(now)

    def call(self, made: Callable[[], Callable[[], Result]]) -> Callable[[], Result]:
        """Make a call there, to be called there."""
        with self.there():
            inner = made()

        def call() -> Result:
            with self.there():
                return inner()

        return call


def _taken_out() -> dict[str, ModuleType]:
    """The package's modules, no longer known to the process."""
    names = [name for name in sys.modules if name.partition(".")[0] == "clirbench"]
    return {name: sys.modules.pop(name) for name in names}
