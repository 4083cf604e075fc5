from __future__ import annotations

import pytest

from clirbench.data.base import Fetch
from clirbench.data.lines import parallel
from clirbench.data.sentence_alignment import align, numbers
from clirbench.data.sources.hornmt import HornMT


@pytest.mark.parametrize("language", ["am", "so"])
def test_slipped_lines_are_left_out(upstream: Fetch, language: str) -> None:
    """The 41 lines go, and no others; the alignment finds slips among them and none elsewhere."""
    before = parallel(*map(upstream, HornMT().downloads(language)))
    after = list(HornMT().pairs(upstream, language))
    assert len(before) == 2030
    assert after == before[:1640] + before[1681:]
    slips = [
        place
        for bead in align([p.foreign for p in before], [p.english for p in before])
        if not bead.plain
        for place in (*bead.foreign, *bead.english)
    ]
    assert slips
    assert set(slips) <= set(range(1640, 1681))
    assert all(bead.plain for bead in align([p.foreign for p in after], [p.english for p in after]))


def test_the_edges(upstream: Fetch) -> None:
    """The lines before and after the gap are translations of each other."""
    pairs = list(HornMT().pairs(upstream, "so"))
    assert pairs[1639].english.startswith("Ethiopia and the Russian Federation established")
    assert pairs[1639].foreign.startswith("Itoobiya iyo Federaalka Ruushka")
    assert pairs[1640].english.startswith("The Commercial Bank of Ethiopia (CBE) announced")
    assert pairs[1640].foreign.startswith("Bangiga Ganacsiga ee Itoobiya")


def test_somali_numbers_agree(upstream: Fetch) -> None:
    """Nearly all segments with numbers share one."""
    found = [
        (numbers(pair.foreign), numbers(pair.english)) for pair in HornMT().pairs(upstream, "so")
    ]
    hits = [bool(foreign & english) for foreign, english in found if english]
    assert sum(hits) > 0.99 * len(hits)
