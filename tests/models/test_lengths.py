from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.data.base import SentencePair
from clirbench.models.build import build_encoder
from clirbench.models.lengths import count_cut, count_cut_pairs, length_for, open_tokens
from clirbench.models.settings import Markers
from clirbench.running.stage import Context
from clirbench.running.stages.cut import CUT, tell_cut
from clirbench.spec.model import Teacher

Make = Callable[..., Path]


@pytest.mark.parametrize("marker", ["", "[unused0]"])
def test_cut_texts_are_those_that_lose_tokens(marker: str, backbone: Make) -> None:
    """The counts are those of texts that come out shorter than they are without a limit."""
    teacher = Teacher(
        backbone=str(backbone()),
        markers=Markers(query=marker),
        query_length=8,
        document_length=16,
    )
    encoder = build_encoder(teacher, list)
    foreign = ["word " * count for count in range(12)]
    english = ["unreadable " * (count // 2) for count in range(12)]

    def cut(texts: list[str]) -> list[bool]:
        found = zip(encoder.tokenize(texts, 8), encoder.tokenize(texts, 60), strict=True)
        return [short != whole for short, whole in found]

    tokens = open_tokens(teacher)
    assert count_cut(tokens, foreign, 8) == (12, sum(cut(foreign)))
    pairs = [SentencePair(*both) for both in zip(foreign, english, strict=True)]
    found = count_cut_pairs(pairs, (encoder.text, 8), (encoder.text, 8))
    assert (found.foreign.cut, found.english.cut) == (sum(cut(foreign)), sum(cut(english)))
    assert found.one == sum(a != b for a, b in zip(cut(foreign), cut(english), strict=True)) > 0
    assert found.foreign.share == pytest.approx(sum(cut(foreign)) / 12)


def test_what_is_cut_is_kept_and_said(backbone: Make, tmp_path: Path) -> None:
    """Beside the pairs, and to who runs the suite; nothing is said where nothing is cut."""
    encoder = build_encoder(Teacher(backbone=str(backbone()), document_length=16), list)
    pairs = [SentencePair("word " * count, "word") for count in range(10)]
    said: list[str] = []
    context = Context(fetch=lambda _: tmp_path, says=said.append)
    for length in (8, 12):
        by = encoder, length
        tell_cut(tmp_path, pairs, by, by, title="sw-en", context=context)
        cut = max(9 - (length - 2), 0)
        assert json.loads((tmp_path / CUT).read_text()) == {
            "pairs": 10,
            "length": length,
            "foreign": cut,
            "english": 0,
            "one": cut,
        }
    (text,) = said
    assert text.startswith("sw-en: of 10 training pairs, 30.0% are cut at query_length = 8 on the")
    assert text.endswith("foreign side, 0.0% on the English one, 30.0% on one side alone")


def test_the_length_that_cuts_little(backbone: Make) -> None:
    """Of twenty texts, the longest may be cut at 95 %, and none at 100 %."""
    tokens = open_tokens(Teacher(backbone=str(backbone())))
    texts = ["word " * count for count in range(20)]
    assert length_for(tokens, texts) == 18 + 2
    assert length_for(tokens, texts, share=1) == 19 + 2
    assert count_cut(tokens, texts, 20).cut == 1
    assert length_for(tokens, []) == 0
