"""Fetching files: from a mirror or the network, whole, checked, and once."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedRandom, BufferedReader
from pathlib import Path

from clirbench.data.base import Download
from clirbench.data.lock import Lock
from clirbench.data.mirror import open_mirrored, place
from clirbench.data.own import Mark, checksum, mark_of
from clirbench.data.transfer import PIECE, Progress, append, resume
from clirbench.errors import DataError
from clirbench.locks import locked

__all__ = ["Cache", "Progress", "default_folder", "default_mirror", "fetched", "verify"]

_SHA256 = re.compile(r"[0-9a-f]{64}")


def default_folder() -> Path:
    """`CLIRBENCH_CACHE`, else the platform's folder for caches."""
    if folder := os.environ.get("CLIRBENCH_CACHE"):
        return Path(folder).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("clirbench", appauthor=False)


def default_mirror() -> Path | None:
    """`CLIRBENCH_MIRROR`, if it is set."""
    mirror = os.environ.get("CLIRBENCH_MIRROR")
    return Path(mirror) if mirror else None


def fetched(folder: Path) -> Iterator[Path]:
    """Every file that a cache in `folder` has, in the order of their paths."""
    for record in sorted((folder / "downloads").rglob("*.sha256")):
        path = record.with_suffix("")
        if path.is_file():
            yield path


def verify(path: Path, download: Download | None = None) -> list[str]:
    """Recompute the checksum of a cached file; gives what is wrong, if anything is.

    Args:
        path: of the file.
        download: what it should be; none: what was recorded when it was fetched.
    """
    try:
        recorded, size = _recorded(path)
        expected = (recorded, size)
        if download is not None:
            expected = (
                download.sha256 or recorded,
                size if download.bytes is None else download.bytes,
            )
        with path.open("rb") as file:
            got = _digest(file), path.stat().st_size
    except (OSError, ValueError) as error:
        return [f"{path}: cannot be verified ({error})"]
    if got == expected:
        return []
    wanted, came = (f"{size} bytes with SHA-256 {digest}" for digest, size in (expected, got))
    return [f"{path}: failed the checksum: expected {wanted} (got {came})"]


