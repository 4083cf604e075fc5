"""Writes docs/study.md from the committed results: `python docs/study.py`. No number in it is typed by hand."""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from scipy.stats import ttest_1samp

import clirbench
from clirbench.analysis.analysis_plan import plan_remarks
from clirbench.analysis.focus import focus_of
from clirbench.front.results import Results
from clirbench.report.markdown import conditions_markdown
from clirbench.report.page.conditions import conditions_parts
from clirbench.report.page.lines import Line, line_chart
from clirbench.spec.cell import Cell, cells
from clirbench.statistics import Comparison, mean_name, number, p_value
from clirbench.wording import counted, listed

if TYPE_CHECKING:
    from pandas import DataFrame

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "study.md"
MAIN = "study-ntrex"
OTHERS = {
    "study-english-teacher": "an English teacher, multilingual students",
    "study-english-model": "an English model as teacher and student",
    "study-late-teacher": "a teacher trained for late interaction",
    "study-tydi-languages": "the languages of TyDi QA",
    "study-afriqa": "real questions in African languages",
    "study-transfer": "languages that were not learned",
}
ENCODERS = tuple(OTHERS)[:3]
"""With the languages of the main suite, or some of them."""
CUT = {
    "FLORES as another collection": "its files could not be reached",
    "a translator beside the students in every language": (
        "trained on 1,000 pairs it finds nothing (`nmt-teacher` in `results/ntrex-so`)"
    ),
    "five seeds": "three, at the cost that is told below",
    "robustness of every trained method": "three of eight, on the low-resource pairs, for what it costs to search again",
    "trials for other languages and questions": (
        "the settings that were picked on Somali are taken, for what trials cost; other encoders have trials of "
        "their own"
    ),
    "the sweep up to all sentence pairs": "up to 2,000, for what a training of 5,000 costs",
}
"""What was planned and is not here, each with its reason."""
COMPARED = (
    ("optical", "sentence-contrastive"),
    ("token-contrastive", "sentence-contrastive"),
    ("optical", "token-contrastive"),
)
_HEAD = """# The study: transport against contrast on low-resource languages

Does optimal-transport distillation beat a contrastive loss where a language has few resources? How far does the
answer carry? Everything below is made by `python docs/study.py` from the results folders that it names. OPTICAL's own
figures are not reproduced here: its data and models are others.
"""
_AGAIN = """## Run it again

One cell, from the suite alone. For a model in a folder, add `--set teacher.backbone=FOLDER`. The trials on Somali, an hour or two on one
core, need not be made again: `suites/store` has their scores.

    mkdir -p my-store && cp -r suites/store/* my-store/
    clirbench run suites/study-ntrex.toml --store my-store --only 'so-en/optical/seed=1' --results results/again
    clirbench compare results/study-ntrex results/again

A reduced study, two methods on one language with one seed, is `--only 'so-en/optical/seed=1' --only 'so-en/sentence-contrastive/seed=1'` in place of the one above.
"""
_ALPHA = 0.05
_WAYS = {1: "is better than", -1: "is worse than", 0: "is not shown to differ from"}
_TOPICS = 5
"""Topics shown at each end."""
_HARD = 0.5
"""Stories on which zero-shot scores less are hard."""
SYNTHETIC = "study-synthetic"
LOSSES = ("sentence-contrastive", "sentence-ot", "token-contrastive", "optical")
STEPS = (
    ("optical", "sentence-contrastive"),
    ("optical", "token-contrastive"),
    ("sentence-ot", "sentence-contrastive"),
    ("token-contrastive", "sentence-contrastive"),
)


class Language(NamedTuple):
    """What is changed about the generated language and its bitext."""

    noise: float
    order: str
    inflected: str
    sentences: int


FACTORS = {
    "noise": "share of wrong pairs",
    "order": "word order (English has SVO)",
    "inflected": "inflected",
    "sentences": "sentence pairs",
}
"""The fields of `Language`, as they are told."""
REPEATED = ROOT / "results" / "repeated.json"
PICTURES = ROOT / "docs" / "pictures"
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


_Means = Mapping[str, Mapping[str, float]]
"""Of each method, each topic's mean over seeds."""


