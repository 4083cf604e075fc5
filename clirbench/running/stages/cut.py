"""What is cut of training sentences, told and kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.data.base import SentencePair
from clirbench.running.stage import Context

if TYPE_CHECKING:
    from clirbench.models.encoder import Encoder

__all__ = ["CUT", "tell_cut"]

CUT = "cut.json"
"""Of a bitext: its pairs, and on which sides how many are not read to the end."""


def tell_cut(
    folder: Path,
    encoder: Encoder,
    pairs: Sequence[SentencePair],
    *,
    length: int,
    title: str,
    context: Context,
) -> None:
    """Count the pairs of which a side is not read to the end; write it down, and say it.

    Args:
        folder: where the counts go.
        encoder: reads both sides: the teacher, as which every student starts.
        pairs: the pairs.
        length: longest sentence in word pieces.
        title: of the pair of languages.
        context: hears of it.
    """
    from clirbench.models.lengths import count_cut_pairs

    found = count_cut_pairs(encoder.text, pairs, length)
    counts = {
        "pairs": len(pairs),
        "length": length,
        "foreign": found.foreign.cut,
        "english": found.english.cut,
        "one": found.one,
    }
    (folder / CUT).write_text(json.dumps(counts, indent=1), encoding="utf-8")
    if found.one:
        context.says(
            f"{title}: of {len(pairs):,} training pairs, {found.foreign.share:.1%} are cut at "
            f"query_length = {length} on the foreign side, {found.english.share:.1%} on the English "
            f"one, {found.one / len(pairs):.1%} on one side alone"
        )
