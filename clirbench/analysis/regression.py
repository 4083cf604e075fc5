"""Scores against a baseline: what got worse, what got better, what is not there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from clirbench.analysis.baseline import Baseline
from clirbench.analysis.paired import Change, changes
from clirbench.results.cells import Cells, Key, Means
from clirbench.statistics import number, p_value
from clirbench.statistics.randomisation import ENUMERATED
from clirbench.wording import listed

__all__ = ["Check", "Finding", "Rule", "Verdict", "check"]

_SHOWN = 3
"""Topics or cells that a finding names; of the others it gives the number."""


class Verdict(Enum):
    """What became of a method on a pair."""

    REGRESSED = "regressed"
    MISSING = "missing"
    IMPROVED = "improved"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a change counts."""

    tolerance: float = 0.01
    """Change of the mean that is still none."""
    alpha: float = 0.05
    """Level of significance, after Holm's correction over all that the baseline has."""
    exact: bool = False
    """Whether any difference of any topic's score is a regression; the others then do not count."""

    def __str__(self) -> str:
        if self.exact:
            return "any difference of any topic's score is a regression"
        return (
            f"a regression is a mean lower by more than {self.tolerance:g} with p ≤ {self.alpha:g} "
            "(two-sided paired randomisation test over topics, Holm over all of the baseline)"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A method on a pair of the baseline."""

    pair: str
    method: str
    verdict: Verdict
    text: str
    """The reason, for people."""
    change: Change | None
    """None where something is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The outcome of a check."""

    suite: str
    measure: str
    rule: Rule
    findings: tuple[Finding, ...]
    """One for each entry of the baseline, in its order."""
    new: tuple[Key, ...]
    """Pairs and methods that the baseline does not have: not checked."""
    powerless: int
    """Findings with so few topics that no drop of theirs alone could be significant."""

    def of(self, verdict: Verdict) -> list[Finding]:
        """Give the findings of one kind."""
        return [finding for finding in self.findings if finding.verdict is verdict]

    @property
    def exit_code(self) -> int:
        """1: something regressed; 3: something is missing; 0: all held."""
        if self.of(Verdict.REGRESSED):
            return 1
        return 3 if self.of(Verdict.MISSING) else 0

    @property
    def summary(self) -> str:
        """One line: how many of each verdict."""
        counts = [f"{len(self.of(v))} {v.value}" for v in Verdict if self.of(v)]
        return f"{self.suite}, {self.measure}: {', '.join(counts)}"


def check(baseline: Baseline, cells: Cells, means: dict[Key, Means], rule: Rule) -> Check:
    """Compare results with their baseline.

    Args:
        baseline: the scores that should hold.
        cells: those of the results, for why some are missing.
        means: the results' scores by the baseline's measure.
        rule: when a change counts.
    """
    missing = {
        key: why for key in baseline.scores if (why := _missing(key, baseline, cells, means))
    }
    there = [key for key in baseline.scores if key not in missing]
    found = {
        (change.pair, change.method): change
        for change in changes(baseline.scores, means, keys=there, family=len(baseline.scores))
    }
    findings = tuple(
        _judged(found[key], baseline.scores[key], means[key], rule)
        if key in found
        else Finding(
            pair=key[0],
            method=key[1],
            verdict=Verdict.MISSING,
            text=missing[key],
            change=None,
        )
        for key in baseline.scores
    )
    # The smallest p that all the sign patterns of n topics allow is 2 / 2^n.
    least = [2.0 ** (1 - one.topics) if one.topics <= ENUMERATED else 0.0 for one in found.values()]
    return Check(
        suite=baseline.suite,
        measure=baseline.measure,
        rule=rule,
        findings=findings,
        new=tuple(key for key in means if key not in baseline.scores),
        powerless=0 if rule.exact else sum(p * len(findings) > rule.alpha for p in least),
    )


def _missing(key: Key, baseline: Baseline, cells: Cells, means: dict[Key, Means]) -> str:
    faults = [
        why if cell.seed is None else f"seed={cell.seed}: {why}"
        for cell, why in cells.faults.items()
        if (cell.pair, cell.method) == key
    ]
    expected = baseline.scores[key]
    if key not in means:
        return listed(faults, _SHOWN) or "not in the results"
    found = means[key]
    if faults or found.seeds < expected.seeds:
        return f"{found.seeds} of {expected.seeds} seeds: {listed(faults, _SHOWN) or 'the others are not in the results'}"
    lacking = [topic for topic in expected.topics if topic not in found.topics]
    if lacking:
        return f"topics are not in the results: {listed(lacking, _SHOWN)}"
    added = [topic for topic in found.topics if topic not in expected.topics]
    return f"topics are not in the baseline: {listed(added, _SHOWN)}" if added else ""


def _judged(change: Change, before: Means, after: Means, rule: Rule) -> Finding:
    moved = (
        f"{number(change.before)} → {number(change.after)} "
        f"({number(change.difference, sign=True)}, p {p_value(change.p_adjusted)} adjusted, "
        f"{change.topics} topics)"
    )
    verdict, text = Verdict.HELD, moved
    if rule.exact:
        if change.differing:
            differing = [t for t, score in before.topics.items() if after.topics[t] != score]
            moves = [f"{t}: {before.topics[t]!r} → {after.topics[t]!r}" for t in differing]
            exact = listed(moves, _SHOWN)
            verdict = Verdict.REGRESSED
            text = f"{change.differing} of {change.topics} topics differ: {exact}"
    elif abs(change.difference) > rule.tolerance:
        if change.p_adjusted > rule.alpha:
            text = f"{moved}: not significant"
        else:
            verdict = Verdict.REGRESSED if change.difference < 0 else Verdict.IMPROVED
    return Finding(
        pair=change.pair, method=change.method, verdict=verdict, text=text, change=change
    )
