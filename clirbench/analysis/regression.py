"""Scores against a baseline: what got worse, what got better, what is not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from clirbench.analysis.baseline import Baseline
from clirbench.analysis.differences import Setting, changed_settings, changed_versions
from clirbench.analysis.paired import Change, changes
from clirbench.results.cells import Key
from clirbench.spec.cell import Cell
from clirbench.statistics import number, p_value
from clirbench.statistics.ttest import StandardError, margin_of_error
from clirbench.wording import counted, listed

__all__ = ["Check", "Finding", "Rule", "Verdict", "check"]

_SHOWN = 3
"""Topics or cells that a finding names; of the others it gives the number."""
_SETTINGS = 8
"""Settings that a note names."""


class Verdict(Enum):
    """Outcome of the check for a method on a pair."""

    REGRESSED = "regressed"
    MISSING = "missing"
    LOWER = "lower, within tolerance"
    IMPROVED = "improved"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a change counts as a regression."""

    tolerance: float = 0.01
    """Largest drop of the mean that is not a regression."""
    alpha: float = 0.05
    """Level of significance, after Holm's correction over all of the baseline."""
    exact: bool = False
    """Whether any difference of any topic's score is a regression. The others are ignored then."""
    seed_sd: float | None = None
    """Stated standard deviation by seed of a run's mean on a pair. A larger estimate replaces
    it."""

    def __str__(self) -> str:
        if self.exact:
            return "any difference of any topic's score is a regression"
        return (
            f"a regression is a mean lower by more than {self.tolerance:g} with p ≤ "
            f"{self.alpha:g} (two-sided t-test over topics and seeds; Holm over the whole "
            "baseline and its macro means)"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A method on a pair of the baseline, or on all of them."""

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
    """One for each entry of the baseline, in its order; then one for each method's macro mean."""
    new: tuple[Key, ...]
    """Pairs and methods that the baseline lacks. They are not checked."""
    notes: tuple[str, ...]
    """What else a reader must know: other machines, other settings, what cannot be tested."""

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
        return f"{self.suite}, {self.measure}: {'; '.join(counts)}"


def check(baseline: Baseline, now: Baseline, faults: Mapping[Cell, str], rule: Rule) -> Check:
    """Compare results with their baseline.

    A method's macro mean over its pairs is checked too, if it has several and all are there.

    Args:
        baseline: the scores that should hold.
        now: those of the results, by the same measure.
        faults: why cells of the results have none.
        rule: when a change counts.
    """
    missing = {key: why for key in baseline.scores if (why := _missing(key, baseline, now, faults))}
    macros = [own for own in baseline.methods.values() if len(own) > 1 and not rule.exact]
    of = [[key] for key in baseline.scores if key not in missing]
    of += [[*keys] for keys in macros if missing.keys().isdisjoint(keys)]
    family = len(baseline.scores) + len(macros)
    found = changes(baseline, now, of=of, seed_sd=rule.seed_sd, family=family)
    judged = {
        (change.pair, change.method): _judged(change, baseline, now, rule) for change in found
    }
    absent = {
        key: Finding(pair=key[0], method=key[1], verdict=Verdict.MISSING, text=why, change=None)
        for key, why in missing.items()
    }
    entries = [absent.get(key) or judged.pop(key) for key in baseline.scores]
    limits = () if rule.exact else _limits(found, rule.alpha / family)
    return Check(
        suite=baseline.suite,
        measure=baseline.measure,
        rule=rule,
        findings=(*entries, *judged.values()),
        new=tuple(key for key in now.scores if key not in baseline.scores),
        notes=(*_origins(baseline, now), *limits),
    )


def _missing(key: Key, baseline: Baseline, now: Baseline, all_faults: Mapping[Cell, str]) -> str:
    faults = [
        why if cell.seed is None else f"seed={cell.seed}: {why}"
        for cell, why in all_faults.items()
        if (cell.pair, cell.method) == key
    ]
    expected = baseline.scores[key]
    if key not in now.scores:
        return listed(faults, _SHOWN) or "not in the results"
    found = now.scores[key]
    if faults or found.seeds < expected.seeds:
        return f"{found.seeds} of {expected.seeds} seeds: {listed(faults, _SHOWN) or 'the others are not in the results'}"
    lacking = [topic for topic in expected.topics if topic not in found.topics]
    if lacking:
        return f"topics are not in the results: {listed(lacking, _SHOWN)}"
    added = [topic for topic in found.topics if topic not in expected.topics]
    return f"topics are not in the baseline: {listed(added, _SHOWN)}" if added else ""


def _judged(change: Change, baseline: Baseline, now: Baseline, rule: Rule) -> Finding:
    difference, p = change.test.difference, change.p_adjusted
    proof = f"p {p_value(p)} adjusted" if p is not None else "no p"
    text = (
        f"{number(change.before)} → {number(change.after)} "
        f"({number(difference, sign=True)}, {proof}, {counted(change.test.topics, 'topic')})"
    )
    verdict = Verdict.HELD
    if rule.exact:
        if change.differing:
            verdict, text = Verdict.REGRESSED, _moves(change, baseline, now)
    elif p is not None and p > rule.alpha:
        if abs(difference) > rule.tolerance:
            text += ": not significant"
    elif abs(difference) > rule.tolerance:
        verdict = Verdict.REGRESSED if difference < 0 else Verdict.IMPROVED
        if p is None:
            text += f": by the tolerance alone: {change.test.why}"
    elif p is not None and difference < 0:
        verdict = Verdict.LOWER
    return Finding(
        pair=change.pair, method=change.method, verdict=verdict, text=text, change=change
    )


def _moves(change: Change, baseline: Baseline, now: Baseline) -> str:
    key = change.pair, change.method
    before, after = baseline.scores[key].topics, now.scores[key].topics
    moves = [f"{t}: {x!r} → {after[t]!r}" for t, x in before.items() if after[t] != x]
    return f"{change.differing} of {len(before)} topics differ: {listed(moves, _SHOWN)}"


def _origins(baseline: Baseline, now: Baseline) -> Iterator[str]:
    """Say by what else than the baseline the results were made."""
    if not baseline.origins:
        yield (
            "the baseline has format version 1, without runs, settings and machine; write it "
            "again with `clirbench baseline`"
        )
    settings: dict[Setting, None] = {}
    versions: dict[Setting, None] = {}
    pairs = [(o, now.origins[key]) for key, o in baseline.origins.items() if key in now.origins]
    for place, (old, new) in enumerate(pairs):
        if (old, new) not in pairs[:place]:
            settings |= dict.fromkeys(changed_settings(old.settings, new.settings))
            versions |= dict.fromkeys(changed_versions(old.environment, new.environment))
    if settings:
        yield f"settings differ from the baseline's: {_listed(settings)}"
    if machine := [one for one in versions if one.key.partition(".")[0] != "git"]:
        yield (
            f"environment differs from the baseline's: {_listed(machine)}; rounding may differ "
            "and grow in training, as much as with another seed"
        )


def _limits(found: Sequence[Change], alpha: float) -> Iterator[str]:
    """Say what could not be told, or seen; `alpha` is the level of a single change."""
    untold = Counter(change.test.why for change in found if change.test.p is None)
    for why, count in untold.items():
        yield f"{count} of {len(found)} judged by the tolerance alone: {why}"
    if any(change.test.seed_sd is None and change.differing for change in found):
        yield "with more seeds in the suite, or --seed-sd, a loss could be told from seed noise"
    sights = [(size, change) for change in found if (size := _sight(change, alpha))]
    blind = [change for size, change in sights if size > change.before]
    if blind:
        yield f"in {len(blind)} of {len(found)}, no single drop could be significant"
    if seen := sorted((size, one.pair, one.method) for size, one in sights if one not in blind):
        size, *widest = seen[-1]
        yield (
            f"a single drop must be at least {number(seen[len(seen) // 2][0])} (median) to be "
            f"significant; most is needed in {'/'.join(widest)}: {number(size)}"
        )


def _sight(change: Change, alpha: float) -> float:
    """Give the smallest drop with p <= alpha; 0: none is needed, or it is not known."""
    if change.test.interval is None or not change.differing:
        return 0.0
    half = (change.test.interval.high - change.test.interval.low) / 2
    unit = StandardError(1.0, change.test.df)
    return half / margin_of_error(unit) * margin_of_error(unit, confidence=1 - alpha)


def _listed(settings: Iterable[Setting]) -> str:
    moves = [f"{key}: {old or '–'} → {new or '–'}" for key, old, new in settings]
    return listed(moves, _SETTINGS)
