from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import ByT5Tokenizer

from clirbench.models.build import build_encoder
from clirbench.models.encoder import Encoder
from clirbench.models.reading import Reading
from clirbench.models.settings import Expansion, Markers, Prefix
from clirbench.models.tokens import Tokens
from clirbench.models.units import read_units, units_of
from clirbench.models.vectors import Units, Vectors
from clirbench.spec.model import Teacher

TEXTS = ["The unreadable word, number seven.", "the word is the WORD", "unread", ""]
"""Read as [CLS] the un ##read ##able word , number seven . [SEP] and so on."""


@pytest.fixture
def reader(backbone: Callable[..., Path]) -> Callable[..., Encoder]:
    """Makes encoders over the small word-piece tokenizer."""

    def make(**settings: object) -> Encoder:
        teacher = Teacher(
            backbone=str(backbone()),
            query_length=16,
            document_length=32,
            **settings,  # type: ignore[arg-type]
        )
        return build_encoder(teacher, list)

    return make


def test_words_of_tokens(reader: Callable[..., Encoder]) -> None:
    """Pieces of a word are one; punctuation and special tokens stand for themselves."""
    found = read_units(reader(), TEXTS, 16, scored=False)
    words = [part[:, 0].int().tolist() for part in found.vectors.split(found.lengths.tolist())]
    assert words == [
        [0, 1, 2, 2, 2, 3, 4, 5, 6, 7, 8],
        [0, 1, 2, 3, 4, 5, 6],
        [0, 1, 1, 2],
        [0, 1],
    ]


def test_what_is_cut_off_is_not_counted(reader: Callable[..., Encoder]) -> None:
    """A word that is cut in two is what of it is read; what is not read is no word of the text."""
    found = read_units(reader(), ["the unreadable word"], 5, scored=False)
    assert found.vectors[:, 0].int().tolist() == [0, 1, 2, 2, 3]


def test_idf(reader: Callable[..., Encoder]) -> None:
    """ln(1 + N / df), counted by hand over the four texts: of a piece, and of the word it is part of."""
    found = read_units(reader(), TEXTS, 16, scored=False)
    texts = found.vectors.split(found.lengths.tolist())
    of = {df: pytest.approx(math.log(1 + 4 / df)) for df in (1, 2, 4)}
    #       [CLS]  the    un     ##read ##able word   ,      number seven  .      [SEP]
    pieces = [of[4], of[2], of[2], of[2], of[1], of[2], of[1], of[1], of[1], of[1], of[4]]
    words = [of[4], of[2], of[1], of[1], of[1], of[2], of[1], of[1], of[1], of[1], of[4]]
    assert texts[0][:, 1].tolist() == pieces
    assert texts[0][:, 2].tolist() == words
    assert texts[2][:, 1].tolist() == [of[4], of[2], of[2], of[4]]
    assert texts[2][:, 2].tolist() == [of[4], of[1], of[1], of[4]]


@pytest.mark.parametrize("special", ["keep", "drop"])
def test_scored_are_the_tokens_that_vectors_are_cached_of(
    reader: Callable[..., Encoder], special: str
) -> None:
    """As many as the encoder gives vectors, which for a text of special tokens alone are these."""
    encoder = reader(special_tokens=special)
    found = read_units(encoder, TEXTS, 16, scored=True)
    assert torch.equal(found.offsets, encoder.tokens(TEXTS, 16).offsets)
    assert found.lengths[0] == (11 if special == "keep" else 9)


def test_padded_as_a_batch_is(reader: Callable[..., Encoder]) -> None:
    """Every token of the batch has its row, those of shorter texts are padded."""
    encoder = reader()
    read = read_units(encoder, TEXTS, 16, scored=False)
    batch = [2, 1]
    vectors = encoder(encoder.tokenize([TEXTS[index] for index in batch], 16))
    units = units_of(read, batch, torch.device("cpu"))
    assert {each.shape for each in units} == {vectors.mask.shape}
    assert units.words[0, :4].tolist() == [0, 1, 1, 2]


def test_prefixes_and_augmentation(reader: Callable[..., Encoder]) -> None:
    """What is put around a text is counted with it; a [MASK] is of no word."""
    encoder = reader(
        prefix=Prefix(query="query: "),
        markers=Markers(query="[unused0]"),
        expansion=Expansion(tokens=9),
    )
    found = read_units(encoder, ["unread"], 16, scored=False)
    # [CLS] [unused0] query : un ##read [SEP] [MASK] [MASK]
    assert found.vectors[:, 0].int().tolist() == [0, 1, 2, 3, 4, 4, 5, 6, 7]


def test_tokenizers_without_offsets() -> None:
    """A tokenizer of Python alone has its tokens looked for in the text: bytes here make words."""

    class Bytes:
        text = Tokens(ByT5Tokenizer(), Reading())
        reading = Reading()

        def tokenize(self, texts: list[str], length: int) -> list[list[int]]:
            return self.text.ids(texts, length, "query")

    found = read_units(Bytes(), ["ab, cd"], 30, scored=False)  # type: ignore[arg-type]
    assert found.vectors[:, 0].int().tolist() == [0, 0, 1, 2, 3, 3, 4]


def random(padding: int = 0, *, garbage: float = 0.0) -> Vectors:
    """Two texts of four and two tokens, of which the last of the first is not scored."""
    generator = torch.Generator().manual_seed(1)
    tokens = torch.full((2, 4 + padding, 3), garbage)
    tokens[:, :4] = torch.randn(2, 4, 3, generator=generator)
    mask = torch.zeros(2, 4 + padding, dtype=torch.bool)
    mask[0, :3] = mask[1, :2] = True
    words = torch.zeros(2, 4 + padding, dtype=torch.long)
    words[0, :4], words[1, :2] = torch.tensor([0, 1, 0, 2]), torch.tensor([0, 1])
    idf = torch.full((2, 4 + padding), 9.0)
    idf[0, :4], idf[1, :2] = torch.tensor([2.0, 3.0, 2.0, 4.0]), torch.tensor([5.0, 6.0])
    return Vectors(tokens, mask, None, Units(words, idf + 1, idf))


def test_by_word() -> None:
    """A word is the mean of its scored tokens; one without any is masked; its idf is the word's."""
    vectors = random()
    tokens = vectors.tokens.double().numpy()
    found = vectors.by_word()
    np.testing.assert_allclose(found.tokens[0, 0], (tokens[0, 0] + tokens[0, 2]) / 2, atol=1e-6)
    np.testing.assert_allclose(found.tokens[0, 1], tokens[0, 1], atol=1e-6)
    np.testing.assert_allclose(found.tokens[1, :2], tokens[1, :2], atol=1e-6)
    assert found.mask.tolist() == [[True, True, False], [True, True, False]]
    assert found.units is not None
    assert found.units.idf[found.mask].tolist() == [2, 3, 5, 6]


def test_by_word_of_padding() -> None:
    """Padding changes nothing, be there what may."""
    plain, padded = random().by_word(), random(3, garbage=float("nan")).by_word()
    assert torch.equal(plain.mask, padded.mask)
    torch.testing.assert_close(plain.tokens, padded.tokens)


def test_by_word_needs_words() -> None:
    """Without them it is an error, not pieces."""
    with pytest.raises(ValueError, match="not known"):
        random()._replace(units=None).by_word()
