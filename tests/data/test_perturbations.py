"""Perturbed topics: what is edited, how much of it, and that the same draw edits the same words."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from icu4py.breakers import CharacterBreaker

from clirbench.data.perturbations import PERTURBATIONS
from clirbench.data.perturbations.base import Known, Perturbation, pieces
from clirbench.data.perturbations.diacritics import bare
from clirbench.data.perturbations.typos import neighbours
from clirbench.data.scripts import script

TEXTS = {
    "sw": "Waziri Mkuu wa Kenya alisema kwamba watu 300 walikufa Jumatatu, ripoti inasema.",
    "mr": "भारताच्या पंतप्रधानांनी सांगितले की ३०० लोक मरण पावले",
    "yo": "Ààrẹ orílẹ̀-èdè Nàìjíríà sọ pé",
    "ru": "Премьер-министр России сказал, что погибли люди",
    "ar": "قال رئيس الوزراء المصري إن الناس ماتوا",
    "he": "רָאשׁ הַמֶּמְשָׁלָה אָמַר כִּי אֲנָשִׁים",
    "ja": "日本の首相は300人が死亡したと述べた",
    "ko": "한국의 대통령은 말했다",
    "th": "นายกรัฐมนตรีกล่าวว่ามีผู้เสียชีวิต",
    "ta": "பிரதமர் கூறினார் மக்கள் இறந்தனர்",
}
LEXICON = {
    "watu": [("people", 0.9), ("men", 0.1)],
    "kenya": [("kenya", 0.9), ("kenyan", 0.1)],
    "waziri": [("minister", 0.8)],
    "mkuu": [("chief", 0.05)],
}


def perturbed(name: str, language: str, severity: float, *, topic: str = "7", seed: int = 3) -> str:
    """A text of a language after a perturbation."""
    known = Known(language=language, lexicon=LEXICON)
    return made(name, severity, seed).perturb(TEXTS[language], topic, known)


def made(name: str, severity: float, seed: int = 3) -> Perturbation:
    """A perturbation."""
    return PERTURBATIONS[name](severity=severity, seed=seed)


@pytest.mark.parametrize("name", PERTURBATIONS)
@pytest.mark.parametrize("language", TEXTS)
def test_severity_0_is_the_topic_as_it_is(name: str, language: str) -> None:
    """Byte for byte, whatever the draw."""
    for seed in range(5):
        assert perturbed(name, language, 0.0, seed=seed) == TEXTS[language]


def edited(name: str, language: str, severity: float, topic: str = "7") -> dict[int, str]:
    """The places that are edited, each with what stands there after."""
    chosen: list[int] = []
    pieces_after: list[str] = []
    kind = PERTURBATIONS[name]

    class Told(kind):  # type: ignore[misc, valid-type] # a class from a table
        def edit(self, found, places, known, draw):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
            text = super().edit(found, places, known, draw)
            chosen.extend(places)
            pieces_after.extend(found)
            return text

    known = Known(language=language, lexicon=LEXICON)
    Told(severity=severity, seed=3).perturb(TEXTS[language], topic, known)
    return {place: pieces_after[place] for place in chosen}


@pytest.mark.parametrize("name", ["case", "code-mixed", "diacritics", "romanised", "typos"])
@pytest.mark.parametrize("language", TEXTS)
def test_a_word_is_edited_alike_at_every_severity(name: str, language: str) -> None:
    """The words that are edited at one severity are edited at a higher one, in the same way."""
    if name == "romanised":
        pytest.importorskip("uroman")
    results = [edited(name, language, severity) for severity in (0.2, 0.5, 0.8, 1.0)]
    for lower, higher in pairwise(results):
        assert lower.items() <= higher.items()
    suited = made(name, 1.0)
    known = Known(language=language, lexicon=LEXICON)
    all_of_them = [i for i, p in enumerate(pieces(TEXTS[language])) if suited.suits(p, known)]
    assert sorted(results[-1]) == all_of_them


@pytest.mark.parametrize("severity", [0.1, 0.3, 0.7])
def test_no_more_words_are_edited_than_the_share(severity: float) -> None:
    """Of n words severity · n, rounded up at most; over many topics just the share."""
    n = len(edited("typos", "sw", 1.0))
    counts = [len(edited("typos", "sw", severity, str(topic))) for topic in range(300)]
    assert max(counts) <= severity * n + 1
    assert sum(counts) / len(counts) == pytest.approx(severity * n, abs=0.15)


@pytest.mark.parametrize("language", TEXTS)
def test_a_typo_is_one_edit_of_letters_as_readers_see_them(language: str) -> None:
    """Each word loses, gains, swaps or replaces one letter; numbers and punctuation stay."""
    before = pieces(TEXTS[language])
    for topic in range(40):
        for place, after in edited("typos", language, 1.0, str(topic)).items():
            old, new = letters(before[place]), letters(after)
            # A swap is two replacements, and a vowel sign that is put in joins the letter before it.
            assert distance(old, new) <= 2
            assert any(map(str.isalpha, before[place]))
            assert not any(map(str.isdigit, before[place]))


def letters(text: str) -> list[str]:
    """Grapheme clusters."""
    return list(CharacterBreaker(text, "en"))


def distance(a: list[str], b: list[str]) -> int:
    """Levenshtein's, by the textbook."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def test_keys_are_those_beside_it() -> None:
    """In the usual layout of the script; letters with an accent have the key of their letter."""
    assert set(neighbours("s")) == set("adwezx")
    assert set(neighbours("q")) == set("wa")
    assert set(neighbours("é")) == set(neighbours("e")) == set("wrsd")
    assert "е" in neighbours("к")  # Cyrillic
    assert neighbours("漢") == ""


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Ààrẹ", "Aare"),
        ("orílẹ̀", "orile"),
        ("ɗan", "dan"),
        ("Đà", "Da"),
        ("naïve", "naive"),
        ("שָׁלוֹם", "שלום"),
        ("भारत", "भारत"),
        ("हिन्दी", "हिन्दी"),
        ("が", "が"),
        ("한국", "한국"),
        ("plain", "plain"),
    ],
)
def test_marks_that_are_dropped(word: str, expected: str) -> None:
    """Accents, tones, dots and points go; vowel signs, viramas and voicing marks are the word itself."""
    assert bare(word) == expected
    assert bare(unicodedata.normalize("NFD", word)) == expected


