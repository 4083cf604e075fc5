"""Harder topics and other bitexts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from clirbench.analysis.focus import focus_of
from clirbench.front.results import Results
from clirbench.report.markdown import conditions_markdown
from clirbench.report.page.conditions import conditions_parts
from clirbench.statistics import mean_name, number
from study_page.telling import (
    ALPHA,
    claimed_on,
    first_measure,
    interval_text,
    markdown_rows,
    p_text,
)

if TYPE_CHECKING:
    from pandas import DataFrame

    from clirbench.report.page.training import CurveChart


def conditions(results: Results) -> Iterator[str]:
    """Perturbed topics, other bitexts, and what encoders make of translations, as the program draws them."""
    tables = [f"{text.strip()}\n" for text in conditions_markdown(results)]
    if not tables:
        return
    yield "## Harder topics, other bitexts, and what goes with the scores\n"
    if claim := results.suite.hypothesis:
        frame = results.robustness()
        if not frame.empty:
            yield from _perturbed_rows(results, frame, claim.better, claim.than)
            yield from _lost_rows(results, frame, claim.than)
        yield from _swept_rows(results, claim.better, claim.than)
    charts = list(_charts(results))
    yield from _side_by_side((name, chart.title) for name, chart in charts)
    if names := dict.fromkeys(method for _, chart in charts for method in chart.left_out):
        yield (
            f"Not drawn where lines are many: {', '.join(names)}. They lie beyond the intervals of the two methods "
            "of the question.\n"
        )
    yield f"<details><summary>All {len(tables)} tables of this section</summary>\n"
    yield from tables
    yield "</details>\n"


def _perturbed_rows(results: Results, frame: DataFrame, one: str, other: str) -> Iterator[str]:
    """What each way to perturb topics costs the two methods, by the area under their curves."""
    rows = []
    for name in frame.perturbation.unique():
        own = asked_rows(frame[(frame.perturbation == name) & frame.severity.isna()], results)
        if {one, other} <= set(own.index) and own.versus[one] == other:
            lost = [
                f"{number(own.lost[method], sign=True)} "
                f"{interval_text((own.lost_low[method], own.lost_high[method]))}"
                for method in ("zero-shot", other, one)
                if method in own.index
            ]
            more = number(own.difference[one], sign=True)
            rows.append([name, own.pair[one], *lost, more, p_text(own.p_adjusted[one])])
    if rows:
        yield (
            f"Topics with edited words: what each way costs in {mean_name(first_measure(results))}. It is the mean over "
            "shares of words from none to the largest (area under the curve), with 95 % intervals over topics. The last "
            f"columns say how much more {one} loses than {other}, with p of method × noise (Holm).\n"
        )
        heads = ["topics", "on", "zero-shot loses", f"{other} loses", f"{one} loses", "more", "p"]
        yield from markdown_rows(heads, rows)


def _lost_rows(results: Results, frame: DataFrame, baseline: str) -> Iterator[str]:
    """What each way to perturb topics costs every method, by the area under its curve."""
    areas = frame[frame.severity.isna()]
    ways = {
        name: asked_rows(areas[areas.perturbation == name], results)
        for name in areas.perturbation.unique()
    }
    yield (
        f"What each way costs every method, on the same mean. ▲▼: it loses less, more than {baseline} (p < {ALPHA}, Holm). "
        "A method that scores little has little to lose.\n"
    )
    heads = ["method", *(f"{name}, {own.pair.iloc[0]}" for name, own in ways.items())]
    rows = (
        [method, *(_lost(own, method, baseline) for own in ways.values())]
        for method in areas.method.unique()
    )
    yield from markdown_rows(heads, rows)


def _lost(rows: DataFrame, method: str, baseline: str) -> str:
    """What a method loses, and whether that is less or more than the baseline does."""
    if method not in rows.index:
        return "–"
    row = rows.loc[method]
    shown = row.versus == baseline and row.p_adjusted < ALPHA
    mark = ("▼" if row.difference > 0 else "▲") if shown else ""
    return f"{number(row.lost, sign=True)}{mark}"


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
            ends = interval_text((row.difference_low, row.difference_high))
            gain = f"{number(row.difference, sign=True)} {ends}"
            scores = [number(float(means[method])) for method in (other, one)]
            used = (
                f" ({row.sentences:,.0f})"
                if row.value == "all" and row.sentences == row.sentences
                else ""
            )
            rows.append(
                [row.pair, row.axis, f"{row.value}{used}", *scores, gain, p_text(row.p_adjusted)]
            )
    if rows:
        yield (
            "Other bitexts: at most so many sentence pairs, a share of them mis-paired, or other sources. Settings are "
            "those of the suite's own bitext. `low` is the mean of the pairs. p is adjusted over methods and language "
            "pairs at each value (Holm).\n"
        )
        rows.sort(
            key=lambda row: ([str(pair) for pair in results.suite.pairs] + [row[0]]).index(row[0])
        )
        yield from markdown_rows(
            ["on", "what", "value", other, one, "difference, 95 % CI", "p"], rows
        )


def asked_rows(frame: DataFrame, results: Results) -> DataFrame:
    """The rows of the pairs that the question is about, if several are varied so, by method."""
    there = set(frame.pair)
    on = next((on for on in (claimed_on(results), "all") if on in there), min(there, default=""))
    return frame[frame.pair == on].set_index("method", drop=False)


def _side_by_side(charts: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Pictures, each a file and a title, below their titles, two in a row."""
    every = list(charts)
    for one in range(0, len(every), 2):
        row = every[one : one + 2]
        cells = [f"![{title}](pictures/{name})" for name, title in row]
        yield from markdown_rows([title for _, title in row], [cells])


def curves(results: Results) -> Iterator[tuple[str, str, str]]:
    """A picture of each way to perturb topics and of each axis of the sweep: file, title, drawing."""
    yield from ((name, chart.title, str(chart.drawing)) for name, chart in _charts(results))


def _charts(results: Results) -> Iterator[tuple[str, CurveChart]]:
    for part in conditions_parts(results, focus_of(results.measures[0])):
        for number_, chart in enumerate(part.charts, 1):
            yield f"study-{part.key}-{number_}.svg", chart
