from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from transformers import AutoTokenizer, ByT5Tokenizer, PhobertTokenizer

from clirbench.models.reading import Reading
from clirbench.models.tokens import Tokens

Make = Callable[..., Path]


def tokens(folder: Path, **reading: object) -> Tokens:
    """The small word-piece tokenizer, and what is put around texts."""
    return Tokens(AutoTokenizer.from_pretrained(folder), Reading(**reading))  # type: ignore[arg-type]


def test_words_of_tokens(backbone: Make) -> None:
    """Pieces of a word have its number; what is put around a text is of no word."""
    plain = tokens(backbone()).pieces("the unreadable word", 16)
    assert [piece.word for piece in plain] == [None, 0, 1, 1, 1, 2, None]
    around = tokens(
        backbone(), prefix=("query : ", ""), markers=("[unused0]", ""), expansion=12
    ).pieces("the unreadable word", 16)
    shown = ["[CLS]", "[unused0]", "query", ":", "the", "un", "read", "able", "word", "[SEP]"]
    assert [piece.text for piece in around] == [*shown, "[MASK]", "[MASK]"]
    words = [None, None, None, None, 0, 1, 1, 1, 2, None, None, None]
    assert [piece.word for piece in around] == words


def test_tokenizers_without_offsets(tmp_path: Path) -> None:
    """Those written in Python alone do not say where a token stands: it is found by its name."""
    (tmp_path / "vocab.txt").write_text("w@@ 1\no@@ 1\nwo@@ 1\nr@@ 1\nd 1\nseven 1\n")
    (tmp_path / "bpe.codes").write_text("#version: 0.2\nw o 1\n")
    tokenizer = PhobertTokenizer(str(tmp_path / "vocab.txt"), str(tmp_path / "bpe.codes"))
    assert not tokenizer.is_fast
    found = Tokens(tokenizer, Reading()).pieces("word xyz word", 30)
    assert found == [
        *[("<s>", None), ("wo", 0), ("r", 0), ("d", 0)],
        *[("<unk>", None)] * 3,
        *[("wo", 2), ("r", 2), ("d", 2), ("</s>", None)],
    ]
    letters = Tokens(ByT5Tokenizer(), Reading()).pieces("ab cd", 30)
    assert [p.word for p in letters] == [0, 0, None, 1, 1, None]


def test_around_is_what_a_text_has_before_its_own(backbone: Make) -> None:
    """Special tokens, the marker and the prefix of the side."""
    each = tokens(backbone(), prefix=("what is ", ""), markers=("[unused0]", "[unused1]"))
    assert (each.around("query"), each.around("passage")) == (5, 3)


@pytest.mark.parametrize("reading", [{}, {"markers": ("[unused0]", "[unused1]"), "expansion": 8}])
def test_cut_texts(reading: dict[str, object], backbone: Make) -> None:
    """A text is cut where it has more tokens than the limit, those around it included."""
    each = tokens(backbone(), **reading)
    texts = ["word " * count for count in range(8)]
    around = 3 if reading else 2
    for side in ("query", "passage"):
        assert each.cut(texts, 6, side) == [count + around > 6 for count in range(8)]
