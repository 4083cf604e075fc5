"""Vectors of many texts, each text with its own number of vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Ragged"]


class Ragged(NamedTuple):
    """Vectors of N texts one after another: text i owns `vectors[offsets[i]:offsets[i + 1]]`.

    A text has one vector a token under late interaction, and just one under a single-vector model;
    MaxSim over single vectors is their dot product, so that one search serves both.
    """

    vectors: Tensor
    """(T, d)."""
    offsets: Tensor
    """(N + 1,) whole numbers from 0 to T."""

    @property
    def size(self) -> int:
        """Number of texts."""
        return len(self.offsets) - 1

    @property
    def width(self) -> int:
        """d, the size of a vector."""
        return int(self.vectors.shape[1])

    @property
    def lengths(self) -> Tensor:
        """Vectors of each text, (N,)."""
        return self.offsets[1:] - self.offsets[:-1]

    def padded(self, texts: Sequence[int] | Tensor) -> tuple[Tensor, Tensor]:
        """Gather some texts as (B, n, d) with zeros at padding, and their (B, n) mask."""
        import torch

        index = torch.as_tensor(texts, device=self.offsets.device)
        lengths = self.lengths[index]
        columns = torch.arange(int(lengths.max()), device=lengths.device)
        mask = columns < lengths[:, None]
        rows = (self.offsets[index][:, None] + columns).clamp(max=len(self.vectors) - 1)
        return self.vectors[rows] * mask[..., None], mask

    def take(self, texts: Sequence[int] | Tensor) -> Ragged:
        """Some of the texts, in the order asked for; one may be asked for twice."""
        import torch

        device = self.offsets.device
        index = torch.as_tensor(texts, dtype=torch.long, device=device)
        lengths = self.lengths[index]
        offsets = torch.cat([lengths.new_zeros(1), lengths.cumsum(0)])
        within = torch.arange(int(offsets[-1]), device=device)
        within -= torch.repeat_interleave(offsets[:-1], lengths)
        rows = torch.repeat_interleave(self.offsets[index], lengths) + within
        return Ragged(self.vectors[rows], offsets)

    def means(self) -> Tensor:
        """Mean vector of each text, (N, d)."""
        import torch

        owner = torch.repeat_interleave(
            torch.arange(self.size, device=self.offsets.device), self.lengths
        )
        total = self.vectors.new_zeros(self.size, self.vectors.shape[1])
        return total.index_add_(0, owner, self.vectors) / self.lengths.clamp(min=1)[:, None]

    def pooled(self) -> Ragged:
        """The texts as one vector each, of unit length."""
        import torch
        from torch.nn.functional import normalize

        offsets = torch.arange(self.size + 1, device=self.offsets.device)
        return Ragged(normalize(self.means(), dim=-1), offsets)

    def to(self, device: str) -> Ragged:
        """Move to a device."""
        return Ragged(self.vectors.to(device), self.offsets.to(device))

    def save(self, path: Path) -> None:
        """Write as safetensors."""
        from safetensors.torch import save_file

        save_file({"vectors": self.vectors.contiguous(), "offsets": self.offsets}, path)

    @classmethod
    def load(cls, path: Path) -> Ragged:
        """Read what `save` wrote."""
        from safetensors.torch import load_file

        tensors = load_file(path)
        return cls(tensors["vectors"], tensors["offsets"])
