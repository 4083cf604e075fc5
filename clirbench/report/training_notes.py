"""Notes on what was learned from: which sentence pairs were left out, or read in part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clirbench.results.folder import Folder
from clirbench.wording import listed

__all__ = ["cut_notes", "noise_notes"]

_SHOWN = 5


def cut_notes(results: Folder) -> Iterator[str]:
    """Say how many tokens are read, and of which share of the sentence pairs a side is longer."""
    dropped: dict[str, float] = {}
    kept: dict[str, float] = {}
    lengths: dict[tuple[int, int], None] = {}
    for pair, caps in results.own_bitext.items():
        for counts in caps.values():
            if not (read := _lengths(counts)):
                continue
            lengths[read] = None
            left = sum(one["left_out"].get("cut", 0) for one in counts)
            asked = left + sum(one["kept"] for one in counts)
            foreign = sum(one["cut_foreign"] for one in counts)
            english = sum(one["cut_english"] for one in counts)
            if left:
                dropped[f"{pair} {_sides(foreign, english, asked)}"] = left / asked
            elif foreign or english:
                kept[f"{pair} {_sides(foreign, english, asked)}"] = (foreign + english) / asked
    told = " or ".join(f"{own} tokens of foreign, {other} of English" for own, other in lengths)
    for found, text in (
        (dropped, "Sentence pairs with a longer side were left out, for all methods alike"),
        (kept, "Longer training sentences are cut"),
    ):
        if found:
            order = sorted(found, key=found.__getitem__, reverse=True)
            yield f"The encoders read {told} sentences. {text}: {listed(order, _SHOWN)}."


def noise_notes(results: Folder) -> Iterator[str]:
    """Say how many sentence pairs of the suite's own bitext are mis-paired."""
    found = {
        f"{pair} {wrong:,} of {sum(one['used'] for one in counts):,}": None
        for pair, caps in results.own_bitext.items()
        for counts in caps.values()
        if (wrong := sum(one.get("mispaired", 0) for one in counts))
    }
    if found:
        yield (
            "Sentence pairs that got the English side of another, on purpose: "
            f"{listed(list(found), _SHOWN)}."
        )


def _lengths(counts: Sequence[Mapping[str, Any]]) -> tuple[int, int] | None:
    """Tokens that are read of each side; none where an earlier version counted."""
    sides = ("foreign_length", "english_length", "cut_foreign", "cut_english", "kept", "left_out")
    if not counts or not all(key in one for one in counts for key in sides):
        return None
    return int(counts[0]["foreign_length"]), int(counts[0]["english_length"])


def _sides(foreign: int, english: int, asked: int) -> str:
    return f"(foreign side {foreign / asked:.1%}, English side {english / asked:.1%})"
