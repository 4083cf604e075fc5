"""A baseline that is renewed without forgetting what was lost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from clirbench.analysis.baseline import Baseline
from clirbench.analysis.regression import Rule, Verdict, check
from clirbench.errors import DataError
from clirbench.results.cells import Key

__all__ = ["Renewal", "keep_best"]


class Renewal(NamedTuple):
    """A new baseline, and what of the old one is in it."""

    baseline: Baseline
    kept: Collection[Key]


def keep_best(old: Baseline, new: Baseline, rule: Rule) -> Renewal:
    """Keep, pair and method by pair and method, the better of an old baseline and new results.

    The new scores are taken where they are better beyond the tolerance and by the test, and where the
    old ones are not there or on other topics; else the old ones stay. So losses that each pass add up
    until they are found. The higher mean is not taken as it is: the best of many seeds is above what
    the next one gives, and after some renewals nothing would hold.

    Args:
        old: the baseline so far.
        new: whole results.
        rule: when a change counts.

    Raises:
        DataError: they are of other suites or measures, or the old one is without runs.
    """
    if (old.suite, old.measure) != (new.suite, new.measure):
        raise DataError(
            f'the old baseline is of "{old.suite}" by {old.measure}, the results are of '
            f'"{new.suite}" by {new.measure}; --keep-best needs the same suite and measure'
        )
    if not old.origins:
        raise DataError(
            "the old baseline has format version 1, without runs; first write one with "
            "`clirbench baseline` without --keep-best"
        )
    findings = check(old, new, {}, replace(rule, exact=False)).findings
    gone = {Verdict.MISSING, Verdict.IMPROVED}
    better = {(one.pair, one.method) for one in findings if one.verdict in gone}
    kept = [key for key in new.scores if key in old.scores and key not in better]
    baseline = replace(
        new,
        scores=dict(new.scores) | {key: old.scores[key] for key in kept},
        origins=dict(new.origins) | {key: old.origins[key] for key in kept},
    )
    return Renewal(baseline, kept)
