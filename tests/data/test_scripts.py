from __future__ import annotations

import unicodedata

import pytest

from clirbench.data.languages import scripts
from clirbench.data.scripts import script, share

LATIN = frozenset({"LATIN"})
SAMPLES = {
    "am": "ሰላም ለዓለም",
    "ar": "مرحبا بالعالم",
    "bn": "ওহে বিশ্ব",
    "bo": "བོད་སྐད",
    "ckb": "سڵاو جیهان",
    "de": "Grüß Gott, Welt",
    "dv": "ދިވެހި",
    "ha": "Sannu Duniya ɓarna",
    "hy": "Բարեւ աշխարհ",
    "ig": "Ndewo ụwa",
    "ja": "こんにちは世界",
    "ka": "გამარჯობა",
    "ko": "안녕 세상",
    "mr": "नमस्कार जग",
    "or": "ନମସ୍କାର",
    "ru": "привет, мир",
    "so": "Salaan dunida",
    "sr": "zdravo свете",
    "te": "హలో ప్రపంచం",
    "yo": "Ẹ n lẹ́ o",
    "yue": "你好世界",
    "zh": "你好世界",
    "zh-TW": "你好世界",
}


@pytest.mark.parametrize(("language", "text"), SAMPLES.items())
def test_a_language_is_in_its_script(language: str, text: str) -> None:
    """A greeting is wholly in the script of its language."""
    expected = scripts(language)
    assert expected is not None
    assert share(text, expected) == 1


def test_share() -> None:
    """Letters alone count: not digits, marks or punctuation."""
    assert share("abc где 123!", LATIN) == 0.5
    assert share("123 !", LATIN) == 1
    assert share("\N{FULLWIDTH LATIN CAPITAL LETTER A}", LATIN) == 1


def test_a_letter_without_a_name() -> None:
    """Private-use characters have no script."""
    assert unicodedata.name("\ue000", "") == script("\ue000") == ""
