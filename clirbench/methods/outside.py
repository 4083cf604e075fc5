"""Outside: what another system found, from TREC run files, checked against the collection."""

from __future__ import annotations

import math
import os
import struct
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from clirbench.data.lines import decode
from clirbench.data.packed import check_regular, open_packed
from clirbench.errors import DataError
from clirbench.methods.base import Need
from clirbench.methods.searcher import Given, Searcher
from clirbench.settings import settings
from clirbench.wording import nearest, show

if TYPE_CHECKING:
    from clirbench.retrieval.run import Ranked

__all__ = ["Outside"]

_FIELDS = "TOPIC Q0 DOCUMENT RANK SCORE TAG"
_SHOWN = 3
_LARGEST = (2 - 2**-23) * 2.0**127
"""The largest 32-bit float."""


@settings
class Outside(Searcher):
    """Rankings of another system, as a run file for each language pair, scored like all others.

    A run is refused if it names topics or documents that the collection lacks, gives a document
    twice for a topic, or has scores that give no ranking.
    """

    level: ClassVar[str] = "untrained"
    name: ClassVar[str] = "outside"
    reads_topics: ClassVar[bool] = False
    needs: ClassVar[str] = "run files"
    requires: ClassVar[frozenset[Need]] = frozenset({"documents", "judged", "held-out"})
    reference: ClassVar[str] = "the other system's own"

    runs: Path = Path("runs/{pair}.trec")
    """Run files, relative to the suite's folder. {pair} stands for a pair such as sw-en. Files may
    end in .gz."""
    pairs: tuple[str, ...] = ()
    """The pairs that have run files, such as ["sw-en"]. Default: all pairs of the suite."""
    ties: Literal["refuse", "rank"] = "refuse"
    """Documents of equal score, which evaluators order in different ways. refuse: an error. rank:
    they are ordered by the run's ranks. Scores count as equal if 32-bit floats cannot tell them
    apart, since trec_eval reads such floats."""
    missing: Literal["refuse", "zero"] = "refuse"
    """Judged topics without a line in the run. refuse: an error, since the run may be cut off.
    zero: they score 0."""

    @property
    def complete(self) -> bool:
        """Whether a topic without a line counts 0."""
        return self.missing == "zero"

    @property
    def taken_over(self) -> bool:
        """They are read from its files."""
        return True

    def covers(self, pair: str) -> bool:
        """Whether there is a run of the pair."""
        return not self.pairs or pair in self.pairs

    def files(self, pair: str) -> tuple[Path]:
        """The run of a pair."""
        return (Path(str(self.runs).replace("{pair}", pair)),)

    def faults(self, pairs: Sequence[str]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Pairs that the suite has not, one file for several, and files that are not there."""
        for place, name in enumerate(self.pairs):
            if name not in pairs:
                yield ("pairs", place), f"no pair {show(name)}{nearest(name, pairs)}"
        covered = [pair for pair in pairs if self.covers(pair)]
        if len(covered) > 1 and len(set(map(self.files, covered))) == 1:
            yield (
                ("runs",),
                f'one file for {len(covered)} pairs; write "{{pair}}" where the file names differ',
            )
        for pair in covered:
            (file,) = self.files(pair)
            if not os.path.isfile(file):  # noqa: PTH113 - Path.is_file raises for a name too long
                yield (
                    ("runs",),
                    f'no file "{file}"; list the pairs that have run files in `pairs`',
                )

    def search(self, given: Given) -> dict[str, Ranked]:
        """Take over the run.

        Raises:
            DataError: it is no run of this collection's topics and documents.
        """
        (path,) = given.files
        known = {document.id for document in given.documents}
        found, faults = self.read(path, topics=given.topics, judged=given.judged, documents=known)
        if faults:
            more = f"; and {len(faults) - 1} more faults" if len(faults) > 1 else ""
            raise DataError(faults[0] + more)
        return found

    def read(
        self,
        path: Path,
        *,
        topics: Collection[str],
        judged: Iterable[str],
        documents: Collection[str],
    ) -> tuple[dict[str, Ranked], list[str]]:
        """Read a run; gives its rankings, and all that is wrong with it, each with file and line.

        Args:
            path: the file.
            topics: ids that may stand in the run.
            judged: ids that must.
            documents: ids of the collection.

        Raises:
            DataError: the file cannot be read as text.
        """
        import numpy as np

        from clirbench.retrieval.run import Ranked

        lines: dict[str, list[_Line]] = {}
        faults: list[str] = []
        seen: dict[tuple[str, str], int] = {}
        for number, text in enumerate(_read(path), start=1):
            at = f"{path}:{number}"
            if not text.strip():
                continue
            try:
                topic, line = _parsed(number, text)
            except ValueError as error:
                faults.append(f"{at}: {error}")
                continue
            document = line.document
            if topic not in topics:
                faults.append(
                    f'{at}: topic "{topic}" is not one of the collection\'s {len(topics)}'
                )
            elif document not in documents:
                faults.append(
                    f'{at}: document "{document}" is not one of the collection\'s {len(documents)}'
                )
            elif first := seen.get((topic, document)):
                faults.append(
                    f'{at}: duplicate document "{document}" for topic "{topic}"; first on '
                    f"line {first}"
                )
            else:
                seen[topic, document] = number
                lines.setdefault(topic, []).append(line)
        for own in lines.values():
            own.sort(key=lambda line: (-line.score, line.rank))
        faults += _disorder(path, lines)
        if self.ties == "refuse":
            faults += _ties(path, lines)
        absent = [topic for topic in judged if topic not in lines]
        if absent and self.missing == "refuse":
            faults.append(
                f"{path}: {len(absent)} judged topics have no line: {_listed(absent)}; if the "
                'system found nothing for them, set missing = "zero" so that they score 0'
            )
        return {
            topic: Ranked.falling(
                [line.document for line in own],
                np.array([line.score for line in own], dtype=np.float32),
            )
            for topic, own in lines.items()
        }, faults


class _Line(NamedTuple):
    number: int
    document: str
    rank: int
    score: float


def _read(path: Path) -> list[str]:
    check_regular(path)
    try:
        if path.suffix == ".gz":
            with open_packed(path) as file:
                data = file.read()
        else:
            data = path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read as a run: {error}") from error
    return decode(data, str(path))


def _parsed(number: int, text: str) -> tuple[str, _Line]:
    """The topic of a line, and the rest.

    Raises:
        ValueError: with what is wrong.
    """
    values = text.split()
    if len(values) < len(_FIELDS.split()):
        raise ValueError(f"expected 6 values, {_FIELDS} (got {len(values)}: {text[:80]!r})")
    topic, _, document, place, given, *tag = values
    line = _Line(number, document, _rank(place), _score(given))
    if len(tag) > 1:
        raise ValueError(
            "tag: contains white space, which no reader of runs accepts (got "
            f'"{" ".join(tag)[:40]}")'
        )
    return topic, line


def _rank(text: str) -> int:
    """A whole number, which some systems write as 1.0."""
    try:
        return int(text.removesuffix(".0"))
    except ValueError:
        raise ValueError(f'rank: expected a whole number (got "{text[:40]}")') from None


def _score(text: str) -> float:
    """As a 32-bit float holds it."""
    try:
        score = float(text)
    except ValueError:
        score = math.nan
    if not (math.isfinite(score) and abs(score) <= _LARGEST):
        raise ValueError(f'score: expected a finite number of 32 bits (got "{text[:40]}")')
    return float(struct.unpack("f", struct.pack("f", score))[0])


def _disorder(path: Path, lines: dict[str, list[_Line]]) -> Iterator[str]:
    """Find the first rank that runs against the scores, which may be distances."""
    for topic, own in lines.items():
        for better, worse in pairwise(own):
            if better.score > worse.score and better.rank > worse.rank:
                yield (
                    f'{path}:{worse.number}: topic "{topic}": rank {worse.rank} has a lower '
                    f"score than rank {better.rank} on line {better.number}; the highest score "
                    "must come first"
                )
                return


def _ties(path: Path, lines: dict[str, list[_Line]]) -> Iterator[str]:
    """Find the first documents that share a score."""
    tied = [
        (topic, first, second)
        for topic, own in lines.items()
        for first, second in pairwise(own)
        if first.score == second.score
    ]
    for topic, first, second in tied[:1]:
        yield (
            f'{path}:{second.number}: topic "{topic}": documents "{first.document}" and '
            f'"{second.document}" have the same score, {second.score:g}; evaluators order '
            f'equal scores differently ({len(tied)} ties in all); ties = "rank" orders them by '
            "rank"
        )


def _listed(parts: Sequence[str]) -> str:
    more = len(parts) - _SHOWN
    return ", ".join(parts[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
