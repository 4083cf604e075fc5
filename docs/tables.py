"""Puts the tables of results/ into README and docs, between `<!-- table: results/NAME -->` and `<!-- end -->`.

`python docs/tables.py` writes the pages anew from each folder's table.md; `tests/test_readme.py` says when to.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"<!-- table: (\S+) -->\n.*?<!-- end -->", re.DOTALL)


def filled(page: Path) -> str:
    """The text of a page, each block with what its results folder gives today."""

    def block(found: re.Match[str]) -> str:
        folder = ROOT / found[1]
        link = os.path.relpath(folder / "table.md", page.parent)
        return f"<!-- table: {found[1]} -->\n\n{_shown(folder, link)}\n\n<!-- end -->"

    return _BLOCK.sub(block, page.read_text(encoding="utf-8"))


def _shown(folder: Path, link: str) -> str:
    """The first table, what it is a mean of, what its marks mean, and the answer to the hypothesis."""
    parts = (folder / "table.md").read_text(encoding="utf-8").strip().split("\n\n")
    first = next(number for number, part in enumerate(parts) if part.startswith("| method"))
    legend = parts[first + 1]
    notes = parts[first + 2 :]
    marks = [note.partition(" Families:")[0] for note in notes if note.startswith("▲▼")]
    untested = [note for note in notes if note.endswith("The hypothesis is not tested.")]
    answer = untested[0] if parts[1].startswith("###") else parts[1]
    under = " ".join([legend, *marks[:1], f"[All measures]({link})."])
    return "\n\n".join([parts[first], under, f"> {answer}"])


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(filled(page), encoding="utf-8")
