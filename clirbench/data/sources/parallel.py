"""The `parallel` source: two text files of one's own whose lines translate each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from clirbench.data.base import HEAD, JSON, BitextSource, Download, Fetch, SentencePair
from clirbench.data.lines import parallel
from clirbench.data.own import checksum, own_file
from clirbench.data.tables import check_all, filled_lines
from clirbench.settings import settings

__all__ = ["Parallel"]

_Name = Annotated[str, Field(min_length=1)]


@settings
class Parallel(BitextSource):
    """Two text files, aligned line by line: the foreign side and the English side.

    Such as `{ source = "parallel", folder = "xor", foreign = "{language}.txt", english = "en.txt"
    }`.
    """

    name: ClassVar[str] = "parallel"
    licence: ClassVar[str] = "the owner's to say"
    citation: ClassVar[str] = "the user's own files"

    folder: Path
    """Folder of the files; in a suite file, relative to the suite's folder."""
    foreign: _Name
    """Name of the foreign file; `{language}` stands for the pair's query language."""
    english: _Name
    """Name of the English file. It must have as many lines."""

    @classmethod
    def languages(cls) -> None:
        """Any; what is missing is told when it is asked for."""
        return

    def downloads(self, language: str) -> tuple[Download, ...]:  # noqa: ARG002
        """None."""
        return ()

    def content(self, language: str) -> JSON:
        """SHA-256 of both files."""
        return [checksum(path) for path in self._files(language)]

    def pairs(self, fetch: Fetch, language: str) -> Iterator[SentencePair]:  # noqa: ARG002
        """The pairs in the files' order."""
        yield from parallel(*self._files(language))

    def glance(self, language: str) -> None:
        """Read the heads of both files."""
        check_all(
            (lambda path: list(filled_lines(path, HEAD)), path) for path in self._files(language)
        )

    def _files(self, language: str) -> tuple[Path, Path]:
        return (
            own_file(self.folder, self.foreign, language),
            own_file(self.folder, self.english, language),
        )
