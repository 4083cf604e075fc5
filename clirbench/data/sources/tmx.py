"""The `tmx` source: a translation memory of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar, NamedTuple

from pydantic import Field

from clirbench.data.base import JSON, BitextSource, Download, Fetch, SentencePair
from clirbench.data.languages import family, standard
from clirbench.data.own import checksum, own_file
from clirbench.data.tmx import Unit, read_tmx
from clirbench.errors import DataError
from clirbench.settings import settings

__all__ = ["TMX"]


@settings
class TMX(BitextSource):
    """TMX 1.4, plain, .gz or in a zip file, such as `{ source = "tmx", folder = "memories" }`.

    The English and the foreign segment of each unit are taken; a unit that lacks either is skipped.
    A code with a region (sw-KE), or of three letters (swa), counts as its language. Of several
    texts in one language, the one under the plain code is taken, else the first. Markup (bpt, ept,
    it, ph, ut) is not text.
    """

    name: ClassVar[str] = "tmx"
    version: ClassVar[int] = 2
    licence: ClassVar[str] = "the owner's to say"
    citation: ClassVar[str] = "the user's own files"

    folder: Path
    """Folder of the files; in a suite file, relative to the suite's folder."""
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
            foreign, english = (_texts(unit, code) for code in (language, "en"))
            if foreign and english:
                found = True
                yield SentencePair(foreign[0].text, english[0].text)
        if not found:
            raise DataError(f'{path}: no unit has both "{language}" and "en"')

    def notes(self, fetch: Fetch, language: str) -> tuple[str, ...]:  # noqa: ARG002
        """How many units have a side in several variants, and in which."""
        units = [
            {code: _texts(unit, code) for code in (language, "en")}
            for unit in read_tmx(own_file(self.folder, self.file, language))
        ]
        notes = []
        for code in (language, "en"):
            several = [own[code] for own in units if all(own.values()) and len(own[code]) > 1]
            if several:
                names = sorted({variant.code for own in several for variant in own})
                notes.append(
                    f"units with several texts in {code}, as {', '.join(names)}: "
                    f"{len(several):,}; the one under {code} is taken, else the first"
                )
        return tuple(notes)


class _Variant(NamedTuple):
    code: str
    text: str


def _texts(unit: Unit, language: str) -> list[_Variant]:
    """A unit's texts in a language, by whatever code, the likeliest first."""
    own = [_Variant(code, text) for code, text in unit.texts.items()]
    same = [each for each in own if family(standard(each.code)) == family(language)]
    return sorted(same, key=lambda each: standard(each.code) != language)
