"""The two methods that a report is mainly about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clirbench.statistics import Comparisons

__all__ = ["Focus", "focus_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """The two methods that a report is mainly about."""

    first: str
    second: str
    pairs: tuple[str, ...]
    """The pairs that the question is about."""


def focus_of(comparisons: Comparisons) -> Focus | None:
    """Choose the two methods that are shown side by side; None: there are not two.

    Those of the hypothesis; without one, the best trained method and the next best, else the two
    best of all but the oracle.
    """
    design = comparisons.design
    claim = design.hypothesis
    if claim is not None:
        return Focus(first=claim.better, second=claim.than, pairs=design.scope(claim.on).pairs)
    every = design.groups[-1]
    scored = [
        (found.mean, role.trained, role.name)
        for role in design.methods
        if role.name != design.oracle
        and (found := comparisons.mean(role.name, every.name)).mean is not None
    ]
    trained = [one for one in scored if one[1]]
    best = sorted(trained if len(trained) > 1 else scored, reverse=True)
    if len(best) < 2:  # noqa: PLR2004
        return None
    return Focus(first=best[0][2], second=best[1][2], pairs=every.pairs)
