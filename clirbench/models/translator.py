"""Translation models: any sequence-to-sequence model of transformers, or a small one from nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from clirbench.errors import DataError
from clirbench.models.hub import place
from clirbench.models.settings import Scratch
from clirbench.models.vectors import Vectors

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

__all__ = ["Translator"]

_BATCH = 32


class Translator(nn.Module):
    """Turns texts of one language into those of another."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
        super().__init__()
        self.model = model
        self.tokenizer = tokenizer

    def tokenize(self, texts: Sequence[str], length: int) -> list[list[int]]:
        """Word pieces of each text, special ones included, cut to `length`."""
        ids: list[list[int]] = self.tokenizer(
            list(texts), truncation=True, max_length=length, return_attention_mask=False
        )["input_ids"]
        return ids

    def forward(self, source: Sequence[Sequence[int]], target: Sequence[Sequence[int]]) -> Vectors:
        """Scores of every word piece for each place of the target but the first, (B, n − 1, V)."""
        sources, attended = self._padded(source)
        targets, mask = self._padded(target)
        logits = self.model(
            input_ids=sources,
            attention_mask=attended.long(),
            decoder_input_ids=targets[:, :-1],
            decoder_attention_mask=mask[:, :-1].long(),
            use_cache=False,
        ).logits
        return Vectors(logits, mask[:, 1:])

    @torch.no_grad()
    def translate(
        self,
        texts: Sequence[str],
        *,
        beams: int,
        length: int,
        codes: tuple[str, str] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[str]:
        """The likeliest translations that a beam search finds; the same texts give the same.

        Args:
            texts: to be translated.
            beams: width of the search; 1 is greedy.
            length: longest source and translation in word pieces.
            codes: the model's own names of the two languages, for one that knows many.
            progress: hears of each batch.

        Raises:
            DataError: the model does not know a language by that name.
        """
        self.eval()
        first = self._tell(*codes) if codes else None
        ids = self.tokenize(texts, length)
        order = sorted(range(len(ids)), key=lambda index: (len(ids[index]), index))
        found = [""] * len(ids)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            sources, attended = self._padded([ids[index] for index in batch])
            made = self.model.generate(
                input_ids=sources,
                attention_mask=attended.long(),
                num_beams=beams,
                do_sample=False,
                max_new_tokens=length,
                forced_bos_token_id=first,
            )
            for index, text in zip(
                batch, self.tokenizer.batch_decode(made, skip_special_tokens=True), strict=True
            ):
                found[index] = text.strip()
            if progress:
                progress(min(start + _BATCH, len(order)), len(order))
        return found

    def _tell(self, source: str, target: str) -> int:
        """Tell a model of many languages which two are meant; gives the piece that the target begins with."""
        first = self.tokenizer.convert_tokens_to_ids(target)
        known = self.tokenizer.convert_tokens_to_ids(source)
        for code, index in ((source, known), (target, first)):
            if index is None or index == self.tokenizer.unk_token_id:
                raise DataError(
                    f'the translation model has no language "{code}"; give its own names in `codes`'
                )
        self.tokenizer.src_lang = source
        return int(first)

    def _padded(self, texts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """(B, n) ids and booleans, on the model's device."""
        lengths = torch.tensor([len(text) for text in texts])
        ids = torch.full((len(texts), int(lengths.max())), int(self.tokenizer.pad_token_id or 0))
        for row, text in enumerate(texts):
            ids[row, : len(text)] = torch.tensor(text)
        mask = torch.arange(ids.shape[1]) < lengths[:, None]
        return ids.to(self.model.device), mask.to(self.model.device)

    def save(self, folder: Path) -> None:
        """Write model and tokenizer as transformers does."""
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    @classmethod
    def load(cls, name: str, revision: str | None = None) -> Translator:
        """Load a model hub id or a folder: safetensors only, no code from the hub.

        Raises:
            DataError: it is not there, or no sequence-to-sequence model in that form.
        """
        from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

        where = place(name, revision)
        try:
            tokenizer = AutoTokenizer.from_pretrained(name, **where)
            model = AutoModelForSeq2SeqLM.from_pretrained(
                name, **where, use_safetensors=True, dtype=torch.float32
            )
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise DataError(
                f'translation model "{name}" cannot be loaded: {str(error).splitlines()[0]}; expected '
                "a folder or a hub id of a sequence-to-sequence model with model.safetensors"
            ) from error
        return cls(model, tokenizer)

    @classmethod
    def build(cls, shape: Scratch, texts: Sequence[str], longest: int) -> Translator:
        """Make an untrained transformer (Vaswani et al. 2017; layer norms first, as in mBART).

        The weights are drawn from torch's global generator; the caller seeds it.

        Args:
            shape: layers of each of encoder and decoder, width, heads, vocabulary.
            texts: of both languages, that the common tokenizer is trained on.
            longest: text in word pieces.
        """
        from tokenizers import decoders
        from transformers import MBartConfig, MBartForConditionalGeneration

        from clirbench.models.scratch import train_tokenizer

        tokenizer = train_tokenizer(texts, shape.vocabulary)
        tokenizer.backend_tokenizer.decoder = (
            decoders.Metaspace()
        )  # puts word pieces together again
        config = MBartConfig(
            vocab_size=len(tokenizer),
            d_model=shape.width,
            encoder_layers=shape.layers,
            decoder_layers=shape.layers,
            encoder_attention_heads=shape.heads,
            decoder_attention_heads=shape.heads,
            encoder_ffn_dim=4 * shape.width,
            decoder_ffn_dim=4 * shape.width,
            dropout=shape.dropout,
            attention_dropout=shape.dropout,
            max_position_embeddings=longest + 1,
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=tokenizer.cls_token_id,
            decoder_start_token_id=tokenizer.cls_token_id,
            eos_token_id=tokenizer.sep_token_id,
            forced_eos_token_id=None,
        )
        return cls(MBartForConditionalGeneration(config), tokenizer)