def page() -> str:
    """The whole page."""
    done = {name: found for name in (MAIN, *OTHERS) if (found := _load(name))}
    lines = [_HEAD]
    if MAIN in done:
        main = done[MAIN]
        lines += _answer(main)
        lines += _holds(done)
        for part in (_setting, _table, _interaction, _where):
            lines += part(main)
    lines += _elsewhere(done)
    if MAIN in done:
        lines += _conditions(done[MAIN])
        lines += _topics(done[MAIN])
    lines += _synthetic()
    lines += _missing(done)
    lines += _limits()
    lines += _costs(done)
    lines += _again()
    return "\n".join(lines).rstrip() + "\n"


def files() -> dict[Path, str]:
    """The page and its pictures."""
    return {PAGE: page(), **{PICTURES / name: text for name, text in pictures().items()}}


@cache
def _load(name: str) -> Results | None:
    """A committed results folder with cells; none where it is not there yet."""
    folder = ROOT / "results" / name
    if not (folder / "settings.json").exists():
        return None
    found = clirbench.load(folder)
    return found if found.cells.scores else None


def _answer(results: Results) -> Iterator[str]:
    yield "## The answer\n"
    yield f"{_answered(results)}\n"
    yield from _in_short(results)
    plan = f"[analysis-plan.json](../results/{results.path.name}/analysis-plan.json)"
    changes = plan_remarks(results.path)
    yield (
        f"Hypothesis, measures, tests and families stand in {plan}, written before the first cell was made"
        f"{' and changed since: see the notes of the table' if changes else ''}. Somali came first, in the same "
        "settings, as a part of `suites/ntrex.toml` with the same hypothesis.\n"
    )
    rows = [
        [f"{one} - {other}", *_compared(results, one, other, on)]
        for on in ("low", "high")
        for one, other in COMPARED
        if _planned(results, one, other, on)
    ]
    yield from _rows(["difference", "on", mean_name(_measure(results)), "95 % CI", "p"], rows)
    yield (
        "p is not adjusted for the hypothesis, and adjusted in its family (Holm) for all others. Topics of one "
        "story count once.\n"
    )


def _in_short(results: Results) -> Iterator[str]:
    """The means that the answer is about, and in words how the compared methods stand to each other."""
    on = _claimed(results)
    means = results.table().to_frame()[on]
    trained = {
        entry.label: float(means[entry.label])
        for entry in results.suite.methods
        if entry.method.trained and entry.label in means.index
    }
    best = max(trained, key=lambda name: trained[name])
    shown = dict.fromkeys([name for pair in COMPARED for name in pair] + [best])
    told = [*shown, *(name for name in ("zero-shot", "oracle") if name in means.index)]
    yield (
        f"- {mean_name(_measure(results))} on the {on}-resource pairs: "
        f"{', '.join(f'{name} {number(float(means[name]))}' for name in told)}. "
        f"The highest of the trained methods is {best}."
    )
    for one, other in COMPARED:
        if found := _comparison(results, one, other, on):
            gain, ends = number(found.difference, sign=True), _interval(found.claimed_interval)
            yield f"- {_capital(one)} {_WAYS[_way(found.difference, _adjusted(found))]} {other}: {gain} {ends}."
    yield ""


def _answered(results: Results) -> str:
    """The answer to the suite's hypothesis, as a sentence."""
    text = str(results.answer).rstrip(".")
    return f"{text[0].upper()}{text[1:]}."


def _setting(results: Results) -> Iterator[str]:
    suite = results.suite
    yield "## How it was measured\n"
    training, pairs = suite.training, [str(pair) for pair in suite.pairs]
    seeds = counted(len(suite.seeds), "seed")
    yield (
        f"- **Model.** `{suite.teacher.backbone}`, {suite.teacher.interaction} interaction, is teacher and student."
    )
    yield f"- **Languages.** {listed(pairs, len(pairs))}; {seeds}."
    yield (
        f"- **Bitext.** {training.pairs:,} sentence pairs each, {training.epochs} epochs in batches of "
        f"{training.batch_size}. Pairs with a side that would be cut are left out."
    )
    counts = {
        pair: sum(int(one["used"]) for one in list(caps.values())[-1])
        for pair, caps in results.bitext.items()
    }
    short = [f"{pair} ({n:,})" for pair, n in counts.items() if n < (training.pairs or 0)]
    if short:
        yield f"- **Fewer pairs** have {listed(short, len(short))}."
    if suite.tune is None:
        return
    on = suite.tune.pairs or ()
    yield (
        f"- **Settings** were picked for each method by {results.choices[0].trials} trials"
        f"{f' on {listed(on, len(on))}' if on else ' on each pair'}, on topics that are not tested. Where the best "
        "lay at the edge of the learning rates, one more was made.\n"
    )
    yield from _rows(
        ["method", "picked", "at an edge"],
        [
            [
                choice.name.removeprefix(f"{on[0]}/") if len(on) == 1 else choice.name,
                ", ".join(f"{key} {_given(value)}" for key, value in choice.settings.items()),
                choice.edge or "",
            ]
            for choice in results.choices
        ],
    )


