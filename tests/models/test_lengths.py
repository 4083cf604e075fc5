from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.data.base import SentencePair
from clirbench.models.build import build_encoder
from clirbench.models.folder import Folder
from clirbench.models.lengths import count_cut, cutter, find_length, length_for, open_tokens
from clirbench.models.settings import Markers
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
    found = cutter((encoder.text, 8), (tokens, 8))(pairs)
    assert found == (cut(foreign), cut(english))
    assert count_cut(tokens, foreign, 8).share == pytest.approx(sum(cut(foreign)) / 12)


def test_the_length_that_cuts_little(backbone: Make) -> None:
    """Of twenty texts, the longest may be cut at 95 %, and none at 100 %."""
    tokens = open_tokens(Teacher(backbone=str(backbone())))
    texts = ["word " * count for count in range(20)]
    assert length_for(tokens, texts) == 18 + 2
    assert length_for(tokens, texts, share=1) == 19 + 2
    assert count_cut(tokens, texts, 20).cut == 1
    assert length_for(tokens, []) == 0


def test_the_length_that_texts_need(backbone: Make) -> None:
    """That of the kind of text that needs most, and no more than there are positions."""
    teacher = Teacher(backbone=str(backbone()))
    tokens = open_tokens(teacher)
    texts = {"so topics": ["word " * 3] * 20, "so sentences": ["word " * n for n in range(20)]}
    assert find_length(tokens, {**texts, "none": []}, teacher) == (
        20,
        {"so topics": 5, "so sentences": 20},
    )
    most = Folder(path=Path(teacher.backbone)).positions()
    assert most is not None
    long = {"sw sentences": ["word " * 2 * most]}
    assert find_length(tokens, long, teacher) == (most, {"sw sentences": 2 * most + 2})
    assert find_length(tokens, {}, teacher) == (64, {})
