"""Writes docs/study.md from the committed results: `python docs/study.py`. No number in it is typed by hand."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from study_page.closing import again, costs, limits, missing
from study_page.holds import what_holds
from study_page.question import all_methods, answer, by_language, elsewhere, level_and_loss, setting
from study_page.synthetic import generated, made_to_order, size_curves
from study_page.telling import MAIN, OTHERS, ROOT, load
from study_page.topics import by_topic
from study_page.varied import conditions, curves

PAGE = ROOT / "docs" / "study.md"
PICTURES = ROOT / "docs" / "pictures"
_HEAD = """# The study: transport against contrast on low-resource languages

Does optimal-transport distillation beat a contrastive loss where a language has few resources? How far does the
answer carry? Everything below is made by `python docs/study.py` from the results folders that it names. OPTICAL's own
figures are not reproduced here: its data and models are others.
"""
_STYLE = """<style>
svg { --ink: #1d1f23; --soft: #5a5f66; --line: #cfcdc6; --hair: #e9e7e1; --paper: #fcfbf8;
  --first: #0063a6; --second: #b04500; --low: #8f2561; --medium: #7a6200; --high: #00725f }
@media (prefers-color-scheme: dark) { svg { --ink: #e6e4df; --soft: #a6abb3; --line: #3d424a; --hair: #2a2e34;
  --paper: #14161a; --first: #6cb8f0; --second: #f2a25c; --low: #e58bbd; --medium: #d3b84a; --high: #58c4ad } }
text { font: 11px sans-serif; fill: var(--soft) }
.grid { stroke: var(--hair) } .tick { stroke: var(--line) }
.first { --own: var(--first) } .second { --own: var(--second) }
.low { --own: var(--low) } .medium { --own: var(--medium) } .high { --own: var(--high) }
.line { fill: none } .line, .sample { stroke: var(--own); stroke-width: 1.5 } .span { stroke: var(--own) }
.line.dashed, .sample.dashed { stroke-dasharray: 5 2.5 } .line.dotted, .sample.dotted { stroke-dasharray: 1.5 2 }
.end { fill: var(--own) }
.dot { stroke: var(--own); fill: var(--paper) }
</style>"""
"""Colours of the pictures, those of a report."""


def page() -> str:
    """The whole page."""
    done = {name: found for name in (MAIN, *OTHERS) if (found := load(name))}
    lines = [_HEAD]
    if MAIN in done:
        main = done[MAIN]
        lines += answer(main)
        lines += what_holds(done)
        for part in (setting, all_methods, level_and_loss, by_language):
            lines += part(main)
    lines += elsewhere(done)
    if MAIN in done:
        lines += conditions(done[MAIN])
        lines += by_topic(done[MAIN])
    lines += made_to_order()
    lines += missing(done)
    lines += limits()
    lines += costs(done)
    lines += again()
    return "\n".join(lines).rstrip() + "\n"


def files() -> dict[Path, str]:
    """The page and its pictures."""
    return {PAGE: page(), **{PICTURES / name: text for name, text in pictures().items()}}


def pictures() -> dict[str, str]:
    """The text of each picture, by the name of its file."""
    main = load(MAIN)
    found = [*(curves(main) if main else ()), *size_curves(generated())]
    return {
        name: drawing.replace(">", f' xmlns="http://www.w3.org/2000/svg">\n{_STYLE}', 1) + "\n"
        for name, _, drawing in found
    }


def main() -> int:
    """Write the page, or say that it is not what the results give."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if the page differs"
    )
    if parser.parse_args().check:
        return int(any(path.read_text(encoding="utf-8") != text for path, text in files().items()))
    for path in PICTURES.glob("study-*.svg"):
        path.unlink()
    for path, text in files().items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