def _table(results: Results) -> Iterator[str]:
    yield "## All methods\n"
    yield results.table(_measure(results)).to_markdown().strip() + "\n"


def _interaction(results: Results) -> Iterator[str]:
    steps = results.suite.statistics.interaction
    found = results.interaction()
    if steps is None or found.empty:
        return
    (a, b), (c, d) = steps
    yield "## Level and loss\n"
    yield (
        f"Two things differ between {a} and {d}: what is compared (tokens or sentences), and by what loss "
        "(transport or contrast). The four together tell them apart. The interaction is "
        f"({a} - {b}) - ({c} - {d}).\n"
    )
    means = results.table().to_frame()
    groups = [on for on in ("low", "medium", "high", "all") if on in means.columns]
    groups = groups or list(means.columns)
    yield from _rows(
        ["", *groups],
        [[name, *(number(float(means.loc[name, on])) for on in groups)] for name in (a, b, c, d)],
    )
    yield from _rows(
        ["on", f"{a} - {b}", f"{c} - {d}", "interaction", "95 % CI", "p"],
        [
            [
                row.pair,
                number(row.first, sign=True),
                number(row.second, sign=True),
                number(row.difference, sign=True),
                _interval((row.low, row.high)),
                _p(row.p),
            ]
            for row in found.itertuples()
        ],
    )


def _where(results: Results) -> Iterator[str]:
    yield "## Language by language\n"
    means = results.table().to_frame()
    rows = []
    for pair in results.suite.pairs:
        name = str(pair)
        rows.append(
            [
                name,
                pair.resource,
                *(_mean(means, method, name) for method in ("zero-shot", "oracle")),
                *(
                    part
                    for one, other in COMPARED
                    for part in _compared(results, one, other, name)[1:3]
                ),
            ]
        )
    heads = [h for one, other in COMPARED for h in (f"{one} - {other}", "95 % CI")]
    yield from _rows(["pair", "resource", "zero-shot", "oracle", *heads], rows)


def _holds(done: Mapping[str, Results]) -> Iterator[str]:
    """How often each of the compared methods is better, and worse, over all that was varied."""
    if not done:
        return
    folders = [clirbench.load(path) for path in _generated_folders()]
    yield "## What holds, and what does not\n"
    for one, other in COMPARED[:2]:
        claims = {name: _comparison(own, one, other, _claimed(own)) for name, own in done.items()}
        rows = [
            ("encoders and teachers", [_tested(claims.get(name)) for name in (MAIN, *ENCODERS)])
        ]
        for name, found in done.items():
            if name not in ENCODERS:
                pairs = [_comparison(found, one, other, str(pair)) for pair in found.suite.pairs]
                rows.append((f"languages: {_where_told(name)}", [_tested(pair) for pair in pairs]))
        if MAIN in done:
            rows.append(("other bitexts", list(_swept(done[MAIN], one, other, own=False))))
            rows.append(("harder topics", list(_perturbed(done[MAIN], one, other))))
        rows.append(
            (
                "a generated language",
                [each for own in folders for each in _swept(own, one, other, own=True)],
            )
        )
        yield f"**{_capital(one)} against {other}:**\n"
        yield from _rows(
            ["what is varied", "compared", "better", "worse", "not shown", "differences in MAP"],
            [
                _counts(what, known)
                for what, tests in rows
                if (known := [test for test in tests if test])
            ],
        )
    yield (
        "Better and worse are what the test shows, with p adjusted in its family (Holm). With harder topics the "
        "difference is that of the scores at the largest severity; better means that a method loses less than the "
        "other. Families of language pairs are large, so their tests are strict. Each row is told below.\n"
    )


