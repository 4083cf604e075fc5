"""The scores of one measure: method x pair x seed x topic, with what is missing kept in sight."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from clirbench.errors import StatisticsError
from clirbench.statistics.records import (
    MissingCell,
    Record,
    by_cell,
    labels,
    topic_ids,
    untrained_methods,
)
from clirbench.statistics.streams import Array

__all__ = ["Scores"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """Scores of one measure. Seeds and topics are sorted; methods and pairs keep their order.

    Made by `from_records`. A trained method has a run for each seed; an untrained one has a single
    run, whose seed is None. Two pairs may have different topics. A cluster is what is drawn: its topics
    belong together.
    """

    measure: str
    methods: tuple[str, ...]
    pairs: tuple[str, ...]
    seeds: tuple[int, ...]
    untrained: frozenset[str]
    topics: Mapping[str, tuple[str, ...]]
    """Pair to its topic ids, sorted."""
    values: Mapping[tuple[str, str], Array]
    """(Method, pair) to scores, (runs, topics); NaN where missing."""
    clusters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Pair to the cluster of each of its topics. In pairs without an entry, each topic is its own
    cluster."""
    cluster: str = "cluster"
    """What the collection calls a cluster, such as "story"."""

    @classmethod
    def from_records(
        cls,
        records: Iterable[Record],
        *,
        measure: str,
        methods: Sequence[str] | None = None,
        pairs: Sequence[str] | None = None,
        seeds: Collection[int] | None = None,
        untrained: Collection[str] | None = None,
        topics: Mapping[str, Iterable[str]] | None = None,
        clusters: Mapping[str, Mapping[str, str]] | None = None,
        cluster: str = "cluster",
    ) -> Scores:
        """Collect `records`; whatever the other arguments name and no record holds is missing.

        Without them, the axes are what the records hold: a method, seed or topic that every cell
        lacks can then not be noticed. `clusters` names, for a pair, the cluster of its topics, of which
        it may know more than there are; a topic without one is its own.

        Raises:
            StatisticsError: no record, a value that is not finite or not in the measure's range, the
                same score twice, a method that has runs with and without seed, or a name that is not
                among those given.
        """
        cells = by_cell(records, measure)
        found = list(cells)
        if not found:
            raise StatisticsError(f"{measure}: no scores at all")
        methods_ = labels("method", [c[0] for c in found], methods)
        pairs_ = labels("pair", [c[1] for c in found], pairs)
        seeds_ = sorted(labels("seed", [c[2] for c in found if c[2] is not None], seeds))
        untrained_ = untrained_methods(found, untrained)
        topics_ = {
            pair: topic_ids(
                pair,
                {topic for cell, scores in cells.items() if cell[1] == pair for topic in scores},
                None if topics is None else topics.get(pair, ()),
            )
            for pair in pairs_
        }
        values = {}
        for method in methods_:
            runs: Sequence[int | None] = (None,) if method in untrained_ else seeds_
            for pair in pairs_:
                place = {topic: i for i, topic in enumerate(topics_[pair])}
                array = np.full((len(runs), len(place)), math.nan)
                for row, seed in enumerate(runs):
                    scores = cells.get((method, pair, seed), {})
                    array[row, [place[topic] for topic in scores]] = list(scores.values())
                array.flags.writeable = False
                values[method, pair] = array
        return cls(
            measure=measure,
            methods=methods_,
            pairs=pairs_,
            seeds=tuple(seeds_),
            untrained=untrained_,
            topics=topics_,
            values=values,
            clusters={
                pair: tuple(own.get(topic, topic) for topic in topics_[pair])
                for pair, own in (clusters or {}).items()
                if pair in topics_
            },
            cluster=cluster,
        )

    def on_axes(
        self,
        *,
        methods: Sequence[str],
        pairs: Sequence[str],
        seeds: Collection[int],
        untrained: Collection[str],
    ) -> Scores:
        """Give the same scores on the axes that they should have; what they lack is missing.

        Raises:
            StatisticsError: there are scores that the axes have no place for.
        """
        labels("method", self.methods, methods)
        labels("pair", self.pairs, pairs)
        labels("seed", self.seeds, seeds)
        for method in self.methods:
            if (method in self.untrained) != (method in untrained):
                raise StatisticsError(
                    f"{method}: an untrained method has one run without a seed, a trained one "
                    "has seeds"
                )
        topics = {pair: self.topics.get(pair, ()) for pair in pairs}
        values = {}
        for method in methods:
            rows: list[int | None] = [None] if method in untrained else [*sorted(seeds)]
            for pair in pairs:
                array = np.full((len(rows), len(topics[pair])), math.nan)
                if method in self.methods and pair in self.pairs:
                    own = self.values[method, pair]
                    array[[rows.index(seed) for seed in self.runs(method)]] = own
                values[method, pair] = array
        return Scores(
            measure=self.measure,
            methods=tuple(methods),
            pairs=tuple(pairs),
            seeds=tuple(sorted(seeds)),
            untrained=frozenset(untrained),
            topics=topics,
            values=values,
            clusters={pair: own for pair, own in self.clusters.items() if pair in topics},
            cluster=self.cluster,
        )

    def clusters_of(self, pair: str) -> tuple[str, ...]:
        """Give the cluster of each topic of a pair, in the order of `topics`."""
        return self.clusters.get(pair, self.topics[pair])

    def runs(self, method: str) -> tuple[int | None, ...]:
        """Give the seeds of a method's runs; (None,) for an untrained one."""
        if method not in self.methods:
            raise StatisticsError(f'unknown method "{method}"; known: {", ".join(self.methods)}')
        return (None,) if method in self.untrained else self.seeds

    def missing(self) -> tuple[MissingCell, ...]:
        """List every cell that lacks a score for a topic of its pair, or has no topics at all."""
        return tuple(
            cell
            for method in self.methods
            for pair in self.pairs
            for cell in self.missing_of(method, pair)
        )

    def missing_of(self, method: str, pair: str) -> tuple[MissingCell, ...]:
        """List what is missing of one method on one pair."""
        array = self._array(method, pair)
        lacking = np.isnan(array).sum(axis=1)
        return tuple(
            MissingCell(method, pair, seed, int(n), array.shape[1])
            for seed, n in zip(self.runs(method), lacking, strict=True)
            if n or not array.shape[1]
        )

    def complete(self, method: str, pair: str) -> bool:
        """Whether every run has a score for every topic; else no mean is given."""
        return bool(self.runs(method)) and not self.missing_of(method, pair)

    def _array(self, method: str, pair: str) -> Array:
        try:
            return self.values[method, pair]
        except KeyError:
            raise StatisticsError(
                f'no method "{method}" on pair "{pair}"; methods: {", ".join(self.methods)}; '
                f"pairs: {', '.join(self.pairs)}"
            ) from None
