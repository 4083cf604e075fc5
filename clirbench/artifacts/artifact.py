"""Artifacts: folders that are either whole or not there.

A folder is filled under a temporary name, its files are synced, its record is written last, and it
is renamed into place. It is done when its record says so, and sound when its files have the sizes
and checksums of the record.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from clirbench.artifacts.meter import Cost
from clirbench.artifacts.record import RECORD, Before, Record, read_record, write_record
from clirbench.data.base import JSON
from clirbench.errors import StoreError
from clirbench.files import sha256
from clirbench.locks import locked, try_lock
from clirbench.wording import show

__all__ = ["Commit", "alone", "damage", "filling", "remove", "sweep"]

_TEMPORARY = ".tmp"
_OLD = "-old"
_LOCK = ".lock"
_DAY = 86400.0
_OS_ERROR = re.compile(r"os error (\d+)")
_TAKEN = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}
_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}


def damage(
    folder: Path, record: Record, *, checksums: bool, optional: Collection[str] = ()
) -> str | None:
    """Say what is wrong with the files of an artifact; None if nothing is.

    Args:
        folder: where it lies.
        record: its record.
        checksums: compare contents too, not only sizes.
        optional: files that may be missing; there, they must be right.
    """
    for name, expected in record.files.items():
        path = folder / name
        if not _own(path, folder):
            return f"{folder / RECORD}: names {show(name)}, which is not a file of this folder"
        if name in optional and not path.exists():
            continue
        try:
            size = path.stat().st_size
            if size != expected["bytes"]:
                return f"{path}: {size} bytes, recorded {expected['bytes']}"
            if checksums and (got := sha256(path)) != expected["sha256"]:
                return f"{path}: sha256 {got[:12]}…, recorded {str(expected['sha256'])[:12]}…"
        except OSError as error:
            return f"{path}: {error.strerror}"
    return None


def _own(path: Path, folder: Path) -> bool:
    """Whether a file of a record lies in its folder, whatever its name says and its links lead to."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # links that go round, names that cannot be
        return False


class Commit(Protocol):
    """Makes a filled folder the artifact."""

    def __call__(self, cost: Cost, *, replace: bool = False) -> None:
        """Write the record, and rename the folder into place."""


@contextmanager
def filling(
    folder: Path,
    *,
    kind: str,
    identity: str,
    title: str,
    settings: JSON,
    before: Mapping[str, Before] | None = None,
    made_with: Sequence[Mapping[str, JSON]] = (),
) -> Iterator[tuple[Path, Commit]]:
    """Give a temporary folder to be filled, and a function that makes it the artifact.

    If that function is not called, or anything is raised, nothing stays behind. It takes the cost,
    and whether a sound artifact of the same identity, made by another process, is to be replaced.

    Raises:
        StoreError: the disk is full or cannot be written to.
    """

    def commit(cost: Cost, *, replace: bool = False) -> None:
        record = Record(
            kind=kind,
            identity=identity,
            title=title,
            settings=settings,
            files=_inventory(temporary),
            cost=cost,
            before=before or {},
            made_with=list(made_with),
            made=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        write_record(temporary, record)
        _sync(temporary / RECORD)
        _sync(temporary)
        there = None if replace else read_record(folder)
        if there and there.identity == identity and not damage(folder, there, checksums=False):
            return  # another process was first, and may be reading what it made
        _replace(temporary, folder)
        _sync(folder.parent)

    with _temporary(folder) as temporary:
        try:
            temporary.mkdir()
            yield temporary, commit
        except OSError as error:
            name = error.filename2 or error.filename  # of two the second is the one that is written
            elsewhere = isinstance(name, str) and not Path(name).is_relative_to(folder.parent)
            if error.errno not in _UNWRITABLE or elsewhere:
                raise
            raise _unwritable(folder, str(error.strerror)) from error
        except Exception as error:
            # safetensors writes by itself, and says so in its own words.
            code = _OS_ERROR.search(str(error))
            if code is None or type(error).__name__ != "SafetensorError":
                raise
            raise _unwritable(folder, os.strerror(int(code[1]))) from error


@contextmanager
def alone(folder: Path, waits: Callable[[], None] | None = None) -> Iterator[None]:
    """Keep other processes from making the same artifact, once none is at it.

    Args:
        folder: of the artifact.
        waits: called now and then while another process is at it.

    Raises:
        StoreError: the folder cannot be written to.
    """
    with _locked(folder.with_name(f".{folder.name}{_LOCK}"), folder, waits):
        yield


@contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    """Give a folder to fill, beside the one that it will become; it is locked, and gone at the end."""
    path = folder.parent / f"{_TEMPORARY}-{uuid.uuid4().hex[:12]}"
    with _locked(_lock_of(path), folder):
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _locked(lock: Path, folder: Path, waits: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold a lock that lies beside an artifact."""
    with ExitStack() as stack:
        try:
            if not lock.parent.exists():
                lock.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(lock, waits))
        except OSError as error:
            raise _unwritable(folder, str(error.strerror)) from error
        yield


def _unwritable(folder: Path, reason: str) -> StoreError:
    return StoreError(
        f"{folder}: cannot be written: {reason}; finished work is kept: free some space, then "
        "run the same command to resume"
    )


def remove(folder: Path) -> None:
    """Delete an artifact: its record first, so that a half-deleted one is not taken for done."""
    (folder / RECORD).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def sweep(root: Path) -> None:
    """Delete what killed processes left half-made under a folder: what nobody holds the lock of.

    Where the file system has no locks, or an earlier version of clirbench left it, it is taken for left
    when nothing was written there for a day.
    """
    left: defaultdict[Path, list[Path]] = defaultdict(list)
    for place, folders, files in os.walk(root):  # in which others make and delete folders meanwhile
        for name in [*folders, *files]:
            if name.startswith(f"{_TEMPORARY}-"):
                left[_lock_of(Path(place, name))].append(Path(place, name))
            elif name.startswith(".") and name.endswith(_LOCK):  # of whoever was making an artifact
                left[Path(place, name)].append(Path(place, name))
        folders[:] = [name for name in folders if not name.startswith(_TEMPORARY)]
    for lock, paths in left.items():
        with suppress(OSError):  # of another user
            held = try_lock(lock) if lock in paths else None
            unheld = lock not in paths or (held is not None and not held.sure)
            for path in paths:
                if _idle(path) > _DAY if unheld else held:
                    shutil.rmtree(path, ignore_errors=True)
            if held:
                held.release()


def _lock_of(temporary: Path) -> Path:
    """The lock of a folder that is being filled, of what it replaces, or itself."""
    name = temporary.name.removesuffix(_LOCK).removesuffix(_OLD)
    return temporary.with_name(name + _LOCK)


def _idle(folder: Path) -> float:
    """Seconds since anything in a folder was written to."""
    try:
        latest = max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
    except OSError:  # it is being renamed or deleted just now
        return 0.0
    return time.time() - latest


def _inventory(folder: Path) -> dict[str, dict[str, int | str]]:
    files: dict[str, dict[str, int | str]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            _sync(path)
            name = path.relative_to(folder).as_posix()
            files[name] = {"bytes": path.stat().st_size, "sha256": sha256(path)}
    return files


def _replace(source: Path, target: Path) -> None:
    """Rename a folder to a name that may be taken, as by a damaged one, and taken again meanwhile."""
    old = source.with_name(source.name + _OLD)
    while True:
        try:
            source.rename(target)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
        else:
            return
        with suppress(FileNotFoundError):
            target.rename(old)
        shutil.rmtree(old, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
