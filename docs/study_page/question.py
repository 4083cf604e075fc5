"""The answer of the main suite, how it was got, and that of the suites beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clirbench.analysis.analysis_plan import plan_remarks
from clirbench.front.results import Results
from clirbench.statistics import mean_name, number
from clirbench.wording import counted, listed
from study_page.telling import (
    CLASSES,
    COMPARED,
    MAIN,
    WAYS,
    adjusted_p,
    answered,
    capital,
    claimed_on,
    compared_cells,
    comparison_of,
    first_measure,
    given_text,
    interval_text,
    is_planned,
    markdown_rows,
    mean_text,
    p_text,
    suite_told,
    way_of,
)

_PAIR_HEADS = (
    "zero-shot",
    "oracle",
    *(head for one, other in COMPARED for head in (f"{one} - {other}", "95 % CI")),
)
"""Of the columns that `_pair_rows` fills behind a pair and its class."""


def answer(results: Results) -> Iterator[str]:
    """The answer to the hypothesis, and the planned comparisons beside it."""
    yield "## The answer\n"
    yield f"{answered(results)}\n"
    yield from _in_short(results)
    plan = f"[analysis-plan.json](../results/{results.path.name}/analysis-plan.json)"
    changes = plan_remarks(results.path)
    yield (
        f"Hypothesis, measures, tests and families stand in {plan}, written before the first cell was made"
        f"{' and changed since: see the notes of the table' if changes else ''}. Somali came first, in the same "
        "settings, as a part of `suites/ntrex.toml` with the same hypothesis.\n"
    )
    rows = [
        [f"{one} - {other}", *compared_cells(results, one, other, on)]
        for on in ("low", "high")
        for one, other in COMPARED
        if is_planned(results, one, other, on)
    ]
    yield from markdown_rows(
        ["difference", "on", mean_name(first_measure(results)), "95 % CI", "p"], rows
    )
    yield (
        "p is not adjusted for the hypothesis, and adjusted in its family (Holm) for all others. Topics of one "
        "story count once.\n"
    )


def _in_short(results: Results) -> Iterator[str]:
    """The means that the answer is about, and in words how the compared methods stand to each other."""
    on = claimed_on(results)
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
        f"- {mean_name(first_measure(results))} on the {on}-resource pairs: "
        f"{', '.join(f'{name} {number(float(means[name]))}' for name in told)}. "
        f"The highest of the trained methods is {best}."
    )
    for one, other in COMPARED:
        if found := comparison_of(results, one, other, on):
            gain, ends = number(found.difference, sign=True), interval_text(found.claimed_interval)
            yield f"- {capital(one)} {WAYS[way_of(found.difference, adjusted_p(found))]} {other}: {gain} {ends}."
    yield ""


def setting(results: Results) -> Iterator[str]:
    """Model, languages, bitext, and the settings that were picked."""
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
    yield from markdown_rows(
        ["method", "picked", "at an edge"],
        [
            [
                choice.name.removeprefix(f"{on[0]}/") if len(on) == 1 else choice.name,
                ", ".join(f"{key} {given_text(value)}" for key, value in choice.settings.items()),
                choice.edge or "",
            ]
            for choice in results.choices
        ],
    )


def all_methods(results: Results) -> Iterator[str]:
    """The table of all methods."""
    yield "## All methods\n"
    yield results.table(first_measure(results)).to_markdown().strip() + "\n"


def level_and_loss(results: Results) -> Iterator[str]:
    """The interaction that the suite asks for, by language."""
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
    yield from markdown_rows(
        ["", *groups],
        [[name, *(number(float(means.loc[name, on])) for on in groups)] for name in (a, b, c, d)],
    )
    yield from markdown_rows(
        ["on", f"{a} - {b}", f"{c} - {d}", "interaction", "95 % CI", "p"],
        [
            [
                row.pair,
                number(row.first, sign=True),
                number(row.second, sign=True),
                number(row.difference, sign=True),
                interval_text((row.low, row.high)),
                p_text(row.p),
            ]
            for row in found.itertuples()
        ],
    )


def by_language(results: Results) -> Iterator[str]:
    """The compared methods on each language pair."""
    yield "## Language by language\n"
    yield from markdown_rows(["pair", "resource", *_PAIR_HEADS], _pair_rows(results))


def _pair_rows(results: Results) -> Iterator[list[str]]:
    """Each language pair with its class, the floor, the ceiling, and the differences between them."""
    means = results.table().to_frame()
    for pair in results.suite.pairs:
        name = str(pair)
        differences = (compared_cells(results, one, other, name)[1:3] for one, other in COMPARED)
        yield [
            name,
            pair.resource,
            *(mean_text(means, method, name) for method in ("zero-shot", "oracle")),
            *(part for cells in differences for part in cells),
        ]


def elsewhere(done: Mapping[str, Results]) -> Iterator[str]:
    """The compared methods in each suite."""
    rows = [
        [suite_told(name), *_suite_row(found, one, other)]
        for name, found in done.items()
        for one, other in COMPARED
        if {one, other} <= {entry.label for entry in found.suite.methods}
    ]
    if not rows:
        return
    yield "## Other encoders, languages and questions\n"
    yield from markdown_rows(["where", "measure", "difference", "on", "mean", "95 % CI", "p"], rows)
    for name, found in done.items():
        if name != MAIN:
            verdict = answered(found).partition(": ")[0].rstrip(".")
            yield f"- [{name}](../results/{name}/table.md): {verdict}. {_highest(found)}"
    yield "\nLanguage by language, where they are not those of the main suite:\n"
    yield from markdown_rows(
        ["where", "pair", "class", *_PAIR_HEADS],
        [
            [suite_told(name), *row]
            for name, found in done.items()
            if name in CLASSES
            for row in _pair_rows(found)
        ],
    )
    for name, means in CLASSES.items():
        if name in done:
            yield f"- {capital(suite_told(name))}: {means}."
    yield ""


def _highest(results: Results) -> str:
    """Which method scores most where the question is asked, but for the ceiling; and what the floor scores."""
    on = claimed_on(results)
    means = results.table().to_frame()[on].drop("oracle", errors="ignore")
    first = str(means.idxmax())
    floor = "" if first == "zero-shot" else f"; zero-shot has {number(float(means['zero-shot']))}"
    return f"But for the oracle {first} is highest there, at {number(float(means[first]))}{floor}."


def _suite_row(results: Results, one: str, other: str) -> list[str]:
    return [
        mean_name(first_measure(results)),
        f"{one} - {other}",
        *compared_cells(results, one, other, claimed_on(results)),
    ]
