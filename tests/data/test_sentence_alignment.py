from __future__ import annotations

import math
import random
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clirbench.data.sentence_alignment import Bead, align, mend, numbers

SHORT = st.lists(st.text("ab 1", max_size=12), max_size=5)


def text(count: int, seed: int = 1) -> list[str]:
    """Sentences of random words, some with a number."""
    draw = random.Random(seed)  # noqa: S311 - a test's text
    return [
        " ".join(
            str(draw.randint(0, 5000))
            if draw.random() < 0.05
            else "".join(draw.choices("abcdefgh", k=draw.randint(1, 9)))
            for _ in range(draw.randint(3, 30))
        )
        for _ in range(count)
    ]


def translate(english: list[str]) -> list[str]:
    """Words turned round and lengthened now and then; numbers kept."""
    draw = random.Random(7)  # noqa: S311
    return [
        " ".join(
            word if word.isdigit() else word[::-1] + "u" * draw.randint(0, 2)
            for word in line.split()
        )
        for line in english
    ]


def cost(foreign: list[str], english: list[str], beads: list[Bead]) -> float:
    """The cost of an alignment, from Gale & Church's formulas, anew."""
    ratio = max(sum(map(len, foreign)), 1) / max(sum(map(len, english)), 1)
    total = 0.0
    for bead in beads:
        f = " ".join(foreign[i] for i in bead.foreign)
        e = " ".join(english[j] for j in bead.english)
        total += 0 if bead.plain else 12
        if bead.foreign and bead.english:
            mean = max((len(f) + ratio * len(e)) / 2, 1)
            delta = abs(len(f) - ratio * len(e)) / math.sqrt(6.8 * mean)
            tail = math.erfc(delta / math.sqrt(2))
            total += min(20.0, -math.log(tail)) if tail else 20.0
            total += 2 * len(numbers(f) ^ numbers(e)) - 2 * len(numbers(f) & numbers(e))
    return total


def cheapest(foreign: list[str], english: list[str]) -> float:
    """The least cost over all alignments, by trying them all."""
    kinds = [(1, 1), (0, 1), (1, 0), (1, 2), (2, 1)]

    @cache
    def after(i: int, j: int) -> tuple[Bead, ...]:
        if i == len(foreign) and j == len(english):
            return ()
        options = [
            (Bead(range(i, i + di), range(j, j + dj)), *after(i + di, j + dj))
            for di, dj in kinds
            if i + di <= len(foreign) and j + dj <= len(english)
        ]
        return min(options, key=lambda beads: cost(foreign, english, list(beads)))

    return cost(foreign, english, list(after(0, 0)))


@given(SHORT, SHORT)
def test_the_cheapest_alignment_of_all(foreign: list[str], english: list[str]) -> None:
    """The dynamic programme finds what trying all alignments finds."""
    found = align(foreign, english)
    assert cost(foreign, english, found) == pytest.approx(cheapest(foreign, english))


@given(SHORT, SHORT)
def test_beads_cover_both_sides(foreign: list[str], english: list[str]) -> None:
    """Each segment is in one bead, in order."""
    beads = align(foreign, english, drift=1)
    assert [i for bead in beads for i in bead.foreign] == list(range(len(foreign)))
    assert [j for bead in beads for j in bead.english] == list(range(len(english)))


def test_aligned_text_stays() -> None:
    """Where nothing has slipped, nothing is changed or left out."""
    english = text(300)
    assert mend(translate(english), english) == [(n, n) for n in range(300)]


@pytest.mark.parametrize("seed", range(5))
def test_slips_are_found(seed: int) -> None:
    """After a lost, a doubled, a joined and a split segment, what is kept is right, and nearly all."""
    english = text(400, seed)
    labelled = list(enumerate(translate(english)))
    foreign = [
        *labelled[:60],
        *labelled[61:150],  # 60 is lost
        labelled[149],  # 149 is doubled
        *labelled[150:240],
        (-1, f"{labelled[240][1]} {labelled[241][1]}"),  # two are joined
        *labelled[242:330],
        (-1, labelled[330][1][:20]),  # one is split
        (-1, labelled[330][1][20:]),
        *labelled[331:],
    ]
    kept = mend([line for _, line in foreign], english)
    right = [(i, j) for i, j in kept if foreign[i][0] == j]
    assert len(right) >= 0.99 * len(kept)
    assert len(kept) > 350


def test_numbers() -> None:
    """In any digits, with any marks between; each is one number."""
    assert numbers("1,234.5 and 7") == {"12345", "7"}
    assert numbers("118\N{NO-BREAK SPACE}381") == numbers("118,381") == numbers("118\u202f381")
    assert numbers("१२३ ٤٥") == {"123", "45"}
    assert numbers("x², 十") == frozenset()
