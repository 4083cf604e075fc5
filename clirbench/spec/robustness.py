"""From [robustness] to what topics are perturbed by."""

from __future__ import annotations

from collections.abc import Sequence

from clirbench.data.perturbations import PERTURBATIONS
from clirbench.spec.model import LanguagePair, Robustness, SuiteMethod
from clirbench.spec.toml import Key
from clirbench.spec.values import FileValues
from clirbench.wording import nearest, show

__all__ = ["read_robustness"]


def read_robustness(
    given: FileValues,
    pairs: Sequence[LanguagePair | None],
    methods: Sequence[SuiteMethod | None],
) -> Robustness | None:
    """What the section says; none where there is none, or it is wrong.

    Noted as wrong are perturbations and methods that are not there, and severities that stand twice.
    """
    if "robustness" not in given.values:
        return None
    found: Robustness | None = given.section("robustness", Robustness)
    if found is None:
        return None
    known, before = [pair for pair in pairs if pair], len(given.problems.errors)
    for name, severities in found.queries.items():
        at: Key = ("robustness", "queries", name)
        if name not in PERTURBATIONS:
            given.problems.add(at, f"unknown perturbation{nearest(name, PERTURBATIONS)}")
            continue
        if len(set(severities)) < len(severities):
            given.problems.add(at, f"duplicate severity (got {show(list(severities))})")
        kind = PERTURBATIONS[name]
        if known and not any(kind.applies(pair.query) for pair in known):
            given.problems.add(at, "works for no query language of the suite")
        elif kind.needs_lexicon and not any(pair.bitext for pair in known):
            text = "needs bitext to learn word translations from, and no pair has any"
            given.problems.add(at, text)
    labels = [method.label for method in methods if method]
    for place, label in enumerate(found.methods or ()):
        if label not in labels and None not in methods:
            at = ("robustness", "methods", place)
            given.problems.add(at, f"no method {show(label)}{nearest(label, labels)}")
    return found if len(given.problems.errors) == before else None
