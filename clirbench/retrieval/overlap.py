"""How alike two rankings of one topic are: rank-biased overlap, which knows ties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clirbench.retrieval.run import Ranked

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["rank_biased_overlap"]

_PERSISTENCE = 0.9
"""The first ten documents have 86 % of the weight (Webber et al. 2010)."""
_DEPTH = 100
"""Documents that are compared; those below would change the overlap by less than 3e-5."""


def rank_biased_overlap(first: Ranked, second: Ranked) -> float:
    """Compare two rankings, the top most of all: 1 for the same, 0 for nothing in common.

    RBO of Webber, Moffat & Zobel (TOIS 2010), extrapolated from what is seen, in the variant b of
    Corsi & Urbano (SIGIR 2024) for ties: a document that is tied is partly at each of its ranks, and
    a ranking is always one with itself. Documents are tied where a score was lowered by one step of
    32-bit floats, as `rank` does. Of rankings of different lengths the longer is cut.

    Args:
        first: a ranking.
        second: another of the same topic; two empty ones are the same.
    """
    depth = min(len(first.documents), len(second.documents), _DEPTH)
    if depth == 0:
        return float(len(first.documents) == len(second.documents))
    one, other = _shares(first, depth), _shares(second, depth)
    places = {document: place for place, document in enumerate(second.documents[: len(other)])}
    both = [
        (place, places[document])
        for place, document in enumerate(first.documents[: len(one)])
        if document in places
    ]
    left, right = (list(side) for side in zip(*both, strict=True)) if both else ([], [])
    common = (one[left] * other[right]).sum(0)
    agreement = common / np.sqrt((one**2).sum(0) * (other**2).sum(0))
    weights = (1 - _PERSISTENCE) * _PERSISTENCE ** np.arange(depth)
    unseen = _PERSISTENCE**depth
    return float(1 - weights @ (1 - agreement) - unseen * (1 - agreement[-1]))


def _shares(ranked: Ranked, depth: int) -> NDArray[np.float64]:
    """How much of each document is among the first d: (documents that are at all, d = 1 to `depth`)."""
    scores = np.asarray(ranked.scores, dtype=np.float32)
    begins = np.ones(len(scores), dtype=bool)
    begins[1:] = scores[1:] < np.nextafter(scores[:-1], np.float32(-np.inf))
    group = np.cumsum(begins) - 1
    sizes = np.bincount(group)
    tops = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    there = group[tops[group] < depth]
    reached = np.arange(1, depth + 1) - tops[there][:, None]
    shares: NDArray[np.float64] = np.clip(reached / sizes[there][:, None], 0, 1)
    return shares
