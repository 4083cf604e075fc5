"""Topics that belong together are one unit: headline and lead of a story, questions on one passage.

What ties topics of a cluster (a passage that both are about) moves their scores together, so that they
are not independent draws. The cluster is: its sum is what is flipped, resampled, and whose variance is
estimated (cluster-robust; Liang & Zeger, Biometrika, 1986; the cluster bootstrap of Davison & Hinkley,
1997, 3.8). The mean stays that over topics, each of which counts the same. Where every topic is a
cluster of its own, nothing is summed and every number is what it is without clusters, to the last bit.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from clirbench.errors import StatisticsError
from clirbench.statistics.streams import Array

__all__ = ["cluster_sums", "places"]


def places(labels: Sequence[Hashable]) -> NDArray[np.int64]:
    """Number the clusters of topics, (n,), in the order of each one's first topic.

    The order does not depend on what clusters are called, and with one topic each it is that of the
    topics: random streams then give each the draws that it has without clusters.
    """
    number: dict[Hashable, int] = {}
    return np.array([number.setdefault(label, len(number)) for label in labels], dtype=np.int64)


def cluster_sums(values: Array, place: NDArray[np.int64]) -> Array:
    """Sum `values`, (n, ...), over the topics of each cluster: (number of clusters, ...).

    Args:
        values: by topic.
        place: (n,) number of each topic's cluster, as `places` gives; some may have no topic here.

    Raises:
        StatisticsError: not a number for each topic.
    """
    if len(place) != len(values):
        raise StatisticsError(f"{len(values)} topics, but {len(place)} of them in clusters")
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    if len(starts) == len(values):
        return values[order]
    sums: Array = np.add.reduceat(values[order], starts, axis=0)
    return sums
