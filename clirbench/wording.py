"""How things are put into words."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable

__all__ = ["nearest", "show"]


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which names are known, the nearest first: a clause to end an error with."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    hint = f'; did you mean "{close[0]}"?' if close else ""
    return f"{hint} (known: {', '.join(names) or 'none'})"


def show(value: object) -> str:
    """Show what came as it may have stood in the file, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 - a line's worth
