"""Which tokens of a sentence and of its translation belong together, as encoders see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from clirbench.data.base import SentencePair
from clirbench.models.encoder import Encoder
from clirbench.models.tokens import Piece
from clirbench.transport import Solver, cosine_cost, plan, uniform

if TYPE_CHECKING:
    from clirbench.data.base import JSON

__all__ = ["Alignment", "align", "error_rate", "word_links"]

_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """A transport plan between the tokens of two sentences."""

    foreign: tuple[str, ...]
    """n tokens."""
    english: tuple[str, ...]
    """m tokens."""
    plan: tuple[tuple[float, ...], ...]
    """n × m masses."""
    foreign_words: tuple[int | None, ...]
    """Number of the word, as white space cuts them, that each token is of; none: of no word."""
    english_words: tuple[int | None, ...]

    def as_json(self) -> JSON:
        """For `plans.json`: the foreign tokens are the source."""
        rows: list[JSON] = [[round(mass, _DIGITS) for mass in row] for row in self.plan]
        return {"source": list(self.foreign), "target": list(self.english), "plan": rows}


@torch.no_grad()
def align(
    student: tuple[Encoder, int],
    teacher: tuple[Encoder, int],
    pairs: Sequence[SentencePair],
    solver: Solver,
) -> list[Alignment]:
    """Align sentence pairs: the student reads the foreign sides, the teacher the English ones.

    Args:
        student: in evaluation mode, as the teacher; and its longest sentence in word pieces.
        teacher: may be the student itself, for what it knew before; and its longest sentence.
        pairs: the sentences.
        solver: makes the plan, from 1 − cosine and uniform marginals.
    """
    found = []
    for pair in pairs:
        sides = ((*student, pair.foreign), (*teacher, pair.english))
        vectors = [encoder(encoder.tokenize([text], length)) for encoder, length, text in sides]
        cost = cosine_cost(vectors[1].tokens, vectors[0].tokens)  # (1, m, n)
        masses = plan(cost, uniform(vectors[1].mask), uniform(vectors[0].mask), solver)
        foreign, english = (
            _pieces(encoder, text, length, read.mask.shape[1])
            for (encoder, length, text), read in zip(sides, vectors, strict=True)
        )
        found.append(
            Alignment(
                foreign=tuple(piece.text for piece in foreign),
                english=tuple(piece.text for piece in english),
                plan=tuple(tuple(row) for row in masses[0].T.tolist()),
                foreign_words=tuple(piece.word for piece in foreign),
                english_words=tuple(piece.word for piece in english),
            )
        )
    return found


def word_links(alignment: Alignment) -> set[tuple[int, int]]:
    """Each foreign word's link: the English word that most of its mass goes to; (foreign, English)."""
    masses: defaultdict[int, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for i, row in zip(alignment.foreign_words, alignment.plan, strict=True):
        for j, mass in zip(alignment.english_words, row, strict=True):
            if i is not None and j is not None:
                masses[i][j] += mass
    return {
        (i, max(sorted(row), key=row.__getitem__)) for i, row in masses.items() if any(row.values())
    }


def error_rate(alignments: Iterable[Alignment], pairs: Iterable[SentencePair]) -> float:
    """Alignment error rate over all links: 1 − 2 |A ∩ S| / (|A| + |S|) (Och & Ney 2003), S the gold.

    A are the links of the foreign words that have a gold one, so that function words, which have
    none, do not count.
    """
    right = ours = gold = 0
    for alignment, pair in zip(alignments, pairs, strict=True):
        sure = {tuple(link) for link in pair.links}
        known = {i for i, _ in sure}
        found = {link for link in word_links(alignment) if link[0] in known}
        right, ours, gold = right + len(found & sure), ours + len(found), gold + len(sure)
    return 1 - 2 * right / (ours + gold) if ours + gold else 0.0


def _pieces(encoder: Encoder, text: str, length: int, count: int) -> list[Piece]:
    """The tokens that the vectors of a text are of; the text as one where it has one vector."""
    pieces = encoder.text.pieces(text, length)
    return pieces if len(pieces) == count else [Piece(text, None)]
