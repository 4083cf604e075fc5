"""Locks on files that go with the process that holds them, however that ends.

They are the kernel's (`flock`): a process number and a host name are no identity, since two containers
may share both. On a network file system they hold between machines where it passes locks on, as NFS
does; one that has none gives every lock at once, and `held` then cannot tell.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["FileLock", "locked", "try_lock"]

_PAUSE = 0.05
"""Seconds between two attempts."""
_NONE = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL}
"""What a file system without locks says."""
_OWN: set[str] = set()
"""Locked by this process, which NFS does not keep from taking the same lock twice."""


class FileLock:
    """A lock that this process holds; its file is there as long as it is held."""

    def __init__(self, path: Path, descriptor: int, *, sure: bool) -> None:
        self.path = path
        self.descriptor = descriptor
        self.sure = sure
        """Whether the file system has locks: else another process may believe it has this one, too."""
        _OWN.add(str(path))

    def release(self) -> None:
        """Give the lock up."""
        self.path.unlink(missing_ok=True)
        os.close(self.descriptor)
        _OWN.discard(str(self.path))


def try_lock(path: Path) -> FileLock | None:
    """Lock a file, which is created if need be; None if another holds it.

    Raises:
        OSError: the file cannot be written.
    """
    while str(path) not in _OWN:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        sure = fcntl is not None
        try:
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError as error:
            sure = False
            if error.errno not in _NONE:
                os.close(descriptor)
                raise
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return FileLock(path, descriptor, sure=sure)
        os.close(descriptor)  # who had it before has removed the file
    return None


@contextmanager
def locked(path: Path, waits: Callable[[], object] | None = None) -> Iterator[FileLock]:
    """Hold a lock, once whoever has it has given it up.

    Args:
        path: of its file.
        waits: called before each further attempt.

    Raises:
        OSError: the file cannot be written.
    """
    while (lock := try_lock(path)) is None:
        if waits is not None:
            waits()
        time.sleep(_PAUSE)
    try:
        yield lock
    finally:
        lock.release()