class Cache:
    """A `Fetch` that keeps files under `folder`/downloads/host/path.

    A file stands under its own name only when it has been checked; beside it stands the record of
    what was checked, so that it is not hashed again. What a broken transfer left is in a `.part`
    file, from which the next attempt, or the next run, goes on. Processes that want the same file
    wait for one another.

    Args:
        folder: the cache; made when the first file comes.
        mirror: a folder or a zip file, laid out as host/path, that is asked instead of the network.
        progress: told how far a transfer is.
        lock: knows the files that are trusted on first use; without it, unpinned files are refused.
        attempts: how often a connection may fail without a byte more before it is given up.
        pause: seconds before the second attempt; doubled before each one after it.
    """

    def __init__(
        self,
        folder: Path,
        mirror: Path | None = None,
        progress: Progress | None = None,
        *,
        lock: Lock | None = None,
        attempts: int = 5,
        pause: float = 0.5,
    ) -> None:
        self.folder = folder
        self.mirror = mirror
        self._lock = lock
        self._progress = progress or _silent
        self._attempts = attempts
        self._pause = pause

    def __call__(self, download: Download) -> Path:
        """The local path of the file, complete and with the right checksum.

        Raises:
            DataError: the address may not be fetched, the file cannot be had, or it is another one
                than the pinned or locked one; then nothing of it is kept.
        """
        if self._lock is not None:
            download = self._lock.pin(download)
        target = self.path(download)
        try:
            if self._checked(download, target):
                return target
            target.parent.mkdir(parents=True, exist_ok=True)
            with locked(_beside(target, ".lock")) as lock:
                if not self._checked(download, target):  # another process may have got it meanwhile
                    self._get(download, target, shared=lock.sure)
        except OSError as error:
            raise DataError(
                f"{target}: cannot be written or read ({error.strerror or error}); set "
                "CLIRBENCH_CACHE to a folder with free space"
            ) from error
        return target

    def has(self, download: Download) -> bool:
        """Whether the file is here, or in the mirror; its bytes are looked at when it is used."""
        known = self._lock.pin(download) if self._lock is not None else download
        with suppress(OSError):
            size = self.path(known).stat().st_size
            if known.bytes is None or size == known.bytes:
                return True
        if self.mirror is None:
            return False
        try:
            with open_mirrored(self.mirror, download.url):
                return True
        except DataError:
            return False

    def path(self, download: Download) -> Path:
        """Where the file is or will be.

        Raises:
            DataError: neither https nor http, or no SHA-256 to check it by, where it is http or
                there is no lock file.
        """
        scheme = download.url.partition(":")[0].lower()
        if scheme not in {"https", "http"}:
            raise DataError(f"{download.url}: only https and http can be fetched (got {scheme})")
        if download.sha256 is None and self._lock is not None and scheme == "http":
            raise DataError(
                f"{download.url}: plain http is allowed only for files with a pinned SHA-256"
            )
        trusted = download.sha256 is None and self._lock is not None
        if not trusted and not _SHA256.fullmatch(download.sha256 or ""):
            raise DataError(
                f"{download.url}: not pinned; expected the file's SHA-256, 64 hexadecimal digits "
                f"in lower case (got {download.sha256!r})"
            )
        return self.folder / "downloads" / place(download.url)

    def _checked(self, download: Download, target: Path) -> bool:
        """Whether the file is there and right, by its record, else by its bytes.

        A file that is not pinned yet is taken as it lies here and pinned, where it was checked once.
        """
        if download.sha256 is None:
            return self._known(download, target)
        try:
            mark = mark_of(target)
        except FileNotFoundError:
            return False
        if mark.size != download.bytes:
            return False
        with suppress(OSError, ValueError):
            if _beside(target, ".sha256").read_text("utf-8") == _stamp(download, mark):
                return True
        if checksum(target) != download.sha256:
            return False
        _record(download, target, mark)
        return True

    def _known(self, download: Download, target: Path) -> bool:
        """Pin a file that another suite's lock has let in; False where there is none."""
        with suppress(OSError, ValueError):
            sha256, size = _recorded(target)
            known = Download(url=download.url, sha256=sha256, bytes=size)
            if self._checked(known, target):
                self._trust(known)
                return True
        return False

    def _trust(self, download: Download) -> None:
        if self._lock is not None:
            self._lock.add(download)

    def _get(self, download: Download, target: Path, *, shared: bool) -> None:
        """Bring the whole file, check or pin it, and give it its name.

        Without locks (`shared` is False) each process has a part of its own, from which nobody goes on.
        """
        own = f"{os.getpid()}-{time.monotonic_ns()}"
        mark = (download.sha256 or "new")[:12] if shared else own
        path = _beside(target, f".{mark}.part")
        try:
            with path.open("a+b") as part:
                if download.sha256 is None:
                    part.truncate(0)  # nothing tells what an earlier run left from a part of this
                    self._transfer(download, part)
                    size = part.seek(0, os.SEEK_END)
                    part.seek(0)
                    download = Download(url=download.url, sha256=_digest(part), bytes=size)
                    self._trust(download)
                else:
                    self._bring(download, part)
                os.fsync(part.fileno())
            if not shared and self._checked(download, target):
                return  # another process was first, and may be reading it
            path.replace(target)
            _record(download, target, mark_of(target))
        finally:
            if not shared or (path.exists() and not path.stat().st_size):
                path.unlink(missing_ok=True)

    def _bring(self, download: Download, part: BufferedRandom) -> None:
        resumed = self.mirror is None and part.seek(0, os.SEEK_END) > 0
        self._transfer(download, part)
        size = part.seek(0, os.SEEK_END)
        part.seek(0)
        digest = _digest(part)
        if size == download.bytes and digest == download.sha256:
            return
        part.truncate(0)
        if resumed:  # what an earlier run left may be to blame
            self._bring(download, part)
            return
        where = f" in the mirror {self.mirror}" if self.mirror else ""
        expected = download.bytes or 0
        got = f"{size} bytes" if size <= expected else f"over {expected} bytes"
        raise DataError(
            f"{download.url}{where}: failed the checksum: expected {expected} bytes with SHA-256 "
            f"{download.sha256}{self._by(download)} (got {got} with {digest})"
        )

    def _by(self, download: Download) -> str:
        """Say that a pin is the lock's."""
        if self._lock is None or self._lock.pin(Download(url=download.url)) != download:
            return ""
        return f", as in {self._lock.path}; if the change upstream is right, delete its line there"

    def _transfer(self, download: Download, part: BufferedRandom) -> None:
        """Append what is missing, from the mirror or the network."""
        if self.mirror is None:
            resume(download, part, self._progress, attempts=self._attempts, pause=self._pause)
        else:
            with open_mirrored(self.mirror, download.url) as source:
                part.truncate(0)
                append(download, iter(lambda: source.read(PIECE), b""), part, self._progress)


def _silent(url: str, done: int, total: int) -> None:
    """No progress is shown."""


def _beside(target: Path, ending: str) -> Path:
    return target.with_name(target.name + ending)


def _digest(file: BufferedReader | BufferedRandom) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()


def _recorded(target: Path) -> tuple[str, int]:
    """SHA-256 and size of a file by the record beside it."""
    sha256, size, *_ = _beside(target, ".sha256").read_text("utf-8").split()
    return sha256, int(size)


def _stamp(download: Download, mark: Mark) -> str:
    """What the record beside a file says while nobody has written to the file since."""
    return f"{download.sha256} {mark.size} {mark.written} {mark.changed}\n"


def _record(download: Download, target: Path, mark: Mark) -> None:
    record = _beside(target, ".sha256")
    own = _beside(record, f".{os.getpid()}-{time.monotonic_ns()}")
    with suppress(OSError):  # in a read-only cache, files are hashed each time
        own.write_text(_stamp(download, mark), "utf-8")
        own.replace(record)