def test_diacritics() -> None:
    """At severity 1 no mark is left."""
    assert perturbed("diacritics", "yo", 1.0) == "Aare orile-ede Naijiria so pe"
    assert perturbed("diacritics", "sw", 1.0) == TEXTS["sw"]


def test_words_of_the_lexicon_become_english() -> None:
    """The likeliest translation that is another word, if it is likely enough."""
    text = perturbed("code-mixed", "sw", 1.0)
    assert text == TEXTS["sw"].replace("Waziri", "minister").replace("watu", "people").replace(
        "Kenya", "kenyan"
    )


@pytest.mark.parametrize("language", ["mr", "ru", "ar", "ja", "ko", "th"])
def test_romanised_text_has_no_letter_of_its_script(language: str) -> None:
    """At severity 1; what is no letter stays."""
    pytest.importorskip("uroman")
    text = perturbed("romanised", language, 1.0)
    own = {script(c) for c in TEXTS[language] if c.isalpha()}
    assert not own & {script(c) for c in text if c.isalpha()}
    assert any(map(str.isalpha, text))
    assert not PERTURBATIONS["romanised"].applies("sw")
    assert PERTURBATIONS["romanised"].applies(language)


def test_word_order() -> None:
    """The same words in other places; what stands between them stays."""
    text = perturbed("word-order", "sw", 1.0)
    assert text != TEXTS["sw"]
    old, new = pieces(TEXTS["sw"]), pieces(text)
    assert sorted(old) == sorted(new)
    assert [p for p in old if not any(map(str.isalpha, p))] == [
        p for p in new if not any(map(str.isalpha, p))
    ]


def test_truncated() -> None:
    """The first words, one at least."""
    assert perturbed("truncated", "sw", 1.0) == "Waziri"
    half = perturbed("truncated", "sw", 0.5)
    assert TEXTS["sw"].startswith(half)
    assert len(half.split()) in {5, 6}


def test_case() -> None:
    """Without capitals."""
    assert perturbed("case", "sw", 1.0) == TEXTS["sw"].lower()
    assert perturbed("case", "mr", 1.0) == TEXTS["mr"]


def test_the_draw_is_by_seed_and_topic() -> None:
    """The same twice; another topic or seed has other words edited."""
    once = perturbed("typos", "sw", 0.4)
    assert once == perturbed("typos", "sw", 0.4)
    others = {perturbed("typos", "sw", 0.4, topic=str(t)) for t in range(8)}
    assert len(others) > 4
    assert len({perturbed("typos", "sw", 0.4, seed=s) for s in range(8)}) > 4
