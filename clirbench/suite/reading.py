"""The tables of [teacher] that say what is put around texts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from clirbench.settings import settings

__all__ = ["Expansion", "Markers", "Prefix"]


@settings
class Prefix:
    """Text that is put before what the model reads, such as E5's "query: " and "passage: "."""

    query: str = ""
    """Before queries and training sentences."""
    passage: str = ""
    """Before documents and training passages."""


@settings
class Markers:
    """Tokens of ColBERT that tell queries from passages, after the first token; "" for none."""

    query: str = ""
    """In queries and training sentences; a token of the vocabulary, such as "[unused0]"."""
    passage: str = ""
    """In documents and training passages."""


@settings
class Expansion:
    """ColBERT's query augmentation: queries are filled up with [MASK], and its vectors are scored."""

    tokens: Annotated[int, Field(ge=0)]
    """A query of fewer tokens is filled up to so many, at most to `query_length`; 0: none is."""
    attend: bool = False
    """Whether the query's own tokens attend to them."""
