"""Texts that are longer than is read: counted where they are read, told, and kept for the table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from clirbench.running.stage import Context

__all__ = ["read_cut", "tell_cut"]

_CUT = "cut.json"
"""Of an artifact: what is to be said of texts that are not read to the end."""


def tell_cut(
    folder: Path,
    what: str,
    cut: Sequence[bool],
    length: int,
    context: Context,
    *,
    before: Sequence[str] = (),
) -> None:
    """Say how many texts are longer than is read, if any are, and write it down.

    Args:
        folder: of the artifact.
        what: the texts are, such as "so topics".
        cut: which of them are longer.
        length: tokens that are read of each.
        context: hears of it.
        before: what was said of other texts, which is kept with it.
    """
    told = list(before)
    if longer := sum(cut):
        text = (
            f"{longer:,} of {len(cut):,} {what} have more than {length} tokens; the rest of each "
            "is not read"
        )
        context.says(text)
        told.append(text)
    if told:
        (folder / _CUT).write_text(json.dumps(told), encoding="utf-8")


def read_cut(folder: Path) -> list[str]:
    """What `tell_cut` wrote to an artifact; nothing where nothing is cut."""
    path = folder / _CUT
    found: list[str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return found
