"""Texts as a model reads them: prefix, markers, and queries filled up with [MASK]."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from clirbench.errors import DataError
from clirbench.models.reading import Reading, Side

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["Piece", "Tokens"]

_JOINTS = ("##", "\u2581", "\u0120", "@@", "</w>")
"""What tokenizers write where a token meets the one before or after it."""


_READING = "reading.json"
_AT_ONCE = 10_000
"""Texts that are cut into tokens together, where there may be millions."""


class Piece(NamedTuple):
    """A token as it reads, for people."""

    text: str
    word: int | None
    """Number of the text's word, as white space cuts them, that it is of; none: of no word."""


class Tokens:
    """A tokenizer together with what a reading puts around texts.

    Args:
        tokenizer: of the backbone.
        reading: prefix, markers and the like.

    Raises:
        DataError: the tokenizer lacks a token that the reading needs.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, reading: Reading) -> None:
        self.tokenizer = tokenizer
        self.reading = reading
        self.pad = int(tokenizer.pad_token_id or 0)
        self._markers = {marker: self._marker(marker) for marker in filter(None, reading.markers)}
        self._mask = tokenizer.mask_token_id
        if reading.expansion and self._mask is None:
            raise DataError(
                f"queries should be filled up to {reading.expansion} tokens with [MASK], but the "
                "tokenizer has no such token; set expansion = { tokens = 0 }"
            )
        self.skipped = self._skipped()

    def save(self, folder: Path) -> None:
        """Write the tokenizer and what is put around texts."""
        self.tokenizer.save_pretrained(folder)
        text = json.dumps(self.reading.as_json())
        (folder / _READING).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Tokens:
        """Read what `save` wrote."""
        from transformers import AutoTokenizer

        reading = Reading.from_json(json.loads((folder / _READING).read_text(encoding="utf-8")))
        return cls(AutoTokenizer.from_pretrained(folder, trust_remote_code=False), reading)

    def _marker(self, marker: str) -> int:
        found = self.tokenizer.convert_tokens_to_ids(marker)
        if found is None or found == self.tokenizer.unk_token_id:
            raise DataError(
                f'the tokenizer has no token "{marker}", the marker of queries or passages; '
                "set `markers` to tokens that it has, or to none"
            )
        return int(found)

    def _skipped(self) -> Tensor | None:
        """Ids of the tokens of passages that are not scored."""
        if self.reading.skip_by == "piece":
            pieces = (self.tokenizer.encode(w, add_special_tokens=False) for w in self.reading.skip)
            found = {ids[0] for ids in pieces if ids}
        else:
            found = {self.tokenizer.convert_tokens_to_ids(word) for word in self.reading.skip}
        found -= {None, self.tokenizer.unk_token_id}
        return torch.tensor(sorted(found)) if found else None

    def around(self, side: Side) -> int:
        """Tokens that a text has before anything of its own is read."""
        prefix, marker = self.reading.of(side)
        own = len(self._ids([prefix], None)[0]) if prefix else None
        return (self.tokenizer.num_special_tokens_to_add() if own is None else own) + bool(marker)

    def ids(self, texts: Sequence[str], length: int, side: Side) -> list[list[int]]:
        """Tokens of each text, cut to `length`."""
        prefix, marker = self.reading.of(side)
        found = self._ids([prefix + text for text in texts], length - bool(marker))
        if marker:
            found = [[*ids[:1], self._markers[marker], *ids[1:]] for ids in found]
        if side == "query" and self.reading.expansion:
            full = min(self.reading.expansion, length)
            found = [ids + [self._mask] * (full - len(ids)) for ids in found]
        return found

    def packed(self, texts: Sequence[str], length: int, side: Side) -> list[array[int]]:
        """As `ids`, for millions of texts: in little memory, one that stands there often just once."""
        different = list(dict.fromkeys(texts))
        known: dict[str, array[int]] = {}
        for start in range(0, len(different), _AT_ONCE):
            some = different[start : start + _AT_ONCE]
            known |= zip(
                some, (array("i", ids) for ids in self.ids(some, length, side)), strict=True
            )
        return [known[text] for text in texts]

    def _ids(self, texts: Sequence[str], length: int | None) -> list[list[int]]:
        if self.reading.lower:
            texts = [text.lower() for text in texts]
        ids: list[list[int]] = self.tokenizer(
            list(texts),
            truncation=length is not None,
            max_length=length,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )["input_ids"]
        # Not every tokenizer adds pieces of its own, and a text of none would have no vector.
        return [text or [self.pad] for text in ids]

    def whole(self, texts: Sequence[str], side: Side) -> list[int]:
        """Tokens that each text has when nothing is cut, those around it included."""
        prefix, marker = self.reading.of(side)
        found: list[int] = []
        for start in range(0, len(texts), _AT_ONCE):
            some = [prefix + text for text in texts[start : start + _AT_ONCE]]
            found += (len(ids) + bool(marker) for ids in self._ids(some, None))
        return found

    def cut(self, texts: Sequence[str], length: int, side: Side) -> list[bool]:
        """Of each text, whether something of it is not read when it is cut to `length`."""
        return [size > length for size in self.whole(texts, side)]

    def unfilled(self, ids: Sequence[Sequence[int]], side: Side) -> list[int] | None:
        """Of tokenized queries, how many tokens are attended to; none: all of all texts are."""
        if side != "query" or not self.reading.expansion or self.reading.attend:
            return None
        counts = []
        for text in ids:
            own = len(text)
            while own > 1 and text[own - 1] == self._mask:
                own -= 1
            counts.append(own)
        return counts

    def places(
        self, text: str, length: int, side: Side = "query"
    ) -> tuple[str, list[tuple[int, int]]]:
        """The text with what is put before it, and where in that each of its tokens stands, from and to.

        A token that stands nowhere, such as [CLS] and [MASK], has (0, 0).
        """
        (ids,) = self.ids([text], length, side)
        prefix, marker = self.reading.of(side)
        whole = prefix + text
        if self.tokenizer.is_fast:
            spans = self._spans(whole, length - bool(marker))
        else:
            names: list[str] = self.tokenizer.convert_ids_to_tokens(ids)
            spans = _found(names[:1] + names[2:] if marker else names, whole)
        if marker:
            spans = [*spans[:1], (0, 0), *spans[1:]]
        return whole, spans + [(0, 0)] * (len(ids) - len(spans))

    def pieces(self, text: str, length: int, side: Side = "query") -> list[Piece]:
        """The tokens of a text as they read, those around it included."""
        (ids,) = self.ids([text], length, side)
        names: list[str] = self.tokenizer.convert_ids_to_tokens(ids)
        prefix = self.reading.of(side)[0]
        whole, spans = self.places(text, length, side)
        made = []
        for name, (start, stop) in zip(names, spans, strict=True):
            shown = whole[start:stop]
            before = whole[
                len(prefix) : stop - len(shown.lstrip())
            ]  # a byte-pair token may begin with the space
            own = bool(shown.strip()) and start >= len(prefix.rstrip())
            word = len(before.split()) - (not _starts_word(before)) if own else None
            made.append(Piece(shown.strip() or name, word))
        return made

    def _spans(self, text: str, length: int) -> list[tuple[int, int]]:
        spans: list[tuple[int, int]] = self.tokenizer(
            text.lower() if self.reading.lower else text,
            truncation=True,
            max_length=length,
            return_offsets_mapping=True,
        )["offset_mapping"]
        return spans


def _found(names: Sequence[str], text: str) -> list[tuple[int, int]]:
    """Where tokens stand in a text, from their names: each after the one before; (0, 0) if nowhere."""
    spans, at, lower, lost = [], 0, text.lower(), True
    for name in names:
        piece = name
        for joint in _JOINTS:
            piece = piece.replace(joint, "")
        start = lower.find(piece.lower(), at) if piece else -1
        # Only after a token that does not read as the text, such as [UNK], may some of it be passed over.
        lost = start < 0 or bool(text[at:start].strip() and not lost)
        if lost:
            spans.append((0, 0))
            continue
        at = start + len(piece)
        spans.append((start, at))
    return spans


def _starts_word(before: str) -> bool:
    return not before or before[-1].isspace()
