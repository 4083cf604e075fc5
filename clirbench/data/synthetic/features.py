"""What a suite may change in a single language."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from clirbench.data.synthetic.grammar import Order
from clirbench.data.synthetic.words import Script

__all__ = ["Features", "Pairs", "Share", "Synonyms"]

Share = Annotated[float, Field(ge=0, le=1)]
Synonyms = Annotated[int, Field(ge=1, le=8)]
Pairs = Annotated[int, Field(ge=1, le=1_000_000)]


class Features(TypedDict, total=False):
    """What a suite may change in one language; other keys stay as they are."""

    __pydantic_config__ = ConfigDict(  # type: ignore[misc] # pydantic's way to configure one
        extra="forbid", strict=True, allow_inf_nan=False
    )

    pairs: Pairs
    """Number of sentence pairs, instead of the resource class's number."""
    noise: Share
    """Share of wrong pairs, instead of the resource class's share."""
    order: Order
    """Order of subject (S), verb (V) and object (O). V2: the verb is second, as in German."""
    morphology: bool
    """Whether words are inflected."""
    cognates: Share
    """Share of concepts whose first word is a respelt English one."""
    script: Script
    """The script that the language is written in."""
    phrases: Share
    """Share of concepts that take two words, or a compound of two stems (fertility)."""
    particles: Share
    """Share of articles, markers and particles that are written."""
    synonyms: Synonyms
    """Number of words for each concept."""
