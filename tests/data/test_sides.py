from __future__ import annotations

import random
from pathlib import Path

import pytest

from clirbench.data.base import BitextSource, SentencePair
from clirbench.data.bitext import assemble
from clirbench.data.download import Cache
from clirbench.data.sides import Verdict, examine
from clirbench.data.sources import SOURCES
from clirbench.errors import DataError

FEW = {
    "Samaki anaogelea mtoni.": "The fish swims in the river.",
    "Mbuzi anakula majani.": "The goat eats leaves.",
    "Seremala anatengeneza meza.": "The carpenter makes a table.",
    "Nyuki wanatafuta maua.": "The bees look for flowers.",
    "Baharia anaona mlima.": "The sailor sees the mountain.",
    "Mvuvi ana mashua mpya.": "The fisherman has a new boat.",
}
SOMALI = (
    "Nin dhallinyaro ah ayaa maanta suuqa ka soo iibsaday kalluun cusub, kadibna wuxuu ku noqday "
    "gurigiisa oo ku yaal xeebta magaalada. "
)
NAMES = ("Juma", "Neema", "Baraka", "Zawadi", "Rehema", "Daudi", "Amina", "Kassim")
PLACES = ("Mwanza", "Dodoma", "Tanga", "Kigoma", "Moshi", "Lindi")


def many(count: int, seed: int = 1) -> list[SentencePair]:
    """Pairs with names, numbers, and of several lengths."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    pairs = []
    for _ in range(count):
        name, place, number = draw.choice(NAMES), draw.choice(PLACES), draw.randrange(1900, 2030)
        foreign = f"{name} alihamia {place} mwaka {number}"
        english = f"{name} moved to {place} in {number}"
        for _ in range(draw.randrange(3)):
            foreign += ", akanunua shamba la mahindi karibu na mto"
            english += ", and bought a field of maize near the river"
        pairs.append(SentencePair(f"{foreign}.", f"{english}."))
    return pairs


def swapped(pairs: list[SentencePair]) -> list[SentencePair]:
    """The columns changed."""
    return [SentencePair(pair.english, pair.foreign) for pair in pairs]


def beside(foreign: list[SentencePair], english: list[SentencePair]) -> list[SentencePair]:
    """One's foreign and the other's English sides."""
    return [SentencePair(a.foreign, b.english) for a, b in zip(foreign, english, strict=False)]


@pytest.mark.parametrize("count", [30, 400])
def test_right_bitext(count: int) -> None:
    """Nothing is said of it."""
    assert examine(many(count), "sw") == Verdict()
    assert examine([SentencePair(*pair) for pair in FEW.items()], "sw") == Verdict()


@pytest.mark.parametrize("count", [0, 400])
def test_swapped_columns(count: int) -> None:
    """They are an error, even of six short lines."""
    pairs = many(count) or [SentencePair(*pair) for pair in FEW.items()]
    (fault,) = examine(swapped(pairs), "sw").faults
    assert fault == (
        "its two sides are swapped: the first reads as English, the second as sw; put the text in sw "
        "first"
    )
    # Of a language that is not known, English in its place tells.
    assert "swapped" in examine(swapped(pairs), "bem").faults[0]


def test_another_language_of_the_same_script() -> None:
    """It is an error where there is enough of it, else a doubt."""
    pairs = [SentencePair(SOMALI, pair.english) for pair in many(40)]
    assert examine(pairs, "sw").faults == ("its side in sw reads as so (100% of 20 pieces)",)
    assert examine(pairs[:1], "sw") == Verdict(
        doubts=("its side in sw reads as so (100% of 1 pieces)",)
    )
    assert examine(pairs, "so").faults == ()
    assert examine(swapped(pairs), "en").faults


def test_the_english_side_is_in_another_language() -> None:
    """It is found as the foreign one is."""
    pairs = [SentencePair(pair.foreign, SOMALI) for pair in many(40)]
    assert "its side in en reads as so" in examine(pairs, "sw").faults[0]


def test_copies_of_english() -> None:
    """What was not translated is no translation, though it differs by a sign."""
    pairs = [SentencePair(f"{pair.english} (en)", pair.english) for pair in many(100)]
    assert examine(pairs, "sw").faults == (
        "both sides read as English: the side in sw was not translated",
    )
    # A creole that nobody knows may well read as English.
    assert examine(pairs, "jam").faults == ()
    assert examine(pairs, "jam").doubts


@pytest.mark.parametrize("count", [30, 400])
@pytest.mark.parametrize("shift", [1, 2])
def test_shifted_lines(count: int, shift: int) -> None:
    """A line that is missing at the start moves all others."""
    pairs = many(count + shift)
    (fault,) = examine(beside(pairs, pairs[shift:]), "sw").faults
    assert f"lines are shifted: lines of the first side fit the ones {shift} above" in fault
    (fault,) = examine(beside(pairs[shift:], pairs), "sw").faults
    assert f"fit the ones {shift} below" in fault


def test_lines_that_slip() -> None:
    """One line lost far into the file is a doubt that says where."""
    pairs = many(1200)
    slipped = beside(pairs, pairs[:1000]) + beside(pairs[1000:], pairs[1001:])
    (doubt,) = examine(slipped, "sw").doubts
    assert doubt.startswith("its lines slip: among the first 1,199 pairs, 1 stretches of 200 fit")
    assert doubt.endswith("from pair 1001 on")


def test_lines_at_random() -> None:
    """Sides that do not belong together are a doubt."""
    pairs = many(400)
    (doubt,) = examine(beside(pairs, many(400, seed=2)), "sw").doubts
    assert "fit their partners no better than other lines" in doubt


def test_what_nothing_is_said_of() -> None:
    """Codes that are anyone's own, and a few words."""
    assert examine(swapped(many(100)), "qsw") == Verdict()
    assert examine([SentencePair("one", "moja")], "sw") == Verdict()
    assert examine([], "sw") == Verdict()


def test_a_fault_stops_the_bitext() -> None:
    """The source is named; doubts go with its counts."""
    with pytest.raises(DataError, match=r"^mine: its two sides are swapped"):
        assemble([("mine", swapped(many(40)))], test_texts=(), language="sw", limit=None, seed=0)
    pairs = beside(many(400), many(400, seed=2))
    bitext = assemble([("mine", pairs)], test_texts=(), language="sw", limit=None, seed=0)
    assert len(bitext.counts[0].doubts) == 1


def test_real_bitext(tmp_path: Path) -> None:
    """Nothing is said of any pinned source; swapped, shifted or copied, all are found."""
    mirror = Path(__file__).resolve().parents[3] / "shared" / "mirror.zip"
    if not mirror.exists():
        pytest.skip("needs the pinned files: ../shared/mirror.zip")
    fetch = Cache(tmp_path, mirror)
    seen = 0
    for kind in SOURCES.values():
        if not issubclass(kind, BitextSource) or not kind.languages():
            continue
        for language in sorted(kind.languages() or ()):
            if language.startswith("q"):
                continue
            pairs = list(kind().pairs(fetch, language))[:1000]
            assert examine(pairs, language) == Verdict(), (kind.name, language)
            assert examine(swapped(pairs), language).faults, (kind.name, language)
            assert examine(beside(pairs, pairs[1:]), language).faults, (kind.name, language)
            seen += 1
    assert seen > 30
