"""What encoders give and losses take: token vectors of a batch, and what a step knows beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

__all__ = ["Affine", "Memory", "Units", "Vectors"]


class Memory(NamedTuple):
    """What a step may know beside its batch.

    It is made anew for each step, from the teacher's cached vectors and the order of the batches, so
    that a training that was interrupted goes on with the same numbers.
    """

    means: Callable[[], Tensor]
    """Gives `sentences`, which few losses ask for."""
    batch: Tensor
    """(B,), which of them are the batch's."""
    past: Tensor
    """(P,), which of them earlier steps saw, in that order; one may stand there twice."""
    seed: int
    """Of the step."""
    texts: Callable[[Tensor], tuple[Tensor, Tensor]] | None = None
    """Gives the teacher's token vectors of some English sentences by number, padded, and their mask; on
    the CPU."""

    @property
    def sentences(self) -> Tensor:
        """(N, d), the teacher's mean token vector of every English sentence, on the CPU."""
        return self.means()

    def latest(self, size: int) -> Tensor:
        """Sentences of the latest steps, at most `size` and none of the batch, (≤ size, d)."""
        latest = self.past[-(size + len(self.batch)) :]
        return self.sentences[self._others(latest)[-size:]]

    def drawn(self, size: int) -> Tensor:
        """Sentences drawn by the step's seed, none twice and none of the batch, (≤ size, d)."""
        import torch

        generator = torch.Generator().manual_seed(self.seed)
        sentences = self.sentences
        order = torch.randperm(len(sentences), generator=generator)
        return sentences[self._others(order[: size + len(self.batch)])[:size]]

    def nearest(self, size: int, most: float) -> tuple[Tensor, Tensor]:
        """Sentences that the teacher finds nearest to each of the batch, and none of the batch.

        Args:
            size: how many for each.
            most: cosine of the means above which one may say the same, and is no negative. That of a
                sentence with its own translation is 1 for the teacher, which reads English alone, so
                this is the share of the positive's score of NV-Retriever (Moreira et al. 2024).

        Returns:
            (B, k) numbers of sentences, nearest first, and (B, k) booleans: False where there was none.
        """
        from torch.nn.functional import normalize

        sentences = self.sentences
        own = normalize(sentences[self.batch], dim=-1)
        cosines = own @ sentences.T / sentences.norm(dim=1).clamp(min=1e-12)  # (B, N)
        cosines[cosines > most] = -math.inf
        cosines[:, self.batch] = -math.inf
        best, which = cosines.topk(min(size, len(sentences)), dim=1)
        return which, best.isfinite()

    def _others(self, which: Tensor) -> Tensor:
        import torch

        return which[~torch.isin(which, self.batch)]


class Units(NamedTuple):
    """What the tokens of a batch are of; anything at padding."""

    words: Tensor
    """(B, n) whole numbers from 0: tokens of a text with the same number are of one word."""
    idf: Tensor
    """(B, n), how rare each token is: the logarithm of an inverse document frequency, above 0."""
    word_idf: Tensor
    """(B, n), how rare its word is."""


class Vectors(NamedTuple):
    """What an encoder gives for a batch of texts."""

    tokens: Tensor
    """(B, n, d), as the encoder's last layer gives them, of any length."""
    mask: Tensor
    """(B, n) booleans: True where a token takes part in scoring."""
    memory: Memory | None = None
    """Of a teacher's vectors in training: other English sentences, for losses that want more
    negatives than the batch has."""
    units: Units | None = None
    """In training, for losses that ask what tokens are of."""

    @property
    def sentences(self) -> Tensor:
        """Mean of each text's token vectors, (B, d)."""
        weights = self.mask.to(self.tokens.dtype)
        total = (self.tokens * weights[..., None]).sum(dim=1)
        return total / weights.sum(dim=1, keepdim=True).clamp(min=1)

    def pooled(self) -> Vectors:
        """The sentences as texts of one token each."""
        return Vectors(self.sentences[:, None], self.mask[:, :1] | True)

    def by_word(self) -> Vectors:
        """The texts as one token a word, the mean of the word's tokens; `idf` is the word's.

        Raises:
            ValueError: the words are not known.
        """
        import torch

        if self.units is None:
            raise ValueError("the words of the tokens are not known")
        words, count = self.units.words, int(self.units.words.max()) + 1
        of = (words[:, :, None] == torch.arange(count, device=words.device)) & self.mask[:, :, None]
        sizes = of.sum(dim=1)  # (B, w)
        shares = of.to(self.tokens.dtype) / sizes.clamp(min=1)[:, None, :]  # (B, n, w)
        tokens = self.tokens.masked_fill(~self.mask[:, :, None], 0)
        with torch.autocast(tokens.device.type, enabled=False):
            idf = (shares.mT.to(self.units.word_idf) @ self.units.word_idf[:, :, None])[:, :, 0]
            units = Units(torch.arange(count, device=words.device).expand(len(words), -1), idf, idf)
            return Vectors(shares.mT @ tokens, sizes > 0, self.memory, units)


class Affine(NamedTuple):
    """The map x → A x + b."""

    matrix: Tensor
    """A, (d, d)."""
    shift: Tensor
    """b, (d,)."""
