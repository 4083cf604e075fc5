"""Where data comes from: one file per source, and the table of them."""

from __future__ import annotations

from typing import Any

from clirbench.data.base import Source
from clirbench.errors import DataError
from clirbench.lazy import Table
from clirbench.wording import close

__all__ = ["SOURCES", "find", "names"]

SOURCES: Table[type[Source]] = Table(
    __name__,
    {
        "afriqa": "AfriQA",
        "beir": "BEIR",
        "clef": "CLEF",
        "files": "Files",
        "globalvoices": "GlobalVoices",
        "hf": "HF",
        "hornmt": "HornMT",
        "irds": "IRDS",
        "ntrex": "NTREX",
        "opus": "OPUS",
        "parallel": "Parallel",
        "scored": "Scored",
        "synthetic": "Synthetic",
        "tatoeba": "Tatoeba",
        "tico19": "TICO19",
        "tmx": "TMX",
        "xor-tydi": "XORTyDi",
        "xquad": "XQuAD",
    },
)
"""Name in suite files → class."""


def find(name: str) -> type[Source]:
    """The class of a source.

    Raises:
        DataError: there is none of that name; the error lists them and offers the nearest.
    """
    if name not in SOURCES:
        known = ", ".join(SOURCES)
        raise DataError(f'no source "{name}"; known: {known}{close(name, SOURCES)}')
    return SOURCES[name]


def names(kind: type[Any] = Source) -> tuple[str, ...]:
    """The names of all sources of a kind, such as `BitextSource`."""
    return tuple(name for name, source in SOURCES.items() if issubclass(source, kind))
