"""The scores of a design as arrays: which topics are one unit, and which are independent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clirbench.errors import StatisticsError
from clirbench.statistics.clusters import cluster_sums, places
from clirbench.statistics.design import Design
from clirbench.statistics.scores import Scores
from clirbench.statistics.streams import Array

__all__ = ["Sample", "Stratum", "Units", "arrange", "over_scopes", "scope_pairs"]


class Stratum(NamedTuple):
    """Topics that are drawn from together. Arrays are (n topics, k pairs, ...), 0 where absent."""

    name: str
    """Names its random stream."""
    pairs: tuple[int, ...]
    """The k pairs that the topics belong to: several only where topics are translations."""
    runs: Array
    """(n, k, C): the scores of every run."""
    share: Array
    """(n, k): 1 / (number of the pair's topics) where the pair has the topic."""

    cluster: NDArray[np.int64]
    """(n,): number of each topic's cluster, from 0 in the order of their first topics."""


class Units(NamedTuple):
    """What each of u units adds to a macro mean: clusters of topics, in all languages or in one."""

    parts: Array
    """(u, M): they sum to the stratum's part of the macro mean."""
    influence: Array
    """(u, M): the same of deviations from the pairs' means; they sum to 0."""
    runs: Array
    """(u, C): the influence of each run."""
    topics: Array
    """(n, M): what each topic adds, a topic of several languages once."""
    languages: Array
    """(k, C): what each of the stratum's languages adds to each run's macro mean."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Everything that is flipped or resampled: M methods with C runs in all, P pairs."""

    strata: tuple[Stratum, ...]
    starts: tuple[int, ...]
    """(M,): a method's first run; its others follow."""
    sizes: tuple[int, ...]
    """(M,): how many runs a method has."""
    seeds: NDArray[np.int64]
    """(C,): index of a run's seed; -1 for an untrained method."""
    complete: NDArray[np.bool_]
    """(P, M): whether the method has every score of the pair; else its columns are 0."""

    def average(self, runs: Array, axis: int) -> Array:
        """Mean over each method's runs: axis of length C to length M."""
        sums = np.add.reduceat(runs, self.starts, axis=axis)
        shape = [1] * runs.ndim
        shape[axis] = len(self.sizes)
        means: Array = sums / np.array(self.sizes, dtype=np.float64).reshape(shape)
        return means

    def units(self, scope: tuple[int, ...]) -> tuple[Units, ...]:
        """For each stratum that takes part in the macro mean over `scope`, its units."""
        found = []
        for stratum in self.strata:
            columns = [i for i, pair in enumerate(stratum.pairs) if pair in scope]
            if not columns:
                continue
            share = stratum.share[:, columns]
            present = share.any(axis=1)
            whole = share[present, :, None]
            share = whole / len(scope)
            runs = stratum.runs[present][:, columns]
            weighed = runs * share
            parts = weighed.sum(axis=1)
            runs = ((runs - (runs * whole).sum(axis=0)) * share).sum(axis=1)
            cluster, topics = stratum.cluster[present], self.average(parts, axis=1)
            found.append(
                Units(
                    parts=cluster_sums(topics, cluster),
                    influence=cluster_sums(self.average(runs, axis=1), cluster),
                    runs=cluster_sums(runs, cluster),
                    topics=topics,
                    languages=weighed.sum(axis=0),
                )
            )
        return tuple(found)

    def columns(self, method: int) -> slice:
        """Give the places of a method's runs, of C."""
        return slice(self.starts[method], self.starts[method] + self.sizes[method])


def arrange(scores: Scores, design: Design) -> Sample:
    """Arrange `scores`, whose axes are the design's, as the design says.

    Raises:
        StatisticsError: topics are said to be translations, and a pair shares no id with another, or
            has a topic in another cluster than another pair.
    """
    pairs = [pair.name for pair in design.pairs]
    filled = [i for i, pair in enumerate(pairs) if scores.topics[pair]]
    if design.translated:
        _check_shared({pairs[i]: scores.topics[pairs[i]] for i in filled})
        groups = [("topics", tuple(filled))] if filled else []
    else:
        groups = [(pairs[i], (i,)) for i in filled]
    sizes = [len(scores.runs(method.name)) for method in design.methods]
    seeds = [
        np.arange(n) if m.trained else [-1] for n, m in zip(sizes, design.methods, strict=True)
    ]
    return Sample(
        strata=tuple(_stratum(scores, design, name, members) for name, members in groups),
        starts=tuple(int(start) for start in np.cumsum([0, *sizes[:-1]])),
        sizes=tuple(sizes),
        seeds=np.concatenate(seeds).astype(np.int64),
        complete=np.array(
            [[scores.complete(method.name, pair) for method in design.methods] for pair in pairs]
        ),
    )


def _stratum(scores: Scores, design: Design, name: str, members: tuple[int, ...]) -> Stratum:
    pairs = [design.pairs[i].name for i in members]
    topics = sorted({topic for pair in pairs for topic in scores.topics[pair]})
    place = {topic: i for i, topic in enumerate(topics)}
    blocks = []
    share = np.zeros((len(topics), len(pairs)))
    for column, pair in enumerate(pairs):
        rows = [place[topic] for topic in scores.topics[pair]]
        share[rows, column] = 1 / len(rows)
        block = []
        for method in design.methods:
            runs = np.zeros((len(topics), len(scores.runs(method.name))))
            if scores.complete(method.name, pair):
                runs[rows] = scores.values[method.name, pair].T
            block.append(runs)
        blocks.append(np.concatenate(block, axis=1))
    return Stratum(name, members, np.stack(blocks, axis=1), share, _clusters(scores, pairs, topics))


def _clusters(scores: Scores, pairs: Sequence[str], topics: Sequence[str]) -> NDArray[np.int64]:
    """Number the clusters of a stratum's topics.

    Raises:
        StatisticsError: a topic is of two clusters.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        for topic, cluster in zip(scores.topics[pair], scores.clusters_of(pair), strict=True):
            if found.setdefault(topic, cluster) != cluster:
                raise StatisticsError(
                    f"topic {topic} is in cluster {found[topic]}, but on {pair} in {cluster}; "
                    "translations of a topic must be in one cluster"
                )
    return places([found[topic] for topic in topics])


def _check_shared(topics: Mapping[str, Sequence[str]]) -> None:
    for pair, own in topics.items():
        others = {topic for other, ids in topics.items() if other != pair for topic in ids}
        if others and others.isdisjoint(own):
            raise StatisticsError(
                "the design says that the topics of all pairs are translations of one set, but "
                f"{pair} shares no topic id with another pair"
            )


def scope_pairs(design: Design) -> tuple[tuple[int, ...], ...]:
    """Give the indices of the pairs of each of the design's scopes."""
    pairs = [pair.name for pair in design.pairs]
    return tuple(tuple(pairs.index(pair) for pair in scope.pairs) for scope in design.scopes)


def over_scopes(values: Array, scopes: Sequence[tuple[int, ...]]) -> Array:
    """Average over the pairs of each scope: (P, ...) to (S, ...)."""
    return np.stack([values[list(pairs)].mean(axis=0) for pairs in scopes])
