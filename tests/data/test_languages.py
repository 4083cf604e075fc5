from __future__ import annotations

import itertools
import string
import subprocess
import sys

import pytest
from langcodes.data_dicts import ALL_SCRIPTS

from clirbench.data.languages import (
    _LIKELY,
    _SHORT,
    _likely,
    _looked_up,
    _parsed,
    family,
    fault,
    scripts,
)
from clirbench.data.scripts import script
from clirbench.data.sources import SOURCES

RIGHT = "sw yue bem tw he tl prs fuc qsw zh-Hans zh-CN pt-BR sr-Latn sr-Cyrl-RS es-419 ckb-Arab"


@pytest.mark.parametrize("code", RIGHT.split())
def test_right_codes(code: str) -> None:
    """ISO 639-1, else 639-3, with script and region, and the codes that are everyone's own."""
    assert fault(code) is None


@pytest.mark.parametrize(
    ("code", "better"),
    [
        ("swa", "sw"),
        ("ger", "de"),
        ("deu", "de"),
        ("iw", "he"),
        ("in", "id"),
        ("sh", "sr-Latn"),
        ("fil", "tl"),
        ("tgl", "tl"),
        ("zh_CN", "zh-CN"),
        ("pt-br", "pt-BR"),
        ("en-UK", "en-GB"),
        ("SW", "sw"),
        ("swahili", "sw"),
        ("Modern_Greek", "el"),
        ("klingon", "tlh"),
    ],
)
def test_what_to_write(code: str, better: str) -> None:
    """Longer codes, withdrawn ones, other spellings and names are told the code."""
    assert fault(code) == f'"{code}" is not the form used here; write "{better}"'
    assert fault(better) is None


@pytest.mark.parametrize(
    "code", ["", " ", "xx", "und", "xyz", "x-foo", "en-", "a" * 60, "i-default"]
)
def test_no_language(code: str) -> None:
    """What is no language is told what a code looks like."""
    wrong = fault(code)
    assert wrong is not None
    assert "is not a language; expected a code of ISO 639-1, else 639-3" in wrong
    assert len(wrong) < 220


def test_codes_of_all_sources_are_right() -> None:
    """No source offers a language under a code that a suite could not have."""
    offered = {code for kind in SOURCES.values() for code in kind.languages() or ()}
    assert len(offered) > 100
    assert [code for code in sorted(offered) if fault(code)] == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("en", {"LATIN"}),
        ("ja", {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}),
        ("ko", {"HANGUL", "CJK"}),
        ("swh", {"LATIN"}),
        ("prs", {"ARABIC"}),
        ("pa", {"GURMUKHI", "ARABIC"}),
        ("pa-PK", {"GURMUKHI", "ARABIC"}),
        ("uz-AF", {"ARABIC"}),
        ("sr", {"CYRILLIC", "LATIN"}),
        ("sr-Latn", {"LATIN"}),
        ("ky", {"CYRILLIC"}),
        ("hmn", None),
        ("qsw", None),
        ("", None),
    ],
)
def test_scripts(code: str, expected: set[str] | None) -> None:
    """By the code's own script, the list of languages in several, or CLDR; else they are not known."""
    assert scripts(code) == expected


def test_script_names_are_unicodes() -> None:
    """Each name in the table is one that Unicode has letters of."""
    known = {script(chr(n)) for n in range(0x30000) if chr(n).isalpha()} | {"KATAKANA-HIRAGANA"}
    found = {name for each in ALL_SCRIPTS for name in scripts(f"en-{each}") or ()}
    assert len(found) > 50
    assert found <= known


def test_family() -> None:
    """The language alone."""
    assert [family(code) for code in ("sw", "zh-Hans-CN")] == ["sw", "zh"]


def test_langcodes_is_read_when_it_is_needed() -> None:
    """Importing the module imports no table of languages, nor does asking for what most suites have."""
    code = (
        "import sys; from clirbench.data.languages import fault, scripts; "
        "fault('sw'), scripts('ja'), fault('qsw'); print('langcodes' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_short_codes_are_those_of_the_registries() -> None:
    """What is known without loading langcodes is just what langcodes says."""
    pairs = ("".join(pair) for pair in itertools.product(string.ascii_lowercase, repeat=2))
    assert {code for code in pairs if _looked_up(code) == code} == _SHORT


def test_scripts_of_short_codes_are_those_of_the_registries() -> None:
    """Likely scripts that are known without loading langcodes are just those that it has."""
    parsed = {code: _parsed(code) for code in _SHORT}
    expected = {code: _likely(one) or "" for code, one in parsed.items() if one is not None}
    assert {code: _LIKELY.get(code, "Latn") for code in _SHORT} == expected
    assert _LIKELY.keys() <= _SHORT
