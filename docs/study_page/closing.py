"""What is not here, limits, costs, and how to run it again."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping

import clirbench
from clirbench.front.results import Results
from clirbench.spec.cell import Cell, cells
from study_page.telling import (
    MAIN,
    OTHERS,
    ROOT,
    SYNTHETIC,
    capital,
    generated_folders,
    markdown_rows,
)

CUT = {
    "Arabic among the languages of TyDi QA": "the copy of NTREX-128 at hand lacks it; `study-xquad` has Arabic",
    "FLORES as another collection": "its files could not be reached",
    "a translator beside the students in every language": (
        "trained on 1,000 pairs it finds nothing (`nmt-teacher` in `results/ntrex-so`)"
    ),
    "bitext made by a translator": "1,000 pairs train none that is good enough, as said above",
    "dropped diacritics among harder topics": "Swahili, Somali, Tagalog and Marathi are written without",
    "five seeds": "three, at the cost that is told below",
    "trials for other languages and questions": (
        "the settings that were picked on Somali are taken, for what trials cost; other encoders have trials of "
        "their own"
    ),
}
"""What was planned and is not here, each with its reason."""
REPEATED = ROOT / "results" / "repeated.json"
_AGAIN = """## Run it again

One cell, from the suite alone. For a model in a folder, add `--set teacher.backbone=FOLDER`. The trials on Somali, an hour or two on one
core, need not be made again: `suites/store` has their scores.

    mkdir -p my-store && cp -r suites/store/* my-store/
    clirbench run suites/study-ntrex.toml --store my-store --only 'so-en/optical/seed=1' --results results/again
    clirbench compare results/study-ntrex results/again

A reduced study, two methods on one language with one seed, is `--only 'so-en/optical/seed=1' --only 'so-en/sentence-contrastive/seed=1'` in place of the one above.
"""


def missing(done: Mapping[str, Results]) -> Iterator[str]:
    """What was planned and is not here."""
    yield "## What is not here\n"
    for name in (MAIN, *OTHERS):
        if name not in done:
            yield f"- `suites/{name}.toml` has not been run."
        elif lacking := done[name].lacking:
            yield f"- `results/{name}` lacks {_lacking(lacking, cells(done[name].suite))}."
    for what, why in CUT.items():
        yield f"- {capital(what)}: {why}."
    yield ""


def _lacking(lacking: Collection[Cell], every: Collection[Cell]) -> str:
    """How many cells are missing, of how many: those of the suite as it is, and of changed topics or bitext."""
    told = []
    for varied, name in ((False, "cells"), (True, "cells with harder topics or another bitext")):
        gone, there = (sum(cell.varied == varied for cell in some) for some in (lacking, every))
        if gone:
            told.append(f"{gone} of {there} {name}")
    return " and ".join(told)


def limits() -> Iterator[str]:
    """What the results do not tell."""
    yield "## Limits\n"
    yield (
        "- NTREX's topics are known items: a headline or a lead is to find its own story. Real questions are in "
        "`study-afriqa` and `study-xquad` alone."
    )
    yield "- The models are small: 118 million weights, 96 million of them embeddings."
    yield "- multilingual-e5-small came from weights in 4 bits, near the published ones and not equal to them."
    yield "- The bitext of Somali, Tagalog and Marathi is on health for the most part; the topics are news."
    yield (
        "- `study-tydi-languages` and `study-transfer` search all 123 stories, also the 29 of which Somali topics were "
        "used to pick settings."
    )
    yield (
        "- Some of it was asked for when the main suite's other results were known: harder topics for methods beside "
        "the five first named, all sentence pairs there are, and `study-xquad`."
    )
    yield "- Seeds sample the training's noise. The bitext was drawn once.\n"


def costs(done: Mapping[str, Results]) -> Iterator[str]:
    """What each suite took; of the generated language all its forms together."""
    suites = {name: [found] for name, found in done.items()}
    if forms := [clirbench.load(path) for path in generated_folders()]:
        suites[SYNTHETIC] = forms
    rows = []
    for name, folders in suites.items():
        known = [found.costs.get("artifacts", {}) for found in folders]
        energies = [cost.get("energy") for cost in known]
        rows.append(
            [
                name,
                f"{sum(len(found.every.scores) for found in folders):,}",
                f"{sum(float(cost.get('seconds', 0)) for cost in known) / 3600:.1f}",
                "not measured" if None in energies else f"{sum(energies) / 3.6e6:.2f} kWh",
            ]
        )
    if rows:
        yield "## What it cost\n"
        yield from markdown_rows(["suite", "cells", "hours", "energy"], rows)
        yield (
            "Hours: the time by the clock of every stage that a suite's results rest on, added up. Two stages ran at "
            "once, each on one core. A stage that two suites share counts in both. Some stages were halted for a "
            "while so that tests could run; those minutes are included.\n"
        )


def again() -> Iterator[str]:
    """How to repeat a cell, and what came of repeating some."""
    yield _AGAIN
    yield (
        "### What came out\n\nCells made again in a fresh checkout, from the suite and `suites/store` alone; "
        "then `python docs/repeat.py results/study-ntrex results/again`. Where MKL multiplies, the variable "
        "`ATEN_CPU_CAPABILITY=avx2` was set, so that torch calculates as on a processor without AVX-512. Another kind of "
        "processor was not at hand. The last column is the time of the whole run, all its cells and what they need "
        "included. Bitext of Somali was first read with another way of attention, so its cells differ in their last "
        "digits.\n"
    )
    yield from markdown_rows(
        [
            "cell",
            "made",
            "made again",
            "equal bytes",
            "a topic, at most",
            "mean",
            "SD of seeds",
            "run, s",
        ],
        [
            [
                f"`{entry['cell']}`",
                _told(entry["first"]),
                _told(entry["again"]),
                ", ".join(f"`{n}`" for n, same in entry["equal_bytes"].items() if same) or "none",
                f"{entry['largest_difference_of_a_topic']:.4f}",
                f"{entry['difference']:+.5f}",
                f"{entry['sd_of_seeds']:.5f}",
                f"{entry['seconds_of_the_run']:.0f}",
            ]
            for entry in json.loads(REPEATED.read_text(encoding="utf-8"))
        ],
    )


def _told(machine: Mapping[str, str]) -> str:
    """A processor, and how it multiplies."""
    by = "oneDNN" if "oneDNN" in machine["device"] else "MKL"
    return f"{machine['processor']}, {by}"
