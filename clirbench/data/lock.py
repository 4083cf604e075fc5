"""The lock file beside a suite: what unpinned files and models were when they were first used.

A file whose checksum nobody has published is trusted on first use: its SHA-256 and size are written
down, and from then on it is as pinned as any other. Of a model of a hub, `clirbench data get` writes down
the commit. The file is meant for version control.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import TypeAlias

from clirbench.data.base import Download
from clirbench.data.lines import read_lines
from clirbench.errors import DataError
from clirbench.files import sweep_halves, write_whole
from clirbench.locks import locked

__all__ = ["Lock"]

_HEADER = (
    "# SHA-256, bytes and address of each file that was trusted on first use, and the commit of each model; "
    "keep it beside the suite"
)
_MODEL = re.compile(r"(?P<commit>[0-9a-f]{40}) model (?P<name>[^\s@]+)(?:@(?P<revision>\S+))?")
_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64}) (?P<bytes>0|[1-9][0-9]{0,17}) (?P<url>https://\S+)")
_Pins: TypeAlias = "dict[str, Download]"
_Commits: TypeAlias = "dict[tuple[str, str | None], str]"
"""Hub id and revision, as a suite has them, to the commit."""


class Lock:
    """Checksums of files trusted on first use and commits of models, in a text file of one line each.

    Args:
        path: the file; made when the first entry comes.

    Raises:
        DataError: the file is there and not of that form.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pins, self._commits = _read(path)

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

    def commit(self, name: str, revision: str | None) -> str | None:
        """The revision of a model of a hub: the commit where it is known here; else as it is.

        Args:
            name: the hub id.
            revision: branch, tag or commit; none: the hub's main branch.
        """
        return self._commits.get((name, revision), revision)

    def add_model(self, name: str, revision: str | None, commit: str) -> None:
        """Write down which commit a model of a hub was first taken from.

        Raises:
            DataError: another process has locked another commit meanwhile, or the file cannot be written.
        """

        def change(pins: _Pins, commits: _Commits) -> None:
            del pins
            there = commits.setdefault((name, revision), commit)
            if there != commit:
                raise DataError(
                    f"{self.path}: model {name} was locked at commit {there} during this run, "
                    f"and is now at {commit}; the hub changes, run again"
                )

        self._change(change)

    def add(self, download: Download) -> None:
        """Write down a file that was used for the first time.

        Raises:
            DataError: another process has locked another content meanwhile, or the file cannot be
                written.
        """

        def change(pins: _Pins, commits: _Commits) -> None:
            del commits
            there = pins.setdefault(download.url, download)
            if there != download:
                raise DataError(
                    f"{self.path}: {download.url} was locked with SHA-256 {there.sha256} during "
                    f"this run, and is now {download.sha256}; upstream changes, run again"
                )

        self._change(change)

    def _change(self, change: Callable[[_Pins, _Commits], None]) -> None:
        """Change the file as it is now, while no other process does."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            guard = self.path.with_name(f".{self.path.name}.guard")
            with locked(guard):
                pins, commits = _read(self.path)
                change(pins, commits)
                lines = [f"{d.sha256} {d.bytes} {url}" for url, d in sorted(pins.items())]
                lines += sorted(
                    f"{commit} model {name}" + (f"@{revision}" if revision else "")
                    for (name, revision), commit in commits.items()
                )
                sweep_halves(self.path.parent.glob(".*"), lambda name: name == self.path.name)
                write_whole(self.path, "\n".join([_HEADER, *lines]) + "\n")
                self._pins, self._commits = pins, commits
        except OSError as error:
            raise DataError(
                f"{self.path}: cannot be written ({error.strerror or error})"
            ) from error


def _read(path: Path) -> tuple[_Pins, _Commits]:
    pins: _Pins = {}
    commits: _Commits = {}
    for number, line in enumerate(read_lines(path) if path.exists() else (), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if model := _MODEL.fullmatch(line.strip()):
            key = model["name"], model["revision"]
            if key in commits:
                raise DataError(f"{path}:{number}: duplicate model {key[0]}")
            commits[key] = model["commit"]
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None:
            raise DataError(
                f"{path}:{number}: expected SHA256 BYTES URL, or COMMIT model NAME (got {line[:80]!r})"
            )
        url = found["url"]
        if url in pins:
            raise DataError(f"{path}:{number}: duplicate {url}")
        pins[url] = Download(url=url, sha256=found["sha256"], bytes=int(found["bytes"]))
    return pins, commits
