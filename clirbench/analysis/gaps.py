"""How far apart a method's low- and high-resource languages are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clirbench.statistics import Comparisons, MethodProfile

__all__ = ["Gap", "gaps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A method's macro means by resource class, where the suite has it."""

    method: str
    means: dict[str, float]
    """Resource class → macro mean."""
    profile: MethodProfile


def gaps(comparisons: Comparisons) -> tuple[Gap, ...]:
    """Give the gap of each method that has one, as the table orders them; none without two classes."""
    found = []
    for profile in comparisons.profiles:
        if profile.high_minus_low is None:
            continue
        means = {
            group.name: mean
            for group in comparisons.design.groups
            if group.name != "all"
            and (mean := comparisons.mean(profile.method, group.name).mean) is not None
        }
        found.append(Gap(method=profile.method, means=means, profile=profile))
    return tuple(found)
