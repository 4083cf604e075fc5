"""The `opus` source: any corpus of OPUS, by name, release and language."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from clirbench.data.base import BitextSource, Download, Fetch, SentencePair
from clirbench.data.lines import decode, paired
from clirbench.data.zips import DAMAGE, check_member
from clirbench.errors import DataError
from clirbench.settings import settings

__all__ = ["OPUS"]

_UNREADABLE: tuple[type[Exception], ...] = (OSError, *DAMAGE)


@settings
class OPUS(BitextSource):
    """Sentence pairs in OPUS's Moses form: a zip of two text files, aligned line by line.

    Such as `{ source = "opus", corpus = "WikiMatrix", release = "v1" }`. The files are trusted on
    first use. Languages are OPUS's codes: two letters if possible. English is always one side.
    """

    name: ClassVar[str] = "opus"
    licence: ClassVar[str] = "the corpus's own; see https://opus.nlpl.eu"
    citation: ClassVar[str] = (
        "Tiedemann (2012), Parallel Data, Tools and Interfaces in OPUS, LREC, 2214-2218; and the "
        "corpus's own"
    )

    corpus: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    """Name of the corpus, such as WikiMatrix, CCAligned, bible-uedin, GNOME."""
    release: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    """Release of the corpus, such as v1. OPUS keeps old ones."""

    @classmethod
    def languages(cls) -> None:
        """Any; a corpus that has not this one has no file."""
        return

    def downloads(self, language: str) -> tuple[Download, ...]:
        """The zip file of English and `language`."""
        pair = "-".join(sorted((language, "en")))
        stem = f"https://object.pouta.csc.fi/OPUS-{self.corpus}/{self.release}"
        return (Download(url=f"{stem}/moses/{pair}.txt.zip"),)

    def pairs(self, fetch: Fetch, language: str) -> Iterator[SentencePair]:
        """The pairs in the files' order."""
        yield from read_moses(fetch(self.downloads(language)[0]), language)


def read_moses(path: Path, language: str) -> list[SentencePair]:
    """The pairs of a zip file that has one file for each language, told by the ending of its name.

    Raises:
        DataError: the zip file is damaged, has not just one file a language, they are not UTF-8, or
            their numbers of lines differ.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = [_member(path, archive, code) for code in (language, "en")]
            for name in names:
                check_member(path, archive.getinfo(name))
            texts = [decode(archive.read(name), f"{path}:{name}") for name in names]
    except _UNREADABLE as error:
        raise DataError(f"{path}: cannot be read as a zip file of text ({error})") from error
    foreign, english = ((text, f"{path}:{name}") for text, name in zip(texts, names, strict=True))
    return paired(foreign, english)


def _member(path: Path, archive: zipfile.ZipFile, language: str) -> str:
    names = [name for name in archive.namelist() if name.endswith(f".{language}")]
    if len(names) != 1:
        raise DataError(
            f'{path}: expected one file that ends in ".{language}" inside (got {len(names)} of '
            f"{', '.join(archive.namelist()[:5]) or 'none'})"
        )
    return names[0]
