"""How differences vary, from the scores of a pilot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clirbench.statistics.crossed import unit_components
from clirbench.statistics.design import Design
from clirbench.statistics.means import why_missing
from clirbench.statistics.power import Layer, Spread
from clirbench.statistics.sample import Sample, Units, arrange, scope_pairs
from clirbench.statistics.scores import Scores
from clirbench.statistics.seeds import seed_variance

__all__ = ["pilot_remarks", "pilot_spreads"]


def pilot_spreads(
    scores: Scores, design: Design, pairs: Sequence[tuple[str, str]]
) -> dict[str, Spread]:
    """Estimate how the difference of two methods varies on every scope of a design.

    With several method pairs the spread is that of median standard error among them. With a single
    seed what is due to seeds is not known: it is taken for 0, and what remains counts as topics'.

    Args:
        scores: of the pilot, on the design's axes.
        design: the pilot's.
        pairs: methods whose difference it is about.

    Returns:
        Scope to spread; without those that have a single topic or lack runs of every pair.
    """
    sample = arrange(scores, design)
    names = [method.name for method in design.methods]
    found = {}
    for scope, indices in zip(design.scopes, scope_pairs(design), strict=True):
        units = sample.units(indices)
        if not units or any(len(one.parts) < 2 for one in units):  # noqa: PLR2004
            continue
        spreads = [
            _spread(sample, units, names.index(first), names.index(second))
            for first, second in pairs
            if not why_missing(scores, [first, second], scope)
        ]
        if spreads:
            spreads.sort(key=lambda one: one.seeds + one.topic_sd**2)
            found[scope.name] = spreads[len(spreads) // 2]
    return found


def pilot_remarks(
    scores: Scores, design: Design, pairs: Sequence[tuple[str, str]]
) -> tuple[str, ...]:
    """Say what `pilot_spreads` of the same arguments leaves out, and how little few seeds tell.

    Args:
        scores: of the pilot, on the design's axes.
        design: with the pairs and methods that are wanted, and the pilot's seeds.
        pairs: methods whose difference it is about.

    Returns:
        A sentence for each scope without a spread, for each that lacks some of several method pairs, and
        for one or two seeds.
    """
    remarks, found = [], pilot_spreads(scores, design, pairs)
    for scope in design.scopes:
        lost = {two: why for two in pairs if (why := why_missing(scores, two, scope))}
        why = f"for the pilot lacks {next(iter(lost.values()))}" if lost else ""
        if scope.name not in found:
            remarks.append(
                f"{scope.name}: no spread, {why or 'for it has a single topic or cluster'}"
            )
        elif lost:
            names = "; ".join(" and ".join(two) for two in lost)
            remarks.append(f"{scope.name}: the spread leaves out {names}, {why}")
    if not any(design.trained(method) for two in pairs for method in two):
        return tuple(remarks)
    if len(design.seeds) == 1:
        remarks.append("one seed: the variation between seeds is not known, and is taken as 0")
    elif len(design.seeds) == 2:  # noqa: PLR2004
        remarks.append(
            "two seeds: their variance has one degree of freedom in each language, so it can be "
            "estimated as 0 when it is not"
        )
    return tuple(remarks)


def _spread(sample: Sample, units: Sequence[Units], first: int, second: int) -> Spread:
    columns = sample.columns(first), sample.columns(second)
    influences = [one.runs[:, columns[0]] - one.runs[:, columns[1]] for one in units]
    sizes = [len(one.topics) / len(one.parts) for one in units]
    if influences[0].shape[1] == 1:
        return Spread(
            layers=tuple(
                Layer(len(e), float(len(e) ** 2 * (e**2).sum() / (len(e) - 1)), 0.0, size)
                for e, size in zip(influences, sizes, strict=True)
            ),
            seeds=0.0,
            seeds_df=0.0,
        )
    by_language = [one.languages[:, columns[0]] - one.languages[:, columns[1]] for one in units]
    seeds = seed_variance(np.concatenate(by_language))
    layers = []
    for influence, size in zip(influences, sizes, strict=True):
        topics, residual = unit_components(influence)
        layers.append(Layer(len(influence), topics, residual, size))
    within = sum(layer.residual / layer.n for layer in layers)
    return Spread(
        layers=tuple(layers),
        seeds=max(seeds.variance - within, 0.0),
        seeds_df=seeds.df,
    )
