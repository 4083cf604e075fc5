"""What users read is in sentences that are short enough to be read once."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def counted(root: Path) -> ModuleType:
    """The script that counts words."""
    spec = importlib.util.spec_from_file_location("sentences", root / "docs" / "sentences.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_sentence_is_too_long(counted: ModuleType) -> None:
    """README, docs, messages and descriptions have none of more than 30 words but the exceptions."""
    long = [one for one in counted.held() if not one.excepted]
    assert [f"{one.place}: {one.words} words: {one.text}" for one in long] == []


def test_each_exception_is_needed(counted: ModuleType) -> None:
    """An exception whose sentence has gone or become short goes, too."""
    long = counted.held()
    for begin in counted.EXCEPTIONS:
        assert any(one.text.startswith(begin) for one in long), begin


def test_sentences_are_told_apart(counted: ModuleType) -> None:
    """By full stops, headings, items and cells; code is a word, and its blocks are none."""
    text = "# A title\n\nOne, e.g. two. `code a b` x\ncf. [a link](b.md)!\n\n```sh\nrun this\n```\n\n    and this\n\nLast.\n\n- an item\n- more: a\n\n| a | b c |\n"
    assert list(counted.sentences(text)) == [
        "A title",
        "One, e.g. two.",
        "CODE x cf. a link!",
        "Last.",
        "an item",
        "more: a",
        "a",
        "b c",
    ]
    assert counted.Sentence("", "a – b, 1.5 of “c”").words == 5