class _Test(NamedTuple):
    """Of two methods."""

    difference: float
    way: int
    """1: shown to be better, -1: worse, 0: neither."""


def _tested(found: Comparison | None) -> _Test | None:
    return _Test(found.difference, _way(found.difference, _adjusted(found))) if found else None


def _way(difference: float, p: float) -> int:
    return 0 if p >= _ALPHA else 1 if difference > 0 else -1


def _swept(results: Results, one: str, other: str, *, own: bool) -> Iterator[_Test]:
    """On each language pair with each bitext of the sweep; with the suite's own, too, if it is asked for."""
    pairs = {str(pair): _comparison(results, one, other, str(pair)) for pair in results.suite.pairs}
    for row in results.sweep().itertuples():
        if (row.method, row.versus) == (one, other) and row.pair in pairs and row.p == row.p:
            base = pairs[row.pair]
            if own or base is None or row.difference != base.difference:
                yield _Test(row.difference, _way(row.difference, row.p_adjusted))


def _perturbed(results: Results, one: str, other: str) -> Iterator[_Test]:
    """With topics perturbed most: how the scores differ, and which loses less; on the low-resource pairs, if it may."""
    frame = results.robustness()
    for name in frame.perturbation.unique():
        own = frame[frame.perturbation == name]
        means = _asked(own[own.severity == own.severity.max()], results)
        if {one, other} <= set(means.index) and means.versus[one] == other:
            gain = means["mean"][one] - means["mean"][other]
            yield _Test(gain, -_way(means.difference[one], means.p_adjusted[one]))


def _counts(what: str, tests: Sequence[_Test]) -> list[str]:
    ways, gains = [test.way for test in tests], sorted(test.difference for test in tests)
    spread = " to ".join(dict.fromkeys(number(end, sign=True) for end in (gains[0], gains[-1])))
    return [what, str(len(tests)), *(str(ways.count(way)) for way in (1, -1, 0)), spread]


def _where_told(name: str) -> str:
    return OTHERS.get(name, "the main suite")


def _elsewhere(done: Mapping[str, Results]) -> Iterator[str]:
    rows = [
        [_where_told(name), *_suite_row(found, one, other)]
        for name, found in done.items()
        for one, other in COMPARED
        if {one, other} <= {entry.label for entry in found.suite.methods}
    ]
    if not rows:
        return
    yield "## Other encoders, languages and questions\n"
    yield from _rows(["where", "difference", "on", "mean", "95 % CI", "p"], rows)
    for name, found in done.items():
        if name != MAIN:
            verdict = _answered(found).partition(": ")[0].rstrip(".")
            yield f"- [{name}](../results/{name}/table.md): {verdict}."
    yield ""


def _claimed(results: Results) -> str:
    """What the hypothesis is on."""
    claim = results.suite.hypothesis
    return claim.on if claim else "all"


def _suite_row(results: Results, one: str, other: str) -> list[str]:
    return [f"{one} - {other}", *_compared(results, one, other, _claimed(results))]


def _conditions(results: Results) -> Iterator[str]:
    """Perturbed topics, other bitexts, and what encoders make of translations, as the program draws them."""
    tables = [f"{text.strip()}\n" for text in conditions_markdown(results)]
    if not tables:
        return
    yield "## Harder topics, other bitexts, and what goes with the scores\n"
    if claim := results.suite.hypothesis:
        yield from _perturbed_rows(results, claim.better, claim.than)
        yield from _swept_rows(results, claim.better, claim.than)
    yield from _side_by_side(_curves(results))
    yield f"<details><summary>All {len(tables)} tables of this section</summary>\n"
    yield from tables
    yield "</details>\n"


