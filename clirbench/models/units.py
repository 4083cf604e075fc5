"""What token vectors are of: which word, and how rare that is among the texts."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

import torch

from clirbench.data.words import spans
from clirbench.models.encoder import Encoder
from clirbench.models.ragged import Ragged
from clirbench.models.vectors import Units

__all__ = ["read_units", "units_of"]

_Key: TypeAlias = tuple[int, ...]


def read_units(encoder: Encoder, texts: Sequence[str], length: int, *, scored: bool) -> Ragged:
    """What every token of some sentences is of: for `units_of`.

    A word is what `clirbench.data.words` takes for one; what is of no word, such as punctuation and
    [CLS], stands for itself. How rare a token is, and its word, is counted over these texts:
    idf = ln(1 + N / df) with N texts, df of which have it. It is never 0, so that no text is without mass.

    Args:
        encoder: reads them.
        texts: all that is counted over.
        length: longest in word pieces.
        scored: whether the tokens are those alone that take part in scoring, as in what `Encoder.tokens`
            gives; else all, as in what it gives for a batch.
    """
    if encoder.reading.dense_of == "sentences":  # one vector, which is of all words
        return Ragged(torch.tensor([[0.0, 1.0, 1.0]] * len(texts)), torch.arange(len(texts) + 1))
    pieces = encoder.tokenize(texts, length)
    words = [_words(encoder, text, ids, length) for text, ids in zip(texts, pieces, strict=True)]
    keys = [_keys(ids, own) for ids, own in zip(pieces, words, strict=True)]
    piece_idf = _idf([[(piece,) for piece in ids] for ids in pieces])
    word_idf = _idf(keys)
    rows = [
        torch.tensor(
            [
                [float(word), piece_idf[(piece,)], word_idf[key]]
                for piece, word, key in zip(ids, own, named, strict=True)
            ]
        )
        for ids, own, named in zip(pieces, words, keys, strict=True)
    ]
    if scored:
        rows = [row[_mask(encoder, ids)] for row, ids in zip(rows, pieces, strict=True)]
    return Ragged(torch.cat(rows), torch.tensor([0, *map(len, rows)]).cumsum(0))


def units_of(read: Ragged, batch: Sequence[int], device: torch.device) -> Units:
    """Those of some of the texts, padded as their vectors are."""
    padded = read.padded(batch)[0].to(device)
    return Units(padded[..., 0].long(), padded[..., 1], padded[..., 2])


def _words(encoder: Encoder, text: str, ids: Sequence[int], length: int) -> list[int]:
    """Of each token the number of its word; what is of none has a number of its own."""
    whole, places = encoder.text.places(text, length)
    known, found, fresh = spans(whole), [], len(ids)
    stops = [stop for _, stop in known]
    for start, stop in places:
        at = bisect_right(stops, start)  # the first that ends after it
        if start < stop and at < len(known) and known[at][0] < stop:
            found.append(at)
        else:
            found.append(fresh)
            fresh += 1
    order = {word: number for number, word in enumerate(dict.fromkeys(found))}
    return [order[word] for word in found]


def _keys(ids: Sequence[int], words: Sequence[int]) -> list[_Key]:
    """Of each token its word, as the tokens that this is made of."""
    made: dict[int, _Key] = {}
    for piece, word in zip(ids, words, strict=True):
        made[word] = (*made.get(word, ()), piece)
    return [made[word] for word in words]


def _idf(texts: Sequence[Sequence[_Key]]) -> dict[_Key, float]:
    counts = Counter(key for text in texts for key in set(text))
    return {key: math.log1p(len(texts) / count) for key, count in counts.items()}


def _mask(encoder: Encoder, ids: Sequence[int]) -> torch.Tensor:
    padded = torch.tensor([ids])
    return encoder.scored(padded, torch.ones_like(padded, dtype=torch.bool), "query")[0]
