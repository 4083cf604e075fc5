"""Reads results and writes them as cells of Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from scipy.stats import ttest_1samp

import clirbench
from clirbench.front.results import Results
from clirbench.statistics import Comparison, number, p_value

if TYPE_CHECKING:
    from pandas import DataFrame


ROOT = Path(__file__).resolve().parents[2]
MAIN = "study-ntrex"
OTHERS = {
    "study-english-teacher": "an English teacher, multilingual students",
    "study-english-model": "an English model as teacher and student",
    "study-late-teacher": "a teacher trained for late interaction",
    "study-tydi-languages": "the languages of TyDi QA",
    "study-afriqa": "real questions in African languages",
    "study-xquad": "questions on Wikipedia",
    "study-transfer": "languages that were not learned (class medium)",
}
CLASSES = {
    "study-tydi-languages": "the class is how much bitext and text a language has",
    "study-afriqa": (
        "`low` are languages that multilingual-e5-small was not pretrained on, `medium` those that it was"
    ),
    "study-xquad": "the class is how much bitext and text a language has; none is `low`",
    "study-transfer": "`low` are the languages that students learned, `medium` those that they did not",
}
"""Suites with languages of their own, and what their classes say."""
ENCODERS = tuple(OTHERS)[:3]
"""With the languages of the main suite, or some of them."""
SYNTHETIC = "study-synthetic"
COMPARED = (
    ("optical", "sentence-contrastive"),
    ("token-contrastive", "sentence-contrastive"),
    ("optical", "token-contrastive"),
)
ALPHA = 0.05
WAYS = {1: "is better than", -1: "is worse than", 0: "is not shown to differ from"}
Means = Mapping[str, Mapping[str, float]]
"""Of each method, each topic's mean over seeds."""


@cache
def load(name: str) -> Results | None:
    """A committed results folder with cells; none where it is not there yet."""
    folder = ROOT / "results" / name
    if not (folder / "settings.json").exists():
        return None
    found = clirbench.load(folder)
    return found if found.cells.scores else None


def generated_folders() -> list[Path]:
    """Of each form of the generated language."""
    return [path.parent for path in sorted((ROOT / "results" / SYNTHETIC).glob("*/settings.json"))]


def answered(results: Results) -> str:
    """The answer to the suite's hypothesis, as a sentence."""
    text = str(results.answer).rstrip(".")
    return f"{text[0].upper()}{text[1:]}."


def claimed_on(results: Results) -> str:
    """What the hypothesis is on."""
    claim = results.suite.hypothesis
    return claim.on if claim else "all"


def compared_cells(results: Results, one: str, other: str, on: str) -> list[str]:
    """What was compared, difference, interval and p; dashes where it was not."""
    if (found := comparison_of(results, one, other, on)) is None:
        return [on, "–", "–", "–"]
    there = {
        name
        for scope in results.measures[0].design.groups
        if scope.name == on
        for name in scope.pairs
    }
    asked = {str(pair) for pair in results.suite.pairs if on in {pair.resource, "all"}}
    if asked - there:
        on = f"{on}, so far {', '.join(sorted(there))}"
    p = p_text(adjusted_p(found))
    return [on, number(found.difference, sign=True), interval_text(found.claimed_interval), p]


def comparison_of(results: Results, one: str, other: str, on: str) -> Comparison | None:
    """None where it was not planned or a run of it is missing."""
    if not is_planned(results, one, other, on):
        return None
    found = results.measures[0].between(one, other, on)
    return found if isinstance(found, Comparison) else None


def adjusted_p(found: Comparison) -> float:
    """The p of the hypothesis as it is, of all else as adjusted in its family."""
    return found.p if found.family == "primary" else found.p_adjusted


def way_of(difference: float, p: float) -> int:
    """1: better, -1: worse, 0: not shown."""
    return 0 if p >= ALPHA else 1 if difference > 0 else -1


def is_planned(results: Results, one: str, other: str, on: str) -> bool:
    """Whether the suite has both methods, and what they are compared on."""
    design = results.measures[0].design
    labels, groups = (
        {m.name for m in design.methods},
        {g.name for g in (*design.groups, *design.scopes)},
    )
    return {one, other} <= labels and on in groups


def suite_told(name: str) -> str:
    """What is special about a suite."""
    return OTHERS.get(name, "the main suite")


def topic_means(several: Sequence[Means], method: str) -> dict[str, float]:
    """Each topic's mean over several forms of the language."""
    return {topic: fmean(own[method][topic] for own in several) for topic in several[0][method]}


def gains_of(several: Sequence[Means], one: str, other: str) -> dict[str, float]:
    """How much more one method scores than another, topic by topic."""
    first, second = (topic_means(several, name) for name in (one, other))
    return {topic: first[topic] - second[topic] for topic in first}


def difference_cells(gains: Sequence[Mapping[str, float]]) -> list[str]:
    """The last less the first, or the only one: mean with its interval, and p, over topics."""
    values = [gains[-1][t] - (gains[0][t] if len(gains) > 1 else 0.0) for t in gains[0]]
    told = f"{number(fmean(values), sign=True)} {interval_text(ends_of(values))}"
    return [told, p_text(float(ttest_1samp(values, 0.0).pvalue))]


def ends_of(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of a mean over topics."""
    found = ttest_1samp(values, 0.0).confidence_interval()
    return float(found.low), float(found.high)


def markdown_rows(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join([' --- '] * len(heads))}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def mean_text(means: DataFrame, method: str, on: str) -> str:
    """A mean, or a dash."""
    there = method in means.index and on in means.columns
    return number(float(means.loc[method, on])) if there else "–"


def interval_text(ends: Sequence[float] | None) -> str:
    """An interval, or a dash."""
    return "–" if ends is None else f"[{number(ends[0])}, {number(ends[1])}]"


def first_measure(results: Results) -> str:
    """The suite's first measure."""
    return results.suite.measures[0]


def p_text(p: float) -> str:
    """As a table has it: without the sign of equality that text has."""
    return p_value(p).removeprefix("= ")


def value_text(value: object) -> str:
    """A value of a factor."""
    return value if isinstance(value, str) else f"{value:,g}"


def given_text(value: object) -> str:
    """A value of a setting."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def capital(text: str) -> str:
    """With a capital letter."""
    return text[0].upper() + text[1:]