def _perturbed_rows(results: Results, one: str, other: str) -> Iterator[str]:
    """What each way to perturb topics costs the two methods, by the area under their curves."""
    frame = results.robustness()
    if frame.empty:
        return
    rows = []
    for name in frame.perturbation.unique():
        own = _asked(frame[(frame.perturbation == name) & frame.severity.isna()], results)
        if {one, other} <= set(own.index) and own.versus[one] == other:
            lost = [
                f"{number(own.lost[method], sign=True)} "
                f"{_interval((own.lost_low[method], own.lost_high[method]))}"
                for method in ("zero-shot", other, one)
                if method in own.index
            ]
            more = number(own.difference[one], sign=True)
            rows.append([name, own.pair[one], *lost, more, _p(own.p_adjusted[one])])
    if rows:
        yield (
            f"Topics with edited words: what each way costs in {mean_name(_measure(results))}, as a mean over shares of "
            "words from none to the largest (area under the curve), with 95 % intervals over topics. The last columns "
            f"say how much more {one} loses than {other}, with p of method × noise (Holm).\n"
        )
        heads = ["topics", "on", "zero-shot loses", f"{other} loses", f"{one} loses", "more", "p"]
        yield from _rows(heads, rows)


def _swept_rows(results: Results, one: str, other: str) -> Iterator[str]:
    """The two methods after training from each other bitext."""
    frame = results.sweep()
    if frame.empty:
        return
    rows = []
    for row in frame.itertuples():
        own = row.lost_low == row.lost_high == 0
        if own and row.axis != "pairs":  # told by the axis before
            continue
        if (row.method, row.versus) == (one, other) and row.p == row.p:
            same = (frame.axis == row.axis) & (frame.value == row.value) & (frame.pair == row.pair)
            means = frame[same].set_index("method")["mean"]
            ends = _interval((row.difference_low, row.difference_high))
            gain = f"{number(row.difference, sign=True)} {ends}"
            scores = [number(float(means[method])) for method in (other, one)]
            rows.append([row.pair, row.axis, str(row.value), *scores, gain, _p(row.p_adjusted)])
    if rows:
        yield (
            "Other bitexts: at most so many sentence pairs, a share of them mis-paired, or other sources. Settings are "
            "those of the suite's own bitext. `low` is the mean of the pairs. p is adjusted over methods and language "
            "pairs at each value (Holm).\n"
        )
        rows.sort(
            key=lambda row: ([str(pair) for pair in results.suite.pairs] + [row[0]]).index(row[0])
        )
        yield from _rows(["on", "what", "value", other, one, "difference, 95 % CI", "p"], rows)


def _asked(frame: DataFrame, results: Results) -> DataFrame:
    """The rows of the pairs that the question is about, if several are varied so, by method."""
    there = set(frame.pair)
    on = next((on for on in (_claimed(results), "all") if on in there), min(there, default=""))
    return frame[frame.pair == on].set_index("method", drop=False)


