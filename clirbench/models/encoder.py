"""Encoders: a transformers backbone, what its folder puts on top, and one of two interactions."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import normalize

from clirbench.errors import CellError, DataError
from clirbench.models.changes import load_changes, save_changes
from clirbench.models.dense import DenseLayer
from clirbench.models.device import autocast
from clirbench.models.loading import load_saved, save_backbone
from clirbench.models.memory import MicroBatches, out_of_memory
from clirbench.models.ragged import Ragged
from clirbench.models.reading import Reading, Side
from clirbench.models.tokens import Tokens
from clirbench.models.vectors import Vectors
from clirbench.wording import show

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


__all__ = ["Encoder"]

_CPU, _GPU = (32, 2**11), (64, 2**14)
"""Most texts, and most word pieces with padding, that are read together. On a CPU, more of them no
longer fit the cache: 64 passages of 128 pieces take a tenth more time at once than in parts of
16."""


class Encoder(nn.Module):
    """Turns texts into vectors.

    Under late interaction a text is the set of its token vectors, each of unit length, and the
    score of a query and a document is MaxSim, the sum over query tokens of the largest inner
    product with a document token (Khattab & Zaharia 2020, equation 3). A single-vector encoder
    gives one vector of unit length, the mean of the token vectors where nothing else is said, and
    scores by the inner product.

    Args:
        backbone: gives a vector for each token.
        tokenizer: its own.
        interaction: late or single.
        special_tokens: keep or drop, in scoring and in losses.
        projection: size of a linear map on top; 0: none.
        bias: whether that adds a shift.
        reading: what else is done with texts.
        dense: layers between backbone and projection.
    """

    def __init__(
        self,
        backbone: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        interaction: str,
        special_tokens: str,
        projection: int = 0,
        bias: bool = False,
        reading: Reading | None = None,
        dense: nn.Sequential | None = None,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.tokenizer = tokenizer
        self.interaction = interaction
        self.special_tokens = special_tokens
        self.reading = reading or Reading()
        self.revision: str | None = None
        """Commit of the hub that the backbone was loaded from. None: a folder."""
        self.rows = torch.empty(0, dtype=torch.long)
        """Rows of the embedding that were trained since it was loaded (`only_rows`)."""
        self.note = str(self.reading)
        """How texts are read, for people."""
        self.text = Tokens(tokenizer, self.reading)
        self.dense = dense
        self.projection: nn.Linear | None = None
        if projection:
            self.projection = nn.Linear(self.size, projection, bias=bias)
        dropped = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
        self._special = torch.tensor(sorted(dropped)) if special_tokens == "drop" else None

    @property
    def size(self) -> int:
        """d, the size of a vector."""
        if self.projection is not None:
            return self.projection.out_features
        if self.dense is not None:
            return self.reading.dense[-1].size[1]
        return int(self.backbone.config.hidden_size)

    def tokenize(self, texts: Sequence[str], length: int, side: Side = "query") -> list[list[int]]:
        """Word pieces of each text as the model reads it, special ones included, cut to `length`.

        Args:
            texts: the texts.
            length: longest in word pieces; what is put around a text counts, too.
            side: as what it is read; sentences of a bitext are read as queries are.
        """
        return self.text.ids(texts, length, side)

    def packed(self, texts: Sequence[str], length: int, side: Side = "query") -> list[array[int]]:
        """As `tokenize`, for millions of texts: in little memory, one that stands there often just once."""
        return self.text.packed(texts, length, side)

    def forward(self, ids: Sequence[Sequence[int]], side: Side = "query") -> Vectors:
        """Vectors of a batch of tokenized texts."""
        device = self.backbone.device
        lengths = torch.tensor([len(text) for text in ids])
        padded = torch.full((len(ids), int(lengths.max())), self.text.pad)
        for row, text in enumerate(ids):
            padded[row, : len(text)] = torch.tensor(text)
        here = torch.arange(padded.shape[1]) < lengths[:, None]
        attended = here
        if own := self.text.unfilled(ids, side):
            attended = torch.arange(padded.shape[1]) < torch.tensor(own)[:, None]
        mask = self.scored(padded, here, side)
        with autocast(device):
            hidden = self._hidden(padded.to(device), attended.to(device, torch.long))
            mask = mask.to(device)
            if self.dense is not None:
                if self.reading.dense_of == "sentences":
                    hidden, mask, *_ = Vectors(hidden.float(), mask).pooled()
                hidden = self.dense(hidden)
            if self.projection is not None:
                hidden = self.projection(hidden)
        return Vectors(hidden.float(), mask)

    def _hidden(self, ids: Tensor, attended: Tensor) -> Tensor:
        """(B, n, d): what a layer of the backbone gives."""
        if self.reading.layer is None:
            found: Tensor = self.backbone(input_ids=ids, attention_mask=attended).last_hidden_state
            return found
        layers = self.backbone(
            input_ids=ids, attention_mask=attended, output_hidden_states=True
        ).hidden_states
        chosen: Tensor = layers[self.reading.layer]
        return chosen

    def scored(self, padded: Tensor, here: Tensor, side: Side) -> Tensor:
        """(B, n): which of the tokens that are a text's take part in scoring.

        Args:
            padded: (B, n) word pieces.
            here: (B, n) false at padding.
            side: as what the texts are read.
        """
        if self.interaction == "single" and self.reading.pooling != "mean":
            first = self.reading.pooling == "cls"
            place = torch.zeros(len(here), dtype=torch.long) if first else here.sum(dim=1) - 1
            return torch.arange(here.shape[1]) == place[:, None]
        mask = here
        for dropped in (self._special, self.text.skipped if side == "passage" else None):
            if dropped is not None:
                kept = mask & ~torch.isin(padded, dropped)
                # A text of nothing but such tokens keeps them: it must have some vector.
                mask = torch.where(kept.any(dim=1, keepdim=True), kept, mask)
        return mask

    @torch.no_grad()
    def tokens(
        self,
        texts: Sequence[str],
        length: int,
        progress: Callable[[int, int], None] | None = None,
        *,
        side: Side = "query",
    ) -> Ragged:
        """Token vectors of the texts as losses see them, of any length; on the CPU, in float32."""
        return self._encode(
            texts, length, side, progress, lambda vectors: (vectors.tokens, vectors.mask)
        )

    @torch.no_grad()
    def encode(
        self,
        texts: Sequence[str],
        length: int,
        progress: Callable[[int, int], None] | None = None,
        *,
        side: Side = "query",
    ) -> Ragged:
        """Vectors of the texts as search sees them, of unit length: one a token, or just one."""

        def scored(vectors: Vectors) -> tuple[Tensor, Tensor]:
            if self.interaction == "single":
                vectors = vectors.pooled()
            return normalize(vectors.tokens, dim=-1), vectors.mask

        return self._encode(texts, length, side, progress, scored)

    def _encode(
        self,
        texts: Sequence[str],
        length: int,
        side: Side,
        progress: Callable[[int, int], None] | None,
        part: Callable[[Vectors], tuple[Tensor, Tensor]],
    ) -> Ragged:
        training = self.training
        self.eval()
        ids = self.tokenize(texts, length, side)
        order = sorted(range(len(ids)), key=lambda index: (-len(ids[index]), index))
        found: list[Tensor] = [torch.empty(0)] * len(ids)
        micro_batches = MicroBatches()
        most, pieces = _CPU if self.backbone.device.type == "cpu" else _GPU
        start = 0
        while start < len(order):
            size = max(min(most, pieces // len(ids[order[start]])), 1)
            batch = order[start : start + -(-size // micro_batches.parts)]
            try:
                values, mask = part(self([ids[index] for index in batch], side))
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                values = mask = torch.empty(0)
                why = str(error) or type(error).__name__
            if not len(values):  # outside of the handler, whose traceback keeps tensors alive
                micro_batches.halve(size, "text", why)
                continue
            values, mask = values.cpu(), mask.cpu()
            if not torch.isfinite(values[mask]).all():
                which = next(
                    i for row, i in enumerate(batch) if not values[row, mask[row]].isfinite().all()
                )
                raise CellError(
                    f"the encoder's vectors of {show(texts[which])} are not finite; its weights or its "
                    "training are broken"
                )
            for row, index in enumerate(batch):
                found[index] = values[row, mask[row]]
            start += len(batch)
            if progress:
                progress(start, len(order))
        self.train(training)
        offsets = torch.tensor([0, *(len(one) for one in found)]).cumsum(0)
        return Ragged(torch.cat(found), offsets)

    def project(self, size: int) -> None:
        """Put a linear projection to vectors of a size in place of any that there is, drawn as torch does."""
        self.projection = nn.Linear(self.size, size, bias=False).to(self.backbone.device)

    def follow(self, matrix: Tensor, shift: Tensor) -> None:
        """Map every token vector x to A x + b from now on: a part of the projection.

        Args:
            matrix: A, (d, d).
            shift: b, (d,).
        """
        before = self.projection
        weight = matrix if before is None else matrix @ before.weight.cpu().to(matrix)
        if before is not None and before.bias is not None:
            shift = shift + matrix @ before.bias.cpu().to(matrix)
        self.projection = nn.Linear(weight.shape[1], weight.shape[0])
        self.projection.load_state_dict({"weight": weight, "bias": shift})
        self.projection.to(self.backbone.device)

    def save(self, folder: Path, over: Path | None = None) -> None:
        """Write the backbone and tokenizer as transformers does, the rest beside them.

        Args:
            folder: an empty one.
            over: that of the encoder that this one was made from; only what differs is written then.
        """
        if over is None:
            save_backbone(self.backbone, folder, self.reading.part)
            self.tokenizer.save_pretrained(folder)
        else:
            save_changes(self.backbone, folder, over, self.rows)
        shape = {
            "interaction": self.interaction,
            "special_tokens": self.special_tokens,
            "projection": self.projection.out_features if self.projection is not None else 0,
            "bias": self.projection is not None and self.projection.bias is not None,
        }
        if reading := self.reading.as_json():
            shape["reading"] = reading
        (folder / "encoder.json").write_text(json.dumps(shape))
        for name in ("projection", "dense"):
            if (layer := getattr(self, name)) is not None:
                save_file(layer.state_dict(), folder / f"{name}.safetensors")

    @classmethod
    def load(cls, folder: Path, over: Path | None = None) -> Encoder:
        """Read what `save` wrote.

        Args:
            folder: of the encoder.
            over: as of `save`.

        Raises:
            DataError: it was saved over another, which is not given.
        """
        if over is None and not (folder / "config.json").exists():
            raise DataError(
                f'"{folder}" has only the weights that training changed; name the model that '
                "it started from, too"
            )
        shape: dict[str, Any] = json.loads((folder / "encoder.json").read_text())
        reading = Reading.from_json(shape.pop("reading", {}))
        dense = nn.Sequential(*map(DenseLayer, reading.dense)) if reading.dense else None
        parts = load_saved(over or folder, reading)
        if over is not None:
            load_changes(parts[0], folder)
        encoder = cls(*parts, **shape, reading=reading, dense=dense)
        for name in ("projection", "dense"):
            if (layer := getattr(encoder, name)) is not None:
                layer.load_state_dict(load_file(folder / f"{name}.safetensors"))
        return encoder
