"""Sees to it that files stay as they are while a stage reads them: the user's, and downloads.

A stage is identified by what its files were when the suite was planned. If one of them is written to
meanwhile, what the stage makes would lie in the store under an identity that is not its own, for ever.
"""

from __future__ import annotations

from pathlib import Path

from clirbench.data.base import Download, Fetch
from clirbench.data.own import Mark, mark_of, seen_files
from clirbench.errors import DataError
from clirbench.running.stage import Stage
from clirbench.spec.identity import canonical_json

__all__ = ["Untouched", "Watched"]

_AGAIN = "nothing made from it is kept; run the same command again to use the file as it is now"


class Untouched:
    """The user's files that a stage reads, as they are when it begins.

    Args:
        stage: about to be made.

    Raises:
        DataError: they are not as they were when the suite was planned.
        SuiteError: a model's folder is no longer whole.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._marks = self._look()

    def check(self) -> None:
        """Look again, before anything that was made of the files is kept.

        A file that was changed and changed back counts as changed: what was read in between is not known.

        Raises:
            DataError: one of them was written to since the stage began, or is gone.
            SuiteError: a model's folder is no longer whole.
        """
        now = self._look()
        paths = sorted({*now, *self._marks})
        if other := next((p for p in paths if now.get(p) != self._marks.get(p)), None):
            raise DataError(f"{other}: changed while {self._stage} read it; {_AGAIN}")

    def _look(self) -> dict[Path, Mark]:
        with seen_files() as found:
            now = [canonical_json(stage.as_now().settings()) for stage in self._stage.inside]
        if now != [canonical_json(stage.settings()) for stage in self._stage.inside]:
            latest = max(found, key=lambda path: found[path].changed, default=None)
            where = latest or f"a file or folder that {self._stage} reads"
            raise DataError(f"{where}: changed since the run began; {_AGAIN}")
        return found


class Watched:
    """A `Fetch` that knows again what it gave: a download that is edited before it is read is noticed.

    Args:
        fetch: gives downloads, whole and checked.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._marks: dict[Path, Mark | None] = {}

    def __call__(self, download: Download) -> Path:
        """The local path of a download.

        Raises:
            DataError: as of the `Fetch` inside.
        """
        path = self._fetch(download)
        if path not in self._marks:
            self._marks[path] = _mark(path)
            self._fetch(download)  # checked once more: what has this mark is what was checked
        return path

    def check(self, reader: str) -> None:
        """Look again at all that was given, before anything that was made of it is kept.

        Args:
            reader: who read it.

        Raises:
            DataError: a file was written to since it was given, or is gone.
        """
        for path, mark in self._marks.items():
            if _mark(path) != mark:
                raise DataError(
                    f"{path}: changed while {reader} read it; nothing made from it is kept; run "
                    "the same command again to check the file and download it again if needed"
                )


def _mark(path: Path) -> Mark | None:
    """The mark of a file; None: it is gone."""
    try:
        return mark_of(path)
    except OSError:
        return None