def _side_by_side(charts: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """Pictures below their titles, two in a row."""
    every = list(charts)
    for one in range(0, len(every), 2):
        row = every[one : one + 2]
        cells = [f"![{title}](pictures/{name})" for name, title, _ in row]
        yield from _rows([title for _, title, _ in row], [cells])


def _curves(results: Results) -> Iterator[tuple[str, str, str]]:
    """A picture of each way to perturb topics and of each axis of the sweep: file, title, drawing."""
    for part in conditions_parts(results, focus_of(results.measures[0])):
        for number_, chart in enumerate(part.charts, 1):
            yield f"study-{part.key}-{number_}.svg", chart.title, str(chart.drawing)


def pictures() -> dict[str, str]:
    """The text of each picture, by the name of its file."""
    main = _load(MAIN)
    found = [*(_curves(main) if main else ()), *_size_curves(_generated())]
    return {
        name: drawing.replace(">", f' xmlns="http://www.w3.org/2000/svg">\n{_STYLE}', 1) + "\n"
        for name, _, drawing in found
    }


def _topics(results: Results) -> Iterator[str]:
    """Where the two methods of the hypothesis differ, over its pairs and seeds: kinds of topics, and single ones."""
    claim = results.suite.hypothesis
    if claim is None:
        return
    pairs = {str(pair) for pair in results.suite.pairs if claim.on in {"all", pair.resource}}
    asked = (claim.better, claim.than)
    means = _method_means(results, pairs, (*asked, "zero-shot"))
    gains = _gain([means], *asked)
    if not gains:
        return
    better, worse = (sum(gain * way > 0 for gain in gains.values()) for way in (1, -1))
    yield "## Topic by topic\n"
    yield (
        f"On {better} of {counted(len(gains), 'topic')} {claim.better} scores more than {claim.than}, as a mean over "
        f"the {claim.on} pairs and seeds; on {worse} less. A headline is short, a lead is a sentence or two. What "
        "zero-shot scores tells how hard a story is. This is exploration: p is not adjusted.\n"
    )
    floor = _by_story(results, means["zero-shot"])
    hard = {topic for topic in gains if floor[_stories(results)[topic]] < _HARD}
    kinds = {
        "headlines": {topic for topic in gains if topic.endswith(".headline")},
        "leads": {topic for topic in gains if topic.endswith(".lead")},
        f"stories of which zero-shot's mean is below {_HARD:g}": hard,
        "all other stories": gains.keys() - hard,
    }
    yield from _rows(
        ["topics", "number", *asked, "difference, 95 % CI", "p"],
        [
            [
                kind,
                str(len(own)),
                *(number(fmean(means[name][topic] for topic in own)) for name in asked),
                *_difference([_by_story(results, {topic: gains[topic] for topic in own})]),
            ]
            for kind, own in kinds.items()
        ],
    )
    yield "The largest differences:\n"
    order = sorted(gains, key=lambda topic: (gains[topic], topic))
    yield from _rows(
        ["topic", *asked, "difference"],
        [
            [
                topic,
                *(number(means[name][topic]) for name in asked),
                number(gains[topic], sign=True),
            ]
            for topic in [*reversed(order[-_TOPICS:]), *order[:_TOPICS]]
        ],
    )


def _method_means(results: Results, pairs: Collection[str], methods: Collection[str]) -> _Means:
    """Each topic's mean over some pairs and all seeds, of some methods."""
    found: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for cell, topics in results.cells.scores.items():
        if cell.pair in pairs and cell.method in methods:
            for topic, values in topics.items():
                found[cell.method][topic].append(values[_measure(results)])
    return {
        name: {topic: fmean(every) for topic, every in topics.items()}
        for name, topics in found.items()
    }


def _stories(results: Results) -> dict[str, str]:
    """The story of each topic."""
    return {topic: story for own in results.clusters.of.values() for topic, story in own.items()}


def _by_story(results: Results, values: Mapping[str, float]) -> dict[str, float]:
    """The mean of each story's topics."""
    of = _stories(results)
    stories: defaultdict[str, list[float]] = defaultdict(list)
    for topic, value in values.items():
        stories[of[topic]].append(value)
    return {story: fmean(every) for story, every in stories.items()}


def _synthetic() -> Iterator[str]:
    """Four losses on a generated language, of which one thing after another is changed."""
    found = _generated()
    if not found:
        return
    folders = {one._replace(sentences=0) for one in found}
    at = sorted({one.sentences for one in found})
    yield "## A language made to order\n"
    yield (
        f"One generated language in {len(folders)} forms, each with {listed([f'{n:,}' for n in at], len(at))} sentence pairs; `[tune]` "
        f"picked settings for each form anew, and three seeds were trained. MAP; intervals are over topics, for these "
        "runs alone, and p is not adjusted. The suite is `suites/study-synthetic.toml`; nothing here is a claim about "
        "real languages.\n"
    )
    rows = [
        [
            f"{size:,}",
            *(number(fmean(_topic_means(same, name).values())) for name in LOSSES),
            *(_difference([_gain(same, *step)])[0] for step in STEPS[1:3]),
        ]
        for size in at
        if (same := [own for one, own in found.items() if one.sentences == size])
    ]
    steps = [f"{one} - {other}" for one, other in STEPS]
    yield from _rows(["sentence pairs", *LOSSES, *steps[1:3]], rows)
    yield from (f"![{title}](pictures/{name})\n" for name, title, _ in _size_curves(found))
    yield "How each difference changes from one value to another, all else as it is:\n"
    rows = []
    for field, told in FACTORS.items():
        values = sorted({getattr(one, field) for one in found})
        low, high = values[0], values[-1]
        for step, name in zip(STEPS, steps, strict=True):
            gains = [
                _gain([own for one, own in found.items() if getattr(one, field) == value], *step)
                for value in (low, high)
            ]
            ends = [number(fmean(gain.values()), sign=True) for gain in gains]
            ends_told = " to ".join(_value(value) for value in (low, high))
            rows.append([f"{told}: {ends_told}", name, *ends, *_difference(gains)])
    yield from _rows(["what", "difference", "before", "after", "change, 95 % CI", "p"], rows)
    size = at[-2] if len(at) > 1 else at[0]
    yield f"All forms, with {size:,} sentence pairs:\n"
    yield from _rows(
        ["wrong pairs", "order", "inflected", *LOSSES],
        [
            [
                f"{one.noise:g}",
                one.order,
                one.inflected,
                *(number(fmean(own[name].values())) for name in LOSSES),
            ]
            for one, own in sorted(found.items())
            if one.sentences == size
        ],
    )


def _size_curves(found: Mapping[Language, _Means]) -> Iterator[tuple[str, str, str]]:
    """MAP by the number of sentence pairs: a picture for each share of wrong pairs."""
    colours = ("second", "medium", "low", "first")
    for noise in sorted({one.noise for one in found}):
        lines = []
        for name, colour in zip(LOSSES, colours, strict=True):
            sizes: defaultdict[int, list[_Means]] = defaultdict(list)
            for one, own in found.items():
                if one.noise == noise:
                    sizes[one.sentences].append(own)
            means = {size: _topic_means(own, name) for size, own in sorted(sizes.items())}
            points = [(float(size), fmean(own.values())) for size, own in means.items()]
            spans = [_ends(list(own.values())) for own in means.values()]
            lines.append(Line(name, points, colour, marked=True, spans=spans))
        title = f"MAP by sentence pairs, {noise:.0%} of them wrong"
        drawing = line_chart(
            lines,
            key=f"size-{noise:g}",
            title=title,
            description="One line for each loss, with intervals over topics.",
            across="sentence pairs",
            log=True,
        )
        yield f"study-sentences-{noise:g}.svg", title, str(drawing)


def _generated_folders() -> list[Path]:
    return [path.parent for path in sorted((ROOT / "results" / SYNTHETIC).glob("*/settings.json"))]


@cache
def _generated() -> Mapping[Language, _Means]:
    """Each form of the language with each number of sentence pairs."""
    found: dict[Language, _Means] = {}
    for path in _generated_folders():
        results = clirbench.load(path)
        (form,) = results.suite.collection.features.values()
        runs: defaultdict[int, defaultdict[str, defaultdict[str, list[float]]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(list))
        )
        for cell, topics in results.every.scores.items():
            size = int(cell.pair.partition("~pairs=")[2] or results.suite.training.pairs)
            for topic, values in topics.items():
                runs[size][cell.method][topic].append(values[_measure(results)])
        for size, methods in runs.items():
            inflected = "yes" if form["morphology"] else "no"
            means = {
                name: {topic: fmean(every) for topic, every in topics.items()}
                for name, topics in methods.items()
            }
            found[Language(form["noise"], form["order"], inflected, size)] = means
    return found


def _topic_means(several: Sequence[_Means], method: str) -> dict[str, float]:
    """Each topic's mean over several forms of the language."""
    return {topic: fmean(own[method][topic] for own in several) for topic in several[0][method]}


def _gain(several: Sequence[_Means], one: str, other: str) -> dict[str, float]:
    """How much more one method scores than another, topic by topic."""
    first, second = (_topic_means(several, name) for name in (one, other))
    return {topic: first[topic] - second[topic] for topic in first}


def _difference(gains: Sequence[Mapping[str, float]]) -> list[str]:
    """The last less the first, or the only one: mean with its interval, and p, over topics."""
    values = [gains[-1][t] - (gains[0][t] if len(gains) > 1 else 0.0) for t in gains[0]]
    told = f"{number(fmean(values), sign=True)} {_interval(_ends(values))}"
    return [told, _p(float(ttest_1samp(values, 0.0).pvalue))]


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of a mean over topics."""
    found = ttest_1samp(values, 0.0).confidence_interval()
    return float(found.low), float(found.high)


def _missing(done: Mapping[str, Results]) -> Iterator[str]:
    yield "## What is not here\n"
    for name in (MAIN, *OTHERS):
        if name not in done:
            yield f"- `suites/{name}.toml` has not been run."
        elif lacking := done[name].lacking:
            yield f"- `results/{name}` lacks {_lacking(lacking, cells(done[name].suite))}."
    for what, why in CUT.items():
        yield f"- {_capital(what)}: {why}."
    yield ""


def _lacking(lacking: Collection[Cell], every: Collection[Cell]) -> str:
    """How many cells are missing, of how many: those of the suite as it is, and of changed topics or bitext."""
    told = []
    for varied, name in ((False, "cells"), (True, "cells with harder topics or another bitext")):
        gone, there = (sum(cell.varied == varied for cell in some) for some in (lacking, every))
        if gone:
            told.append(f"{gone} of {there} {name}")
    return " and ".join(told)


def _limits() -> Iterator[str]:
    yield "## Limits\n"
    yield (
        "- NTREX's topics are known items: a headline or a lead is to find its own story. Real questions are in "
        "`study-afriqa` alone."
    )
    yield "- The models are small: 118 million weights, 96 million of them embeddings."
    yield "- multilingual-e5-small came from weights in 4 bits, near the published ones and not equal to them."
    yield "- The bitext of Somali, Tagalog and Marathi is on health for the most part; the topics are news."
    yield "- Seeds sample the training's noise. The bitext was drawn once.\n"


def _costs(done: Mapping[str, Results]) -> Iterator[str]:
    rows = []
    for name, found in done.items():
        cost = found.costs.get("artifacts", {})
        energy = cost.get("energy")
        rows.append(
            [
                name,
                f"{len(found.cells.scores):,}",
                f"{float(cost.get('seconds', 0)) / 3600:.1f}",
                "not measured" if energy is None else f"{float(energy) / 3.6e6:.2f} kWh",
            ]
        )
    if rows:
        yield "## What it cost\n"
        yield from _rows(["suite", "cells", "core hours", "energy"], rows)


def _again() -> Iterator[str]:
    yield _AGAIN
    yield (
        "### What came out\n\nCells made again in a fresh checkout, from the suite and `suites/store` alone; "
        "then `python docs/repeat.py results/study-ntrex results/again`. Where MKL multiplies, the variable "
        "`ATEN_CPU_CAPABILITY=avx2` was set, so that torch calculates as on a processor without AVX-512. Another kind of "
        "processor was not at hand. The last column is the time of the whole run, all its cells and what they need "
        "included. Bitext of Somali was first read with another way of attention, so its cells differ in their last "
        "digits.\n"
    )
    yield from _rows(
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


def _compared(results: Results, one: str, other: str, on: str) -> list[str]:
    if (found := _comparison(results, one, other, on)) is None:
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
    p = _p(_adjusted(found))
    return [on, number(found.difference, sign=True), _interval(found.claimed_interval), p]


def _comparison(results: Results, one: str, other: str, on: str) -> Comparison | None:
    """None where it was not planned or a run of it is missing."""
    if not _planned(results, one, other, on):
        return None
    found = results.measures[0].between(one, other, on)
    return found if isinstance(found, Comparison) else None


def _adjusted(found: Comparison) -> float:
    """The p of the hypothesis as it is, of all else as adjusted in its family."""
    return found.p if found.family == "primary" else found.p_adjusted


def _planned(results: Results, one: str, other: str, on: str) -> bool:
    design = results.measures[0].design
    labels, groups = (
        {m.name for m in design.methods},
        {g.name for g in (*design.groups, *design.scopes)},
    )
    return {one, other} <= labels and on in groups


def _mean(means: DataFrame, method: str, on: str) -> str:
    there = method in means.index and on in means.columns
    return number(float(means.loc[method, on])) if there else "–"


def _interval(ends: Sequence[float] | None) -> str:
    return "–" if ends is None else f"[{number(ends[0])}, {number(ends[1])}]"


def _measure(results: Results) -> str:
    return results.suite.measures[0]


def _p(p: float) -> str:
    """As a table has it: without the sign of equality that text has."""
    return p_value(p).removeprefix("= ")


def _value(value: object) -> str:
    return value if isinstance(value, str) else f"{value:,g}"


def _given(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _rows(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join([' --- '] * len(heads))}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


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
