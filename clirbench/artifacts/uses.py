"""What the runs that are at work use of a store: marks that go with their processes.

`.uses/` in the store has a file for each run, locked as long as the run lives, with the identities of
what it may use; a line that begins with `-` says that it needs one no more. Whoever deletes from the
store holds `.uses/guard` while it reads the marks and deletes; whoever begins to use it holds that
while it sets its marks, and only then looks at what is there.
"""

from __future__ import annotations

import errno
import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from clirbench.errors import StoreError
from clirbench.locks import FileLock, locked, try_lock

__all__ = ["Use"]

_FOLDER = ".uses"
_GUARD = "guard"
_DAY = 86400.0
_NOT_OURS = {errno.EROFS, errno.EACCES, errno.EPERM}
"""Who may not write to a store deletes nothing there, and sets no marks."""


class Use:
    """What this process uses of a store, and what others do.

    Args:
        store: the store.
    """

    def __init__(self, store: Path) -> None:
        self._store = store
        self._lock: FileLock | None = None

    @contextmanager
    def begun(self, identities: Iterable[str]) -> Iterator[None]:
        """Mark artifacts as in use, whether they are there or not, until this or its process ends.

        Raises:
            StoreError: the store cannot be written to.
        """
        with self._guarded() as ours:
            if ours:
                self._others()  # which removes what killed runs left
                self._lock = try_lock(self._store / _FOLDER / uuid.uuid4().hex)
                self._write(identities)
        try:
            yield
        finally:
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    def add(self, identities: Iterable[str]) -> None:
        """Mark further artifacts, before looking whether they are there."""
        with self._guarded():
            self._write(identities)

    def end(
        self, identities: Iterable[str], delete: Callable[[str], None] | None = None
    ) -> list[str]:
        """Say that this run needs artifacts no more.

        Args:
            identities: of the artifacts.
            delete: called for each that no other run uses.

        Returns:
            Those that other runs use.
        """
        ended = list(identities)
        if not ended:
            return []
        with self._guarded() as ours:
            self._write(f"-{identity}" for identity in ended)
            others = self._others() if ours and delete is not None else set()
            if ours and delete is not None:
                for identity in ended:
                    if identity not in others:
                        delete(identity)
            return [identity for identity in ended if identity in others]

    def _write(self, lines: Iterable[str]) -> None:
        # By the lock's own descriptor: closing another one would give up the lock on NFS.
        if self._lock is not None:
            text = "".join(f"{line}\n" for line in lines).encode()
            while text:
                text = text[os.write(self._lock.descriptor, text) :]

    def _others(self) -> set[str]:
        """What other living runs use."""
        found: set[str] = set()
        for path in (self._store / _FOLDER).iterdir():
            if path.name == _GUARD or (self._lock is not None and path == self._lock.path):
                continue
            held = try_lock(path)
            with suppress(FileNotFoundError):  # its run ends just now
                if held is None or (not held.sure and time.time() - path.stat().st_mtime < _DAY):
                    found |= _marked(path)
            if held is not None:
                held.release()
        return found

    @contextmanager
    def _guarded(self) -> Iterator[bool]:
        """Let no other process change marks or delete meanwhile; tells whether the store is ours to write."""
        folder, ours = self._store / _FOLDER, True
        with ExitStack() as stack:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(locked(folder / _GUARD))
            except OSError as error:
                if error.errno not in _NOT_OURS:
                    reason = f"{self._store}: cannot be written: {error.strerror}"
                    raise StoreError(reason) from error
                ours = False
            yield ours


def _marked(path: Path) -> set[str]:
    found: set[str] = set()
    for line in path.read_text(encoding="ascii").splitlines():
        if line.startswith("-"):
            found.discard(line[1:])
        else:
            found.add(line)
    return found
