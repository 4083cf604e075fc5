"""Run files of other systems: read, and checked against a collection."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from clirbench.data.lines import decode
from clirbench.errors import DataError
from clirbench.methods.outside import Outside
from clirbench.retrieval.run import Ranking, ranking

__all__ = ["check_run"]

_FIELDS = "TOPIC Q0 DOCUMENT RANK SCORE TAG"
_SHOWN = 3
_LARGEST = float(np.finfo(np.float32).max)


class _Line(NamedTuple):
    number: int
    document: str
    rank: int
    score: np.float32


def check_run(
    path: Path,
    method: Outside,
    *,
    topics: Collection[str],
    judged: Iterable[str],
    documents: Collection[str],
    depth: int,
) -> tuple[dict[str, Ranking], list[str]]:
    """Read a run; gives its rankings, and all that is wrong with it, each with file and line.

    Args:
        path: the file.
        method: what becomes of ties and missing topics.
        topics: ids that may stand in the run.
        judged: ids that must.
        documents: ids of the collection.
        depth: documents kept for a topic.

    Raises:
        DataError: the file cannot be read as text.
    """
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
            faults.append(f'{at}: topic "{topic}" is none of the collection\'s {len(topics)}')
        elif document not in documents:
            faults.append(f'{at}: document "{document}" is none of the {len(documents)}')
        elif first := seen.get((topic, document)):
            faults.append(f'{at}: topic "{topic}" has document "{document}" on line {first} too')
        else:
            seen[topic, document] = number
            lines.setdefault(topic, []).append(line)
    for own in lines.values():
        own.sort(key=lambda line: (-line.score, line.rank))
    faults += _disorder(path, lines)
    if method.ties == "refuse":
        faults += _ties(path, lines)
    absent = [topic for topic in judged if topic not in lines]
    if absent and method.missing == "refuse":
        faults.append(
            f"{path}: {len(absent)} judged topics have no line: {_listed(absent)}; if the system "
            'found nothing for them, missing = "zero" lets them count 0'
        )
    rankings = {
        topic: ranking(
            np.array([line.score for line in own[:depth]]), [line.document for line in own[:depth]]
        )
        for topic, own in lines.items()
    }
    return rankings, faults


def _read(path: Path) -> list[str]:
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
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
            f'tag: has white space, which no reader of runs takes (got "{" ".join(tag)[:40]}")'
        )
    return topic, line


def _rank(text: str) -> int:
    """A whole number, which some systems write as 1.0."""
    try:
        return int(text.removesuffix(".0"))
    except ValueError:
        raise ValueError(f'rank: expected a whole number (got "{text[:40]}")') from None


def _score(text: str) -> np.float32:
    try:
        score = float(text)
    except ValueError:
        score = math.nan
    if not (math.isfinite(score) and abs(score) <= _LARGEST):
        raise ValueError(f'score: expected a finite number of 32 bits (got "{text[:40]}")')
    return np.float32(score)


def _disorder(path: Path, lines: dict[str, list[_Line]]) -> Iterator[str]:
    """Find the first rank that runs against the scores, which may be distances."""
    for topic, own in lines.items():
        for better, worse in pairwise(own):
            if better.score > worse.score and better.rank > worse.rank:
                yield (
                    f'{path}:{worse.number}: topic "{topic}": rank {worse.rank} has a lower score '
                    f"than rank {better.rank} on line {better.number}; the highest score is the best"
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
            f'"{second.document}" have one score, {second.score:g}, and evaluators order such each '
            f'in its own way ({len(tied)} ties in all); ties = "rank" orders them by rank'
        )


def _listed(parts: Sequence[str]) -> str:
    more = len(parts) - _SHOWN
    return ", ".join(parts[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
