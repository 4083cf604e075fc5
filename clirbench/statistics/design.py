"""What is compared with what, and how: fixed before the first score is seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, Literal, NamedTuple, TypeAlias, TypeVar, get_args

from pydantic import ConfigDict

from clirbench.errors import StatisticsError

__all__ = [
    "STRICT",
    "Correction",
    "Design",
    "Hypothesis",
    "IntervalMethod",
    "MethodRole",
    "PairRole",
    "Resource",
    "Scope",
    "Test",
]

Resource: TypeAlias = Literal["low", "medium", "high"]
Correction: TypeAlias = Literal["holm", "bonferroni", "bh", "maxt"]
IntervalMethod: TypeAlias = Literal["percentile", "bca"]
Test: TypeAlias = Literal["crossed", "randomisation", "t", "wilcoxon"]
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
"""How these classes are read back from a file."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRole:
    """A language pair and its resource class."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: str
    resource: Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodRole:
    """A method, by its label, and whether it has a run for each seed or a single one."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: str
    trained: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """The one claim that is tested alone: `better` beats `than` by `measure`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    better: str
    than: str
    on: str
    """`low`, `medium`, `high`, `all`, or a pair's name."""
    measure: str


class Scope(NamedTuple):
    """What a mean is taken over: a pair, or a group of pairs (macro mean)."""

    name: str
    pairs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The plan of a comparison.

    Raises:
        StatisticsError: a name is unknown or stands twice, or a number is out of its range.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    pairs: tuple[PairRole, ...]
    methods: tuple[MethodRole, ...]
    """The methods, in the order of the table."""
    seeds: tuple[int, ...]
    """The seeds that every trained method should have been run with."""
    translated: bool
    """Whether the topics of all pairs are translations of one set, as the collection says. If so, a
    topic is one unit in all its languages: its differences are flipped and resampled together.
    Otherwise the languages are strata: each has its own topics, drawn independently."""
    hypothesis: Hypothesis | None = None
    zero_shot: str | None = None
    """The method that marks the floor of the translation gap."""
    oracle: str | None = None
    """The method that marks the ceiling. It is in no family, since no one claims to beat it."""
    alpha: float = 0.05
    test: Test = "crossed"
    """The test whose p decides claims. `crossed` samples topics and seeds; the others sample only
    topics, for the given runs. Two methods with a single run each have no crossed test; the
    randomisation test replaces it."""
    flips: int = 100_000
    """Random sign patterns of a randomisation test, if there are too many to try all."""
    resamples: int = 10_000
    """Bootstrap resamples of topics."""
    correction: Correction = "holm"
    interval: IntervalMethod = "percentile"
    """Kind of bootstrap interval over topics."""
    smallest_effect: float | None = None
    """Two methods count as equivalent if they differ by less than this (tested by TOST). None: not
    tested."""
    seed: int = 0

    def __post_init__(self) -> None:
        pairs = _unique("pair", [pair.name for pair in self.pairs])
        methods = _unique("method", [method.name for method in self.methods])
        _unique("seed", self.seeds, allow_none=not any(m.trained for m in self.methods))
        if clash := {"low", "medium", "high", "all"} & set(pairs):
            raise StatisticsError(
                f'a pair cannot be called "{min(clash)}", which is the name of a group'
            )
        for pair in self.pairs:
            _known("resource", pair.resource, get_args(Resource))
        for method in filter(None, (self.zero_shot, self.oracle)):
            _known("method", method, methods)
        _check_knobs(self)
        if self.hypothesis is not None:
            for method in (self.hypothesis.better, self.hypothesis.than):
                _known("method", method, methods)
            if self.hypothesis.better == self.hypothesis.than:
                raise StatisticsError(f'"{self.hypothesis.than}" cannot be better than itself')
            self.scope(self.hypothesis.on)

    @property
    def groups(self) -> tuple[Scope, ...]:
        """The resource classes that have pairs, and `all`."""
        classes = [
            Scope(resource, tuple(p.name for p in self.pairs if p.resource == resource))
            for resource in get_args(Resource)
        ]
        every = Scope("all", tuple(pair.name for pair in self.pairs))
        return (*(group for group in classes if group.pairs), every)

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Each pair, then each group whose pairs are not those of a scope before it."""
        scopes = [Scope(pair.name, (pair.name,)) for pair in self.pairs]
        for group in self.groups:
            if group.pairs not in [scope.pairs for scope in scopes]:
                scopes.append(group)
        return tuple(scopes)

    def scope(self, on: str) -> Scope:
        """Give the scope that a pair's or group's name stands for.

        A group of one pair is that pair, and `all` is a class where there is no other: the same
        comparison is not made twice.
        """
        named = {scope.name: scope for scope in (*self.groups, *self.scopes)}
        _known("pair or group", on, named)
        return next(scope for scope in self.scopes if scope.pairs == named[on].pairs)

    @property
    def method_pairs(self) -> tuple[tuple[str, str], ...]:
        """The family's method pairs: all of those that are not the oracle."""
        return tuple(combinations([m.name for m in self.methods if m.name != self.oracle], 2))

    def trained(self, method: str) -> bool:
        """Whether a method has a run for each seed."""
        return next(role.trained for role in self.methods if role.name == method)


def _check_knobs(design: Design) -> None:
    for name, value in (("flips", design.flips), ("resamples", design.resamples)):
        if value < 1:
            raise StatisticsError(f"{name} must be at least 1 (got {value})")
    if not 0 < design.alpha < 1:
        raise StatisticsError(f"alpha must be between 0 and 1 (got {design.alpha})")
    if design.smallest_effect is not None and not design.smallest_effect > 0:
        raise StatisticsError(f"smallest_effect must be > 0 (got {design.smallest_effect})")
    _known("test", design.test, get_args(Test))
    _known("correction", design.correction, get_args(Correction))
    _known("interval", design.interval, get_args(IntervalMethod))


def _known(what: str, name: str, allowed: Iterable[str]) -> None:
    names = list(allowed)
    if name not in names:
        raise StatisticsError(f'unknown {what} "{name}"; known: {", ".join(names)}')


def _unique(what: str, names: Iterable[_T], *, allow_none: bool = False) -> tuple[_T, ...]:
    found = tuple(names)
    if not found and not allow_none:
        raise StatisticsError(f"a design needs at least one {what}")
    if twice := [name for i, name in enumerate(found) if name in found[:i]]:
        raise StatisticsError(f'duplicate {what} "{twice[0]}"')
    return found
