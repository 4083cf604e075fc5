"""How much of texts is read at a length: what is cut, and which length cuts little."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from clirbench.data.base import SentencePair
    from clirbench.data.bitext import Cutter
    from clirbench.models.reading import Side
    from clirbench.models.settings import Reader
    from clirbench.models.tokens import Tokens

__all__ = ["Cut", "count_cut", "cutter", "find_length", "length_for", "open_tokens"]

_SHARE = 0.95
_WITHOUT = 64


class Cut(NamedTuple):
    """Texts, and how many of them are not read to the end."""

    texts: int
    cut: int

    @property
    def share(self) -> float:
        """Of the texts; 0 where there are none."""
        return self.cut / self.texts if self.texts else 0.0


def open_tokens(reader: Reader) -> Tokens:
    """The tokenizer of a pretrained backbone with what is put around texts, without its weights.

    Raises:
        DataError: it cannot be loaded.
    """
    from transformers import AutoTokenizer

    from clirbench.errors import DataError
    from clirbench.models.adapters import choose
    from clirbench.models.folder import Folder
    from clirbench.models.hub import fetch
    from clirbench.models.reading import resolve
    from clirbench.models.tokens import Tokens

    path, _ = fetch(reader.backbone, reader.revision)
    reading = resolve(choose(Folder(path=path), reader.adapter), reader)
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            path, trust_remote_code=False, local_files_only=True
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise DataError(
            f'the tokenizer of backbone "{reader.backbone}" cannot be loaded: {error}'
        ) from error
    return Tokens(tokenizer, reading)


def count_cut(tokens: Tokens, texts: Sequence[str], length: int, side: Side = "query") -> Cut:
    """Count the texts that are not read to the end.

    Args:
        tokens: of the encoder that reads them (`Encoder.text`).
        texts: the texts.
        length: longest in word pieces.
        side: as what they are read.
    """
    return Cut(len(texts), sum(tokens.cut(texts, length, side)))


def cutter(foreign_by: tuple[Tokens, int], english_by: tuple[Tokens, int]) -> Cutter:
    """Says of which sentence pairs a side is not read to the end.

    Args:
        foreign_by: the tokens of the encoder that reads the foreign sides, and at most how many.
        english_by: the same for the English sides.
    """
    (own, most), (other, length) = foreign_by, english_by

    def cut(pairs: Sequence[SentencePair]) -> tuple[Sequence[bool], Sequence[bool]]:
        foreign = own.cut([pair.foreign for pair in pairs], most, "query")
        return foreign, other.cut([pair.english for pair in pairs], length, "query")

    return cut


def find_length(
    tokens: Tokens, texts: Mapping[str, Sequence[str]], reader: Reader
) -> tuple[int, dict[str, int]]:
    """The length at which 95 % of each kind of text are read to the end, at most all positions.

    Args:
        tokens: of the encoder.
        texts: what they are, such as "so topics", to the texts; 64 tokens where there are none.
        reader: names the backbone.

    Returns:
        The length, and what each kind of text needs.
    """
    from clirbench.models.folder import Folder
    from clirbench.models.hub import fetch

    needs = {kind: length_for(tokens, own) for kind, own in texts.items() if own}
    most = Folder(path=fetch(reader.backbone, reader.revision)[0]).positions()
    length = max(needs.values(), default=_WITHOUT)
    return min(length, most or length), needs


def length_for(
    tokens: Tokens, texts: Sequence[str], side: Side = "query", share: float = _SHARE
) -> int:
    """The shortest length at which at least `share` of the texts are read to the end."""
    lengths = sorted(tokens.whole(texts, side))
    return lengths[max(math.ceil(share * len(lengths)), 1) - 1] if lengths else 0
