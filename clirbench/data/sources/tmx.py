"""The `tmx` source: a translation memory of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from clirbench.data.base import JSON, BitextSource, Download, Fetch, SentencePair
from clirbench.data.own import checksum, own_file
from clirbench.data.tmx import read_tmx
from clirbench.errors import DataError
from clirbench.settings import settings

__all__ = ["TMX"]


@settings
class TMX(BitextSource):
    """TMX 1.4, as a plain file or in a zip file, such as `{ source = "tmx", folder = "memories" }`.

    Of a unit, the English and the foreign segment are taken; a unit that lacks either is passed over.
    A code with a region, such as sw-KE, is that of its language.
    """

    name: ClassVar[str] = "tmx"
    licence: ClassVar[str] = "the owner's to say"
    citation: ClassVar[str] = "the user's own files"

    folder: Path
    """Where the files are; in a suite file, a relative path starts from the folder of the suite."""
    file: Annotated[str, Field(min_length=1)] = "en-{language}.tmx"
    """Name of the file; `{language}` stands for the pair's query language."""

    @classmethod
    def languages(cls) -> None:
        """Any; what is missing is told when it is asked for."""
        return

    def downloads(self, language: str) -> tuple[Download, ...]:  # noqa: ARG002
        """None."""
        return ()

    def content(self, language: str) -> JSON:
        """SHA-256 of the file."""
        return checksum(own_file(self.folder, self.file, language))

    def pairs(self, fetch: Fetch, language: str) -> Iterator[SentencePair]:  # noqa: ARG002
        """The pairs in the file's order.

        Raises:
            DataError: the file is missing or malformed, or no unit has both languages.
        """
        path = own_file(self.folder, self.file, language)
        found = False
        for unit in read_tmx(path):
            texts = {code.partition("-")[0].partition("_")[0]: t for code, t in unit.texts.items()}
            if "en" in texts and language in texts:
                found = True
                yield SentencePair(texts[language], texts["en"])
        if not found:
            raise DataError(f'{path}: no unit has both "{language}" and "en"')
