"""What a perturbation is: an edit of a share of a topic's words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor
from random import Random
from typing import Annotated, ClassVar

from pydantic import Field

from clirbench.data.sample import rank_of
from clirbench.settings import settings

__all__ = ["Known", "Perturbation", "pieces"]

Draw = Callable[[int], Random]


def pieces(text: str) -> list[str]:
    """Cut a text into words and what stands between them, by Unicode's rules; joined, they are the text."""
    from icu4py.breakers import WordBreaker

    return list(WordBreaker(text, "en"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the texts beside their words."""

    language: str
    """Language of the topics: ISO 639-1, else 639-3."""
    lexicon: Mapping[str, Sequence[tuple[str, float]]] = field(default_factory=dict)
    """Word of that language to its English translations with their probabilities, likeliest
    first."""


@settings
class Perturbation(ABC):
    """Edits a share of each topic's words.

    The seed, the perturbation's name and the topic's id decide which words are edited, and how. A
    word that is edited at one severity is edited in the same way at every higher one. So a curve
    over severity compares like with like.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    """Raised when the same settings would give other texts."""
    needs_lexicon: ClassVar[bool] = False
    """Whether it looks up translations that are learned from the pair's bitext."""
    reference: ClassVar[str]
    """Where it was published."""

    severity: Annotated[float, Field(ge=0, le=1)]
    """Share of the words that are edited; 0 changes nothing."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the draw of words and of edits."""

    def perturb(self, text: str, topic: str, known: Known) -> str:
        """Edit a topic's text.

        Of n words that can be edited, severity · n are: rounded up or down by a draw, so that short topics
        get their share on average.

        Args:
            text: of the topic.
            topic: its id.
            known: its language, and a lexicon if `needs_lexicon`.

        Raises:
            DataError: a package that the perturbation needs is not installed.
        """
        found = pieces(text)
        places = [place for place, piece in enumerate(found) if self.suits(piece, known)]
        count = floor(self.severity * len(places) + self._draw(topic).random())
        places.sort(key=lambda place: rank_of(f"{self.name}:{topic}:{place}", self.seed))
        chosen = sorted(places[: min(count, len(places))])
        return self.edit(found, chosen, known, lambda place: self._draw(topic, place))

    def __str__(self) -> str:
        """What follows the name of a pair, such as `~typos=0.1`."""
        return f"~{self.name}={self.severity:g}"

    @classmethod
    def applies(cls, language: str) -> bool:  # noqa: ARG003 - for those that ask
        """Whether texts of a language can be perturbed so."""
        return True

    def suits(self, piece: str, known: Known) -> bool:  # noqa: ARG002 - for those that ask for more
        """Whether a piece of text can be edited: a word, with letters."""
        return any(map(str.isalpha, piece))

    @abstractmethod
    def edit(self, found: list[str], places: Sequence[int], known: Known, draw: Draw) -> str:
        """Put a text together again, with the pieces at some places edited.

        Args:
            found: the pieces.
            places: which to edit, in their order.
            known: as of `perturb`.
            draw: gives the generator for the edit of a place: the same at every severity.
        """

    def _draw(self, *key: object) -> Random:
        purpose = ":".join(map(str, (self.name, *key, "draw")))
        return Random(rank_of(purpose, self.seed))  # noqa: S311 - not for secrets
