from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import nn
from transformers import ByT5Tokenizer, T5Config, T5EncoderModel

from clirbench.data.base import SentencePair
from clirbench.models.dense import DenseLayer
from clirbench.models.encoder import Encoder
from clirbench.models.reading import Dense, Reading
from clirbench.training.alignment import Alignment, align, error_rate, word_links
from clirbench.transport.exact import Exact
from clirbench.transport.greedy import Greedy
from clirbench.transport.nearest import Nearest

PAIR = SentencePair("namba 7 neno", "word number 7", ((0, 1), (1, 2), (2, 0)))


def made(
    plan: list[list[float]], foreign: list[int | None], english: list[int | None]
) -> Alignment:
    """An alignment by hand."""
    return Alignment(
        foreign=("f",) * len(foreign),
        english=("e",) * len(english),
        plan=tuple(map(tuple, plan)),
        foreign_words=tuple(foreign),
        english_words=tuple(english),
    )


def test_words_get_the_mass_of_their_tokens() -> None:
    """Tokens of one word act together; special tokens have no word; a tie goes to the first word."""
    alignment = made(
        [[9, 0, 0, 0], [0, 0.2, 0.3, 0], [0, 0.3, 0, 0.1], [0, 0, 0.1, 0.1]],
        [None, 0, 0, 1],
        [None, 0, 1, 2],
    )
    assert word_links(alignment) == {(0, 0), (1, 1)}


def test_error_rate_is_one_minus_f1() -> None:
    """Of two gold links one is found, and one wrong one: AER is 1 − 2·1/(2 + 2); others do not count."""
    alignment = made([[1, 0, 0], [0, 0, 1], [0, 1, 0]], [0, 1, 2], [0, 1, 2])
    pair = SentencePair("a b c", "x y z", ((0, 0), (1, 1)))
    assert error_rate([alignment], [pair]) == pytest.approx(0.5)
    assert error_rate([alignment], [SentencePair("a", "b", ((0, 0), (1, 2), (2, 1)))]) == 0
    assert error_rate([], []) == 0


@pytest.mark.parametrize("solver", [Exact(), Nearest(), Greedy()], ids=lambda s: s.name)
def test_a_sentence_aligns_with_itself(
    solver: Exact | Nearest | Greedy, encoder: Callable[..., Encoder]
) -> None:
    """Between a sentence and itself every word's link is the word, whatever it is cut into."""
    model = encoder().eval()
    text = "word number 11 for neno"
    (alignment,) = align((model, 30), (model, 30), [SentencePair(text, text)], solver)
    assert word_links(alignment) == {(i, i) for i in range(5)}
    assert "".join(alignment.foreign[1:-1]) == text.replace(" ", "")
    words = [w for w in alignment.foreign_words if w is not None]
    assert words == sorted(words)
    assert set(words) == set(range(5))


def test_a_tokenizer_without_offsets_aligns() -> None:
    """Letters of a word act together where the tokenizer does not say where they stand."""
    model = T5EncoderModel(
        T5Config(vocab_size=384, d_model=16, d_ff=32, d_kv=8, num_layers=1, num_heads=2)
    )
    encoder = Encoder(model, ByT5Tokenizer(), interaction="late", special_tokens="keep").eval()
    text = "word number 11"
    (alignment,) = align((encoder, 30), (encoder, 30), [SentencePair(text, text)], Exact())
    assert word_links(alignment) == {(i, i) for i in range(3)}
    assert len(alignment.foreign) == len(text) + 1


def test_one_vector_aligns_as_one(encoder: Callable[..., Encoder]) -> None:
    """A model of one vector a text has one row and one column, of no word."""
    model = encoder(interaction="single").eval()
    dense = Dense(size=(16, 16), bias=True, file="")
    model.reading = Reading(dense=(dense,), dense_of="sentences")
    model.dense = nn.Sequential(DenseLayer(dense))
    (alignment,) = align((model, 16), (model, 16), [PAIR], Exact())
    assert (alignment.foreign, alignment.english) == ((PAIR.foreign,), (PAIR.english,))
    assert alignment.plan == ((1.0,),)
    assert alignment.foreign_words == (None,)


def test_json_has_a_row_for_each_foreign_token(encoder: Callable[..., Encoder]) -> None:
    """The plan's rows are the foreign tokens; its masses sum to one."""
    model = encoder().eval()
    (alignment,) = align((model, 16), (model, 16), [PAIR], Exact())
    found = alignment.as_json()
    assert isinstance(found, dict)
    plan = found["plan"]
    assert isinstance(plan, list)
    assert len(plan) == len(alignment.foreign)
    assert {len(row) for row in plan} == {len(alignment.english)}  # type: ignore[arg-type]
    assert sum(sum(row) for row in plan) == pytest.approx(1, abs=0.01)  # type: ignore[arg-type, misc]
