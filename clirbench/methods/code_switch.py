"""Code-switched fine-tuning: the ranking loss, on English queries with foreign words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Annotated, ClassVar

from pydantic import Field

from clirbench.methods.base import Need
from clirbench.methods.translate_train import TranslateTrain
from clirbench.settings import settings

__all__ = ["CodeSwitch"]


@settings
class CodeSwitch(TranslateTrain):
    """`translate-train` without translations: words are replaced through a lexicon of the bitext.

    The lexicon is that of `psq`, in the other direction. A query is switched anew in each epoch.
    The paper switches passages too, and takes lexicons from embeddings or from Wikipedia's titles;
    here passages stay in the teacher's English.
    """

    name: ClassVar[str] = "code-switch"
    requires: ClassVar[frozenset[Need]] = frozenset({"lexicon"})
    untunable: ClassVar[frozenset[str]] = frozenset({"depth", "iterations"})
    needs: ClassVar[str] = "English queries and passages, bitext"
    reference: ClassVar[str] = (
        "after Litschko, Artemova & Plank, Findings of ACL 2023, arXiv 2305.05295"
    )

    share: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Chance that a word in the lexicon is replaced. With 1, the query is translated word by word.
    0.5 is recalled from the paper, unverified."""
    smallest: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Least probability of a translation that is used. Chosen here."""
    iterations: Annotated[int, Field(ge=1)] = 10
    """Iterations of expectation maximisation when the lexicon is learned, as in `psq`."""

    def switch(
        self, query: str, lexicon: Mapping[str, Sequence[tuple[str, float]]], seed: int
    ) -> str:
        """A query with some of its words replaced, each by a translation drawn by its probability."""
        from clirbench.data.words import words

        random = Random(seed)  # noqa: S311 - not for secrets
        switched = []
        for token in query.split():
            (key, *more) = words(token) or [""]
            known = [one for one in lexicon.get(key, ()) if one[1] >= self.smallest]
            if not more and known and random.random() < self.share:
                token = random.choices([t for t, _ in known], [p for _, p in known])[0]  # noqa: PLW2901
            switched.append(token)
        return " ".join(switched)
