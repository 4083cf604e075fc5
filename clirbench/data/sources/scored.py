"""The `scored` source: mined sentence pairs with a score, as NLLB and CCMatrix have them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from clirbench.data.base import HEAD, JSON, BitextSource, Download, Fetch, SentencePair
from clirbench.data.own import checksum, own_file
from clirbench.data.tables import each_line, filled_lines
from clirbench.errors import DataError
from clirbench.settings import settings

__all__ = ["Scored"]

_Column = Annotated[int, Field(ge=1, le=100)]


@settings
class Scored(BitextSource):
    """A tab-separated file, plain or gzip, read line by line; pairs with a low score are skipped.

    CCMatrix has score, English, foreign, which are the defaults. NLLB's files have the two sides
    first and the LASER3 score third: `foreign = 1, english = 2, score = 3` or the reverse. Other
    columns are ignored.
    """

    name: ClassVar[str] = "scored"
    licence: ClassVar[str] = "the owner's to say (NLLB: ODC-By-1.0)"
    citation: ClassVar[str] = (
        "Schwenk et al. (2021), CCMatrix: Mining Billions of High-Quality Parallel Sentences on the Web, "
        "ACL, 6490-6500; NLLB Team (2022), No Language Left Behind, arXiv:2207.04672"
    )

    folder: Path
    """Folder of the files; in a suite file, relative to the suite's folder."""
    file: Annotated[str, Field(min_length=1)] = "en-{language}.tsv.gz"
    """Name of the file; `{language}` stands for the pair's query language."""
    least: float = 1.06
    """Least score of a pair. 1.06 is CCMatrix's threshold (Schwenk et al. 2021, section 4.1)."""
    score: _Column = 1
    """Column of the score, counted from 1."""
    english: _Column = 2
    """Column of the English side."""
    foreign: _Column = 3
    """Column of the foreign side."""

    def __post_init__(self) -> None:
        if len({self.score, self.english, self.foreign}) < 3:  # noqa: PLR2004 - of three columns
            raise ValueError("score, english and foreign must be different columns")

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
        """The pairs of enough score, in the file's order.

        Raises:
            DataError: the file is missing, lines have too few columns, or scores are no numbers.
        """
        path = own_file(self.folder, self.file, language)
        for score, pair in each_line(filled_lines(path), lambda line: self._scored(path, *line)):
            if score >= self.least:
                yield pair

    def glance(self, language: str) -> None:
        """Read the first lines."""
        path = own_file(self.folder, self.file, language)
        for _ in each_line(filled_lines(path, HEAD), lambda line: self._scored(path, *line)):
            pass

    def _scored(self, path: Path, number: int, line: str) -> tuple[float, SentencePair]:
        values = line.split("\t")
        needed = max(self.score, self.english, self.foreign)
        if len(values) < needed:
            raise DataError(
                f"{path}:{number}: expected at least {needed} values separated by tabs (got "
                f"{len(values)})"
            )
        try:
            score = float(values[self.score - 1])
        except ValueError:
            score = math.nan
        if not math.isfinite(score):
            raise DataError(
                f"{path}:{number}: score: expected a number (got {values[self.score - 1][:40]!r})"
            )
        foreign, english = values[self.foreign - 1].strip(), values[self.english - 1].strip()
        return score, SentencePair(foreign, english)
