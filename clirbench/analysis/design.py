"""The design of a suite's comparison, and the scores laid out for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from clirbench.data.base import TopicScores
from clirbench.methods.oracle import Oracle
from clirbench.methods.zero_shot import ZeroShot
from clirbench.results.clusters import Clusters
from clirbench.spec.cell import Cell
from clirbench.spec.model import Suite

if TYPE_CHECKING:
    from clirbench.statistics import Design, Scores

__all__ = ["design_of", "scores_by"]


def design_of(suite: Suite, done: Sequence[Cell]) -> Design:
    """Lay out the comparison of a suite, restricted to the pairs and methods that have cells.

    Topics and bitexts are as they are: what is varied is compared apart.

    The hypothesis is kept where both of its methods and all of its pairs are there.
    """
    from clirbench.statistics import Design, Hypothesis, MethodRole, PairRole

    done = [cell for cell in done if not cell.varied]
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


def scores_by(
    scores: Mapping[Cell, TopicScores], measure: str, design: Design, clusters: Clusters
) -> Scores:
    """Label the scores of cells by one measure; what the design asks for and they lack is missing."""
    from clirbench.statistics import Scores

    return Scores.from_records(
        _records(scores, measure),
        measure=measure,
        methods=[method.name for method in design.methods],
        pairs=[pair.name for pair in design.pairs],
        seeds=design.seeds,
        untrained=[method.name for method in design.methods if not method.trained],
        clusters=clusters.of,
        cluster=clusters.name,
    )


def _records(
    scores: Mapping[Cell, TopicScores], measure: str
) -> Iterator[tuple[str, str, int | None, str, float]]:
    for cell, topics in scores.items():
        if cell.varied:
            continue
        for topic, values in topics.items():
            yield cell.method, cell.pair, cell.seed, topic, values[measure]
