"""Puts the tables of results/ into README and docs, between `<!-- table: results/NAME -->` and `<!-- end -->`.

Between `<!-- steps: results/NAME on low -->` and the end it puts the four methods whose steps the suite compares.

`python docs/tables.py` writes the pages anew from each folder's table.md; `tests/test_readme.py` says when to.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import clirbench
from clirbench.statistics import number, p_value

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_STEPS = re.compile(r"<!-- steps: (\S+) on (\S+) -->\n.*?<!-- end -->", re.DOTALL)
_BLOCK = re.compile(r"<!-- table: (\S+) -->\n.*?<!-- end -->", re.DOTALL)


def filled(page: Path) -> str:
    """The text of a page, each block with what its results folder gives today."""

    def block(found: re.Match[str]) -> str:
        folder = ROOT / found[1]
        link = os.path.relpath(folder / "table.md", page.parent)
        return f"<!-- table: {found[1]} -->\n\n{_shown(folder, link)}\n\n<!-- end -->"

    text = _BLOCK.sub(block, page.read_text(encoding="utf-8"))
    return _STEPS.sub(
        lambda found: (
            f"{found[0].partition(chr(10))[0]}\n\n{_steps(*found.groups())}\n\n<!-- end -->"
        ),
        text,
    )


def _steps(name: str, on: str) -> str:
    """Two by two: from contrast to transport at the level of sentences and of tokens."""
    results = clirbench.load(ROOT / name)
    (tokens, sentences) = results.suite.statistics.interaction or ()
    means = results.table().to_frame()[on]
    rows = [
        (
            level,
            number(means[before]),
            number(means[after]),
            number(means[after] - means[before], sign=True),
        )
        for level, (after, before) in (("sentences", sentences), ("tokens", tokens))
    ]
    found = results.interaction().set_index("pair").loc[on]
    table = ["|  | contrast | transport | transport - contrast |", "| :-- | --: | --: | --: |"]
    table += [f"| {' | '.join(row)} |" for row in rows]
    interval = rf"\[{number(found.low)}, {number(found.high)}\]"
    told = (
        f"From sentences to tokens the step to transport changes by {number(found.difference, sign=True)}, 95 % CI "
        f"{interval}, p {p_value(found.p)}, not adjusted."
    )
    return "\n".join(table) + f"\n\n{told}"


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
