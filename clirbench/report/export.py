"""A results folder's runs, judgments and scores as tables for other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from clirbench.artifacts.artifact import damage
from clirbench.artifacts.record import read_record
from clirbench.data.base import Judgments
from clirbench.errors import DataError
from clirbench.results.folder import Folder
from clirbench.results.names import RUN
from clirbench.retrieval.run import read_run
from clirbench.spec.cell import Cell

__all__ = ["PARTS", "Chunk", "Column", "Part", "judgments", "runs", "runs_missing", "scores"]

PARTS = ("runs", "judgments", "scores")
Value: TypeAlias = "str | int | float | None"


class Column(NamedTuple):
    """A column of a table; `kind` is str, int or float, and only a seed may be None."""

    name: str
    kind: type


class Chunk(NamedTuple):
    """The rows of a cell, such as `sw-en/optical/seed=1`, or of a pair."""

    name: str
    rows: list[tuple[Value, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One table, in chunks that fit into memory."""

    name: str
    columns: tuple[Column, ...]
    chunks: Callable[[], Iterator[Chunk]]


_CELL = (Column("pair", str), Column("method", str), Column("seed", int))
_TOPIC, _DOCUMENT = Column("topic", str), Column("document", str)


def runs(results: Folder) -> Part:
    """Every ranking that is there: one row a topic and document, ranks from 1.

    Raises:
        DataError: when its chunks are asked for: a run was changed since it was made.
    """

    def chunks() -> Iterator[Chunk]:
        for cell in results.every.scores:
            folder = results.cell(cell)
            if not (folder / RUN).exists():
                continue
            record = read_record(folder)
            if record and (fault := damage(folder, record, checksums=True)):
                raise DataError(f"{fault}; run `clirbench run` to remake it")
            ranked = read_run(folder / RUN)
            rows: list[tuple[Value, ...]] = [
                (*_key(cell), topic, document, place, score)
                for topic, found in ranked.items()
                for place, (document, score) in enumerate(found.items(), start=1)
            ]
            yield Chunk(str(cell), rows)

    columns = (*_CELL, _TOPIC, _DOCUMENT, Column("rank", int), Column("score", float))
    return Part(name="runs", columns=columns, chunks=chunks)


def runs_missing(results: Folder) -> list[Cell]:
    """The cells whose run is not in the folder, as in one that was committed without them."""
    return [cell for cell in results.every.scores if not (results.cell(cell) / RUN).exists()]


def judgments(found: Mapping[str, Judgments]) -> Part:
    """The judgments of each pair."""

    def chunks() -> Iterator[Chunk]:
        for pair, topics in found.items():
            rows: list[tuple[Value, ...]] = [
                (pair, topic, document, grade)
                for topic, grades in topics.items()
                for document, grade in grades.items()
            ]
            yield Chunk(pair, rows)

    columns = (Column("pair", str), _TOPIC, _DOCUMENT, Column("grade", int))
    return Part(name="judgments", columns=columns, chunks=chunks)


def scores(results: Folder) -> Part:
    """Every topic's score by every measure."""

    def chunks() -> Iterator[Chunk]:
        for cell, topics in results.every.scores.items():
            rows: list[tuple[Value, ...]] = [
                (*_key(cell), topic, measure, value)
                for topic, values in topics.items()
                for measure, value in values.items()
            ]
            yield Chunk(str(cell), rows)

    columns = (*_CELL, _TOPIC, Column("measure", str), Column("value", float))
    return Part(name="scores", columns=columns, chunks=chunks)


def _key(cell: Cell) -> tuple[str, str, int | None]:
    return cell.pair, cell.method, cell.seed
