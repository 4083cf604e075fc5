"""Encoders: a transformers backbone, an optional projection, and one of two interactions."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import normalize

from clirbench.errors import DataError
from clirbench.models.device import autocast
from clirbench.models.memory import MicroBatches, out_of_memory
from clirbench.models.ragged import Ragged
from clirbench.models.vectors import Vectors

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from clirbench.spec.model import Teacher

__all__ = ["Encoder"]

_BATCH = 64


class Encoder(nn.Module):
    """Turns texts into vectors.

    Under late interaction a text is the set of its token vectors, each of unit length, and the
    score of a query and a document is MaxSim, the sum over query tokens of the largest inner
    product with a document token (Khattab & Zaharia 2020, equation 3). A single-vector encoder
    gives the mean of the token vectors, of unit length, and scores by the inner product.
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
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.tokenizer = tokenizer
        self.interaction = interaction
        self.special_tokens = special_tokens
        size = int(backbone.config.hidden_size)
        self.projection = nn.Linear(size, projection, bias=bias) if projection else None
        dropped = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
        self._special = torch.tensor(sorted(dropped)) if special_tokens == "drop" else None
        self._pad = int(tokenizer.pad_token_id or 0)

    @property
    def revision(self) -> str | None:
        """Commit of the hub that the backbone was loaded from; none for a folder."""
        commit: str | None = getattr(self.backbone.config, "_commit_hash", None)
        return commit

    def tokenize(self, texts: Sequence[str], length: int) -> list[list[int]]:
        """Word pieces of each text, special ones included, cut to `length`."""
        ids: list[list[int]] = self.tokenizer(
            list(texts),
            truncation=True,
            max_length=length,
            return_attention_mask=False,
            return_token_type_ids=False,
        )["input_ids"]
        # Not every tokenizer adds pieces of its own, and a text of none would have no vector.
        return [text or [self._pad] for text in ids]

    def forward(self, ids: Sequence[Sequence[int]]) -> Vectors:
        """Vectors of a batch of tokenized texts."""
        device = self.backbone.device
        lengths = torch.tensor([len(text) for text in ids])
        padded = torch.full((len(ids), int(lengths.max())), self._pad)
        for row, text in enumerate(ids):
            padded[row, : len(text)] = torch.tensor(text)
        attended = torch.arange(padded.shape[1]) < lengths[:, None]
        mask = attended
        if self._special is not None:
            kept = attended & ~torch.isin(padded, self._special)
            # A text of nothing but special tokens keeps them: it must have some vector.
            mask = torch.where(kept.any(dim=1, keepdim=True), kept, attended)
        with autocast(device):
            hidden = self.backbone(
                input_ids=padded.to(device), attention_mask=attended.to(device, torch.long)
            ).last_hidden_state
            if self.projection is not None:
                hidden = self.projection(hidden)
        return Vectors(hidden.float(), mask.to(device))

    @torch.no_grad()
    def tokens(
        self, texts: Sequence[str], length: int, progress: Callable[[int, int], None] | None = None
    ) -> Ragged:
        """Token vectors of the texts as losses see them, of any length; on the CPU, in float32."""
        return self._encode(texts, length, progress, lambda vectors: (vectors.tokens, vectors.mask))

    @torch.no_grad()
    def encode(
        self, texts: Sequence[str], length: int, progress: Callable[[int, int], None] | None = None
    ) -> Ragged:
        """Vectors of the texts as search sees them, of unit length: one a token, or just one."""

        def scored(vectors: Vectors) -> tuple[Tensor, Tensor]:
            if self.interaction == "single":
                vectors = vectors.pooled()
            return normalize(vectors.tokens, dim=-1), vectors.mask

        return self._encode(texts, length, progress, scored)

    def _encode(
        self,
        texts: Sequence[str],
        length: int,
        progress: Callable[[int, int], None] | None,
        part: Callable[[Vectors], tuple[Tensor, Tensor]],
    ) -> Ragged:
        training = self.training
        self.eval()
        ids = self.tokenize(texts, length)
        order = sorted(range(len(ids)), key=lambda index: (-len(ids[index]), index))
        found: list[Tensor] = [torch.empty(0)] * len(ids)
        micro_batches = MicroBatches()
        start = 0
        while start < len(order):
            batch = order[start : start + -(-_BATCH // micro_batches.parts)]
            try:
                values, mask = part(self([ids[index] for index in batch]))
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                values = mask = torch.empty(0)
                why = str(error) or type(error).__name__
            if not len(values):  # outside of the handler, whose traceback keeps tensors alive
                micro_batches.halve(_BATCH, "text", why)
                continue
            values, mask = values.cpu(), mask.cpu()
            for row, index in enumerate(batch):
                found[index] = values[row, mask[row]]
            start += len(batch)
            if progress:
                progress(start, len(order))
        self.train(training)
        offsets = torch.tensor([0, *(len(one) for one in found)]).cumsum(0)
        return Ragged(torch.cat(found), offsets)

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

    def save(self, folder: Path) -> None:
        """Write the backbone and tokenizer as transformers does, the rest beside them."""
        self.backbone.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        shape = {
            "interaction": self.interaction,
            "special_tokens": self.special_tokens,
            "projection": self.projection.out_features if self.projection is not None else 0,
            "bias": self.projection is not None and self.projection.bias is not None,
        }
        (folder / "encoder.json").write_text(json.dumps(shape))
        if self.projection is not None:
            save_file(self.projection.state_dict(), folder / "projection.safetensors")

    @classmethod
    def load(cls, folder: Path) -> Encoder:
        """Read what `save` wrote."""
        shape: dict[str, Any] = json.loads((folder / "encoder.json").read_text())
        encoder = cls(*load_backbone(str(folder)), **shape)
        if encoder.projection is not None:
            encoder.projection.load_state_dict(load_file(folder / "projection.safetensors"))
        return encoder

    @classmethod
    def build(cls, teacher: Teacher, texts: Callable[[], Sequence[str]]) -> Encoder:
        """Make the encoder that a suite's [teacher] describes.

        Args:
            teacher: the section.
            texts: gives the text that the tokenizer of an encoder from scratch is trained on.

        Raises:
            DataError: the backbone cannot be loaded, or reads no texts of that length.
        """
        if teacher.scratch is not None:
            from clirbench.models.scratch import build_scratch

            parts = build_scratch(
                teacher.scratch, texts(), max(teacher.query_length, teacher.document_length)
            )
        else:
            parts = load_backbone(teacher.backbone, teacher.revision)
        _check_lengths(teacher, *parts)
        return cls(
            *parts,
            interaction=teacher.interaction,
            special_tokens=teacher.special_tokens,
            projection=teacher.projection,
        )


def _check_lengths(
    teacher: Teacher, backbone: nn.Module, tokenizer: PreTrainedTokenizerBase
) -> None:
    """Refuse lengths that leave nothing of a text, or that the backbone has no positions for.

    Tokenizers cut to no length that their own pieces fill, and a GPU is of no use to its process after
    a position that is not there.

    Raises:
        DataError: says which setting is wrong.
    """
    own = tokenizer.num_special_tokens_to_add()
    most = min(
        # RoBERTa and its like count from the place after that of padding.
        (
            module.num_embeddings - (0 if module.padding_idx is None else module.padding_idx + 1)
            for name, module in backbone.named_modules()
            if name.endswith("position_embeddings") and isinstance(module, nn.Embedding)
        ),
        default=None,
    )
    for key in ("query_length", "document_length"):
        length = getattr(teacher, key)
        where = f'of backbone "{teacher.backbone}" (got {length})'
        if length <= own:
            raise DataError(f"teacher.{key} must be > {own}, the special tokens {where}")
        if most is not None and length > most:
            raise DataError(f"teacher.{key} must be <= {most}, the positions {where}")


def load_backbone(
    name: str, revision: str | None = None
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a model hub id or a folder: safetensors only, no code from the hub.

    Raises:
        DataError: it is not there, or not of that form.
    """
    from transformers import AutoModel, AutoTokenizer

    from clirbench.models.hub import place

    where = place(name, revision)
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, **where)
        options = {**where, "use_safetensors": True, "dtype": torch.float32}
        try:
            # BERT and its like have a pooler that nothing here reads, often without weights.
            backbone = AutoModel.from_pretrained(name, add_pooling_layer=False, **options)
        except TypeError:
            backbone = AutoModel.from_pretrained(name, **options)
    except (OSError, ValueError, KeyError) as error:
        offline = "the hub does not answer, and in its local cache: " * (
            "local_files_only" in where
        )
        raise DataError(
            f'backbone "{name}" cannot be loaded: {offline}{str(error).splitlines()[0]}; '
            "expected a folder or a hub id with config.json, tokenizer.json and model.safetensors"
        ) from error
    return backbone, tokenizer
