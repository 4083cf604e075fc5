"""What a suite can show: detectable differences, and the topics or seeds that an effect would need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from clirbench.analysis.design import design_of, scores_by
from clirbench.errors import DataError
from clirbench.results.folder import Folder
from clirbench.retrieval.measures import meant
from clirbench.spec.cell import cells
from clirbench.spec.model import Suite

if TYPE_CHECKING:
    from clirbench.statistics.power import Spread

__all__ = ["Need", "Pilot", "Power", "pilot_spread", "stated_spread", "suite_power"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Topics or seeds needed to show an effect. None: no number is enough."""

    topics: int | None
    """Topics needed in each language, with the suite's seeds."""
    seeds: int | None
    """Seeds needed with the given topics; two or more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What a comparison of two methods on a pair or group can show."""

    on: str
    topics: tuple[int, ...]
    """Number of topics: in each language, or in all if they are translations."""
    sd: float
    """Standard deviation over topics of the difference of two runs; of a mean over languages with
    topics of their own, what this would be for one topic of each."""
    seed_sd: float
    """Standard deviation over seeds of the difference of two means."""
    seed_df: float | None
    """Degrees of freedom of `seed_sd`'s estimate. None: it is stated."""
    family: int
    """Comparisons that it is corrected for."""
    alone: float
    """Difference detected at 80 % by itself."""
    corrected: float
    """The same at alpha over the family's size: Bonferroni's level, and the first of Holm's."""
    need_alone: Need | None
    """For the smallest effect; None where none is named."""
    need_corrected: Need | None


class Pilot(NamedTuple):
    """What a pilot tells of how differences vary."""

    spreads: dict[str, Spread]
    """Pair or group → how the difference of two methods varies there."""
    compared: tuple[tuple[str, str], ...]
    """The method pairs that the spreads are of."""
    seeds: tuple[int, ...]
    """The pilot's."""
    remarks: tuple[str, ...]
    """What of the suite the pilot does not tell, and how little its seeds do."""


def suite_power(
    suite: Suite, spreads: Mapping[str, Spread], *, effect: float | None
) -> tuple[Power, ...]:
    """Work out what the suite can show on each of its pairs and groups whose spread is known."""
    from clirbench.statistics.families import planned_families
    from clirbench.statistics.power import detectable

    design = design_of(suite, cells(suite))
    sizes = {
        member.on: len(family.members)
        for family in planned_families(design, suite.measures[0])
        for member in family.members
        if family.name != "primary"
    }
    seeds = max(len(suite.seeds), 1)
    found = []
    for scope in design.scopes:
        if (spread := spreads.get(scope.name)) is None:
            continue
        family = sizes.get(scope.name, 1)
        levels = design.alpha, design.alpha / family
        alone, corrected = (detectable(spread, seeds, alpha=alpha) for alpha in levels)
        needs = [_need(spread, seeds, effect, alpha) if effect else None for alpha in levels]
        found.append(
            Power(
                on=scope.name,
                topics=tuple(layer.topic_count for layer in spread.layers),
                sd=spread.topic_sd,
                seed_sd=spread.seeds**0.5,
                seed_df=spread.seeds_df,
                family=family,
                alone=alone,
                corrected=corrected,
                need_alone=needs[0],
                need_corrected=needs[1],
            )
        )
    return tuple(found)


def _need(spread: Spread, seeds: int, effect: float, alpha: float) -> Need:
    from clirbench.statistics.power import seeds_needed, topics_needed

    return Need(
        topics=topics_needed(spread, seeds, effect, alpha=alpha),
        seeds=seeds_needed(spread, effect, alpha=alpha),
    )


def pilot_spread(suite: Suite, results: Folder, *, topics: int | None = None) -> Pilot:
    """Estimate how differences vary from the cells of a results folder that the suite has too.

    It is about the hypothesis's methods where the pilot has both, else about all pairs of trained
    methods, of which the median counts.

    Args:
        suite: the suite; its first measure counts.
        results: of a pilot.
        topics: number of each language; None: the pilot's.

    Raises:
        DataError: the folder is damaged, or shares no two methods on a pair with the suite.
    """
    from clirbench.statistics.pilot import pilot_remarks, pilot_spreads

    measure = suite.measures[0]
    if measure not in results.suite.measures:
        raise DataError(
            f"{results.path}: has no scores by {measure}; its measures are "
            f"{', '.join(results.suite.measures)}{meant(measure, results.suite.measures)}"
        )
    pairs = {str(pair) for pair in suite.pairs}
    trained = {entry.label: entry.trained for entry in suite.methods}
    done = {  # a pilot may have other seeds
        cell: own
        for cell, own in results.cells.scores.items()
        if cell.pair in pairs and trained.get(cell.method) is (cell.seed is not None)
    }
    methods = {cell.method for cell in done}
    useless = DataError(
        f"{results.path}: no pair has two trained methods of the suite with all seeds; run them "
        "there, or give --sd"
    )
    if not any(trained[method] for method in methods):
        raise useless
    design = design_of(suite, list(done))
    claim = suite.hypothesis
    if claim is not None and {claim.better, claim.than} <= methods:
        compared: tuple[tuple[str, str], ...] = ((claim.better, claim.than),)
    else:
        compared = tuple(pair for pair in design.method_pairs if all(map(design.trained, pair)))
    spreads = pilot_spreads(scores_by(done, measure, design, results.clusters), design, compared)
    if not spreads:
        raise useless
    if topics is not None:
        spreads = {on: spread.with_topics(topics) for on, spread in spreads.items()}
    wanted = replace(design_of(suite, cells(suite)), seeds=design.seeds)
    on_wanted = scores_by(done, measure, wanted, results.clusters)
    return Pilot(spreads, compared, design.seeds, pilot_remarks(on_wanted, wanted, compared))


def stated_spread(
    suite: Suite, topics: Mapping[str, int], *, sd: float, seed_sd: float, correlation: float
) -> dict[str, Spread]:
    """Lay out a stated standard deviation over the suite's pairs and groups.

    Args:
        suite: the suite.
        topics: number of each pair.
        sd: of per-topic differences, means over the suite's seeds, over topics.
        seed_sd: of a mean difference over seeds, in one language, independent of the others'.
        correlation: of a topic's differences in two languages, where topics are translations.
    """
    from clirbench.statistics.power import Layer, Spread

    design = design_of(suite, cells(suite))
    spreads = {}
    for scope in design.scopes:
        n = len(scope.pairs)
        if design.translated:
            shared = sd**2 * (correlation + (1 - correlation) / n)
            layers: tuple[Layer, ...] = (
                Layer(max(topics[pair] for pair in scope.pairs), shared, 0.0),
            )
        else:
            layers = tuple(Layer(topics[pair], (sd / n) ** 2, 0.0) for pair in scope.pairs)
        spreads[scope.name] = Spread(layers=layers, seeds=seed_sd**2 / n)
    return spreads
