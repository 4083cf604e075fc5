"""From a results folder's scores to its comparisons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.methods.oracle import Oracle
from clirbench.methods.zero_shot import ZeroShot
from clirbench.retrieval.measures import TopicScores, read_scores
from clirbench.suite.cell import Cell, cells
from clirbench.suite.model import Suite

if TYPE_CHECKING:
    from clirbench.statistics import Comparisons, Design, Scores

__all__ = ["analyse", "design_of", "remarks_on", "scores_by"]


def design_of(suite: Suite, done: Sequence[Cell]) -> Design:
    """Lay out the comparison of a suite, restricted to the pairs and methods that have cells.

    The hypothesis is kept where both of its methods and all of its pairs are there.
    """
    from clirbench.statistics import Design, Hypothesis, MethodRole, PairRole

    named = {c.pair for c in done}, {c.method for c in done}
    pairs = [pair for pair in suite.pairs if str(pair) in named[0]]
    methods = [entry for entry in suite.methods if entry.label in named[1]]
    labels = {entry.label for entry in methods}
    hypothesis = suite.hypothesis
    if hypothesis is not None:
        wanted = {
            str(pair) for pair in suite.pairs if hypothesis.on in {"all", pair.resource, str(pair)}
        }
        if not {hypothesis.better, hypothesis.than} <= labels or not wanted <= named[0]:
            hypothesis = None
    statistics = suite.statistics
    return Design(
        pairs=tuple(PairRole(name=str(pair), resource=pair.resource) for pair in pairs),
        methods=tuple(MethodRole(name=m.label, trained=m.trained) for m in methods),
        seeds=tuple(sorted({c.seed for c in done if c.seed is not None})),
        translated=suite.collection.translated,
        hypothesis=Hypothesis(
            better=hypothesis.better,
            than=hypothesis.than,
            on=hypothesis.on,
            measure=suite.measures[0],
        )
        if hypothesis
        else None,
        zero_shot=next((m.label for m in methods if isinstance(m.method, ZeroShot)), None),
        oracle=next((m.label for m in methods if isinstance(m.method, Oracle)), None),
        alpha=statistics.alpha,
        test=statistics.test,
        flips=statistics.flips,
        resamples=statistics.resamples,
        correction=statistics.correction,
        interval=statistics.interval,
        smallest_effect=statistics.smallest_effect,
        seed=statistics.seed,
    )


def analyse(suite: Suite, results: Path, done: Sequence[Cell]) -> tuple[Comparisons, ...]:
    """Compare the methods by every measure of the suite.

    Args:
        suite: the suite.
        results: its results folder.
        done: the cells whose scores are there.

    Raises:
        DataError: a file of scores or the plan of analysis is damaged.
    """
    from clirbench.statistics import compare

    remarks = remarks_on(suite, results, done)
    design = design_of(suite, done)
    scores = {cell: read_scores(results / "cells" / str(cell) / "scores.csv") for cell in done}
    return tuple(
        replace(
            compare(scores_by(scores, measure, design), design=design),
            remarks=remarks,
        )
        for measure in suite.measures
    )


def remarks_on(suite: Suite, results: Path, done: Sequence[Cell]) -> tuple[str, ...]:
    """Say where the analysis is not the one that was planned.

    Raises:
        DataError: the plan of analysis is damaged.
    """
    from clirbench.report.analysis_plan import plan_remarks

    planned, made = design_of(suite, cells(suite)), design_of(suite, done)
    lost = [
        f"{what}{'s' * (len(names) > 1)} {', '.join(names)}"
        for what, names in (
            ("method", [m.name for m in planned.methods if m not in made.methods]),
            ("pair", [p.name for p in planned.pairs if p not in made.pairs]),
            ("seed", [str(seed) for seed in planned.seeds if seed not in made.seeds]),
        )
        if names
    ]
    remarks = plan_remarks(results)
    if not lost:
        return remarks
    text = f"Planned, but without any result, and so in no family: {'; '.join(lost)}."
    if planned.hypothesis is not None and made.hypothesis is None:
        text += " The hypothesis is not tested."
    return (*remarks, text)


def scores_by(scores: Mapping[Cell, TopicScores], measure: str, design: Design) -> Scores:
    """Label the scores of cells by one measure; what the design asks for and they lack is missing."""
    from clirbench.statistics import Scores

    return Scores.from_records(
        _records(scores, measure),
        measure=measure,
        methods=[method.name for method in design.methods],
        pairs=[pair.name for pair in design.pairs],
        seeds=design.seeds,
        untrained=[method.name for method in design.methods if not method.trained],
    )


def _records(
    scores: Mapping[Cell, TopicScores], measure: str
) -> Iterator[tuple[str, str, int | None, str, float]]:
    for cell, topics in scores.items():
        for topic, values in topics.items():
            yield cell.method, cell.pair, cell.seed, topic, values[measure]
