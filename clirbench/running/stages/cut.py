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
    pairs: Sequence[SentencePair],
    foreign_by: tuple[Encoder, int],
    english_by: tuple[Encoder, int],
    *,
    title: str,
    context: Context,
) -> None:
    """Count the pairs of which a side is not read to the end; write it down, and say it.

    Args:
        folder: where the counts go.
        pairs: the pairs.
        foreign_by: what reads the foreign sides: what students start from; and its longest sentence in
            word pieces.
        english_by: what reads the English sides, the teacher, and its longest sentence.
        title: of the pair of languages.
        context: hears of it.
    """
    from clirbench.models.lengths import count_cut_pairs

    (student, own), (teacher, length) = foreign_by, english_by
    found = count_cut_pairs(pairs, (student.text, own), (teacher.text, length))
    counts = {
        "pairs": len(pairs),
        "length": length,
        **({"foreign_length": own} if own != length else {}),
        "foreign": found.foreign.cut,
        "english": found.english.cut,
        "one": found.one,
    }
    (folder / CUT).write_text(json.dumps(counts, indent=1), encoding="utf-8")
    at = f"at {length} " if own != length else ""
    if found.one:
        context.says(
            f"{title}: of {len(pairs):,} training pairs, {found.foreign.share:.1%} are cut at "
            f"query_length = {own} on the foreign side, {found.english.share:.1%} {at}on the English "
            f"one, {found.one / len(pairs):.1%} on one side alone"
        )
