from __future__ import annotations

from clirbench.data.base import Fetch
from clirbench.data.sentence_alignment import numbers
from clirbench.data.sources.globalvoices import GlobalVoices


def test_pairs(upstream: Fetch) -> None:
    """All 30,782 pairs come, Swahili before English, with numbers that agree."""
    pairs = list(GlobalVoices().pairs(upstream, "sw"))
    assert len(pairs) == 30782
    swahili = sum(" ya " in f"{pair.foreign} " for pair in pairs)
    assert swahili > 0.3 * len(pairs)
    assert sum(" the " in pair.english for pair in pairs) > 0.4 * len(pairs)
    found = [(numbers(pair.foreign), numbers(pair.english)) for pair in pairs]
    hits = [bool(foreign & english) for foreign, english in found if english]
    assert sum(hits) > 0.85 * len(hits)
