"""What leaves results weak, and is known before they are made or as soon as they are: few topics, few seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clirbench.spec.model import Suite
from clirbench.wording import listed

__all__ = ["FEW_SEEDS", "FEW_TOPICS", "weak_points"]

FEW_TOPICS = 20
"""Most topics, or clusters of them, that are said to be few."""
FEW_SEEDS = 2
_SHOWN = 5


def weak_points(suite: Suite, topics: Mapping[str, int]) -> Iterator[str]:
    """Say where a suite has few topics or seeds.

    Args:
        suite: the suite.
        topics: number of topics of each pair, or of clusters of them; those not known are left out.
    """
    few = [f"{count} on {pair}" for pair, count in topics.items() if count <= FEW_TOPICS]
    if few:
        yield (
            f"Few topics: {listed(few, _SHOWN, between=', ')}. Only large differences can be significant; "
            "`clirbench power` says how large."
        )
    if len(suite.seeds) <= FEW_SEEDS and any(entry.trained for entry in suite.methods):
        yield (
            f"Few seeds: {len(suite.seeds)}. They say little about how much a trained method "
            "varies by seed. Use three or more."
        )
