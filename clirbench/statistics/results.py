"""What a comparison of methods found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

from pydantic import ConfigDict

from clirbench.errors import StatisticsError
from clirbench.statistics.bootstrap import Interval
from clirbench.statistics.design import STRICT, Design, Test
from clirbench.statistics.effects import Tally, WorstPair, relative_change
from clirbench.statistics.ranks import MeanRank
from clirbench.statistics.records import MissingCell
from clirbench.statistics.tost import Shares

__all__ = [
    "Comparison",
    "Comparisons",
    "Family",
    "MethodMean",
    "MethodProfile",
    "MissingComparison",
    "Undefined",
    "undefined",
]


class Undefined(NamedTuple):
    """A field that is None, and the reason."""

    field: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Comparisons whose p-values are adjusted together."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: str
    """`primary`, `pairs` or `macro`."""
    label: str
    """Description of the family, such as "all 15 pairs of 6 methods x 7 language pairs, AP: 105
    comparisons, Holm"."""
    size: int
    """Number of planned comparisons."""
    missing: int
    """Planned comparisons that could not be made. They count as p = 1, except for maxT, which
    leaves out what has no scores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two methods on the same topics; positive differences favour `first`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    first: str
    second: str
    on: str
    """Name of the pair, or of the group whose macro mean is compared."""
    languages: int
    """Number of pairs in the mean."""
    topics: int
    """Number of topics. Translations of one topic count once; otherwise topics of all languages are
    added up."""
    clusters: int
    """Number of units that are drawn. Topics that belong together are one unit; otherwise as
    `topics`."""
    seeds: int
    """Runs that a trained method's topic scores are means of; 1 if neither method is trained."""
    first_mean: float
    second_mean: float
    difference: float
    interval: Interval | None
    """1 - alpha bootstrap interval of the difference over topics, for the given runs."""
    seed_interval: Interval | None
    """1 - alpha interval of the crossed t-test, over topics and seeds; None with a single run."""
    p: float
    """The p that decides claims: two-sided, of `test`; 1 if Wilcoxon's ranks and the means
    disagree."""
    test: Test
    """Test of `p`: the design's, or `randomisation` if that is not defined."""
    p_randomisation: float
    """Two-sided p of the paired randomisation test over topics."""
    exact: bool
    """Whether the randomisation test tried all sign patterns."""
    patterns: int
    """Number of sign patterns tried."""
    t: float | None
    p_t: float | None
    """Two-sided p of the paired t-test over topics; over independent languages with Satterthwaite's
    df."""
    p_crossed: float | None
    """Two-sided p of the crossed t-test over topics and seeds. None with a single run."""
    df: float | None
    """Degrees of freedom of the crossed t-test."""
    seed_sd: float | None
    """Standard deviation by seed of the difference of two runs' means. None with a single run."""
    seed_df: float | None
    """Degrees of freedom of `seed_sd`: seeds minus one, times the languages if each is trained
    separately."""
    p_equivalent: float | None
    """p of TOST against the design's smallest effect, with the error of `claimed_interval`."""
    shares: Shares | None = None
    """With the same error and nothing known beforehand: how likely the first method is worse by
    more than the smallest effect, within it, or better by more."""
    p_adjusted: float
    """`p`, adjusted within the family."""
    family: str
    family_size: int
    relative: float | None
    """The difference divided by the second mean."""
    standardised: float | None
    """The difference divided by the standard deviation of the units' differences, d_z."""
    tally: Tally
    """Topics won, tied and lost by `first`."""
    undefined: tuple[Undefined, ...]

    @property
    def claimed_interval(self) -> Interval | None:
        """The interval that goes with `p`: over topics and seeds where that is, else over topics."""
        return self.seed_interval if self.test == "crossed" else self.interval

    @property
    def least_p(self) -> float:
        """The smallest p that the test can have on as many units, whatever the scores.

        A randomisation test has no more patterns than it tried; signed ranks have 2^n of them. A t-test
        has none.
        """
        if self.test == "randomisation":
            return 2 / self.patterns if self.exact else 1 / (self.patterns + 1)
        return 2.0 ** (1 - self.clusters) if self.test == "wilcoxon" else 0.0

    def reversed(self) -> Comparison:
        """Give the same comparison, told from the second method's side."""
        return replace(
            self,
            first=self.second,
            second=self.first,
            first_mean=self.second_mean,
            second_mean=self.first_mean,
            difference=-self.difference,
            interval=_negated(self.interval),
            seed_interval=_negated(self.seed_interval),
            t=None if self.t is None else -self.t,
            relative=relative_change(self.second_mean, self.first_mean),
            standardised=None if self.standardised is None else -self.standardised,
            tally=Tally(*reversed(self.tally)),
            shares=None if self.shares is None else Shares(*reversed(self.shares)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingComparison:
    """A planned comparison that could not be made."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    first: str
    second: str
    on: str
    family: str
    why: str

    def reversed(self) -> MissingComparison:
        """Give the same, told from the second method's side."""
        return replace(self, first=self.second, second=self.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodMean:
    """A method's mean on a pair, or its macro mean over a group; None where runs are missing."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    method: str
    on: str
    languages: int
    topics: int
    clusters: int
    """Number of clusters. Topics that belong together are one cluster."""
    seeds: int
    mean: float | None
    interval: Interval | None
    """1 - alpha bootstrap interval over topics."""
    seed_sd: float | None
    """Standard deviation over seeds of the mean over topics, with `seeds` - 1 degrees of freedom.
    None with a single run."""
    gap_closed: float | None
    """(mean - zero-shot) / (oracle - zero-shot)."""
    gap_interval: Interval | None
    """1 - alpha bootstrap interval of `gap_closed` over topics. None also if the gap itself is not
    sure."""
    undefined: tuple[Undefined, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodProfile:
    """How evenly a method serves the languages; None where runs are missing.

    Intervals are 1 - alpha bootstrap ones over topics, corrected for bias; None with a single topic.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    method: str
    high_minus_low: float | None
    high_minus_low_interval: Interval | None
    worst: WorstPair | None
    worst_interval: Interval | None
    """Interval of the lowest mean, whichever pair has it."""
    language_sd: float | None
    """Standard deviation (n - 1) over the pairs' means."""
    language_sd_interval: Interval | None
    mean_rank: MeanRank | None = None
    """Rank among all methods but the oracle, averaged over the pairs, with an interval over topics
    and seeds. None for the oracle, and for a single pair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparisons:
    """All results by one measure; made by `compare`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    measure: str
    design: Design
    primary: Comparison | MissingComparison | None
    """The hypothesis, tested alone. None for measures that it does not name."""
    comparisons: tuple[Comparison, ...]
    """All others."""
    missing: tuple[MissingComparison, ...]
    families: tuple[Family, ...]
    means: tuple[MethodMean, ...]
    profiles: tuple[MethodProfile, ...]
    missing_cells: tuple[MissingCell, ...]
    cluster: str = "cluster"
    """What the collection calls topics that belong together, such as "story"."""
    remarks: tuple[str, ...] = ()
    """What else a reader must know, such as a changed plan of analysis."""

    def between(self, first: str, second: str, on: str) -> Comparison | MissingComparison:
        """Find a comparison, told from `first`'s side, wherever it stands.

        Raises:
            StatisticsError: it was not planned.
        """
        scope = self.design.scope(on).name
        found: list[Comparison | MissingComparison] = [*self.comparisons, *self.missing]
        for one in [*found, *([] if self.primary is None else [self.primary])]:
            if one.on == scope and (one.first, one.second) == (first, second):
                return one
            if one.on == scope and (one.second, one.first) == (first, second):
                return one.reversed()
        raise StatisticsError(f"{self.measure}: no comparison of {first} and {second} on {on}")

    def mean(self, method: str, on: str) -> MethodMean:
        """Find a mean.

        Raises:
            StatisticsError: there is no such method.
        """
        scope = self.design.scope(on).name
        for one in self.means:
            if (one.method, one.on) == (method, scope):
                return one
        raise StatisticsError(f"{self.measure}: no mean of {method} on {on}")


def _negated(interval: Interval | None) -> Interval | None:
    return None if interval is None else Interval(-interval.high, -interval.low)


def undefined(reasons: Sequence[tuple[str, object, str]]) -> tuple[Undefined, ...]:
    """List the fields whose value is None: (field, value, why)."""
    return tuple(Undefined(field, why) for field, value, why in reasons if value is None)
