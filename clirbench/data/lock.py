"""The lock file beside a suite: what unpinned files were when they were first used.

A file whose checksum nobody has published is trusted on first use: its SHA-256 and size are written
down, and from then on it is as pinned as any other. The file is meant for version control.
"""

from __future__ import annotations

import re
from copy import copy
from pathlib import Path

from clirbench.data.base import Download
from clirbench.data.lines import read_lines
from clirbench.errors import DataError
from clirbench.files import sweep_halves, write_whole
from clirbench.locks import locked

__all__ = ["Lock"]

_HEADER = "# SHA-256, bytes and address of each file that was trusted on first use; keep it beside the suite"
_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64}) (?P<bytes>0|[1-9][0-9]{0,17}) (?P<url>https://\S+)")


class Lock:
    """Checksums of files trusted on first use, in a text file of one line each.

    Args:
        path: the file; made when the first entry comes.

    Raises:
        DataError: the file is there and not of that form.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pins = _read(path)

    @classmethod
    def beside(cls, suite: Path) -> Lock:
        """The lock of a suite file: `suite.toml` has `suite.lock`."""
        return cls(suite.with_suffix(".lock"))

    def absolute(self) -> Lock:
        """The same with an absolute path, for a process that works in another folder."""
        found = copy(self)
        found.path = self.path.absolute()
        return found

    def pin(self, download: Download) -> Download:
        """The download with size and checksum, where it has its own or is known here; else as it is."""
        if download.sha256 is not None:
            return download
        return self._pins.get(download.url, download)

    def add(self, download: Download) -> None:
        """Write down a file that was used for the first time.

        Raises:
            DataError: another process has locked another content meanwhile, or the file cannot be
                written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            guard = self.path.with_name(f".{self.path.name}.guard")
            with locked(guard):
                pins = _read(self.path)
                there = pins.setdefault(download.url, download)
                if there != download:
                    raise DataError(
                        f"{self.path}: {download.url} was locked with SHA-256 {there.sha256} "
                        f"meanwhile, and is now {download.sha256}; upstream changes, run again"
                    )
                lines = [f"{d.sha256} {d.bytes} {url}" for url, d in sorted(pins.items())]
                sweep_halves(self.path.parent.glob(".*"), lambda name: name == self.path.name)
                write_whole(self.path, "\n".join([_HEADER, *lines]) + "\n")
                self._pins = pins
        except OSError as error:
            raise DataError(
                f"{self.path}: cannot be written ({error.strerror or error})"
            ) from error


def _read(path: Path) -> dict[str, Download]:
    pins: dict[str, Download] = {}
    for number, line in enumerate(read_lines(path) if path.exists() else (), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None:
            raise DataError(f"{path}:{number}: expected SHA256 BYTES URL (got {line[:80]!r})")
        url = found["url"]
        if url in pins:
            raise DataError(f"{path}:{number}: {url} stands twice")
        pins[url] = Download(url=url, sha256=found["sha256"], bytes=int(found["bytes"]))
    return pins
