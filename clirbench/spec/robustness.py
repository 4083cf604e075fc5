"""From [robustness] and [sweep] to what is asked beside the suite's own comparison."""

from __future__ import annotations

from collections.abc import Sequence

from clirbench.data.perturbations import PERTURBATIONS
from clirbench.spec.conditions import AXES
from clirbench.spec.model import LanguagePair, Robustness, SuiteMethod, Sweep
from clirbench.spec.toml import Key
from clirbench.spec.values import FileValues
from clirbench.wording import nearest, show

__all__ = ["read_robustness", "read_sweep"]


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
    _check_labels(given, ("robustness", "methods"), found.methods, methods)
    if None not in pairs:
        _check_on(given, ("robustness", "on"), found.on, known)
    return found if len(given.problems.errors) == before else None


def read_sweep(
    given: FileValues,
    pairs: Sequence[LanguagePair | None],
    methods: Sequence[SuiteMethod | None],
) -> Sweep | None:
    """What [sweep] says; none where there is none, or it is wrong.

    Noted as wrong are values that stand twice or suit no pair, and methods that learn from no bitext, or
    from those of all pairs at once.
    """
    found: Sweep | None = given.section("sweep", Sweep) if "sweep" in given.values else None
    if found is None or None in pairs or None in methods:
        return found
    before = len(given.problems.errors)
    _check_points(given, found)
    _check_places(given, found, [pair for pair in pairs if pair])
    for key in ("methods", "translated"):
        _check_labels(given, ("sweep", key), getattr(found, key), methods)
    _check_learning(given, found, [method for method in methods if method])
    return found if len(given.problems.errors) == before else None


def _check_points(given: FileValues, sweep: Sweep) -> None:
    """Note an axis with a value twice, and a sweep without any."""
    points = list(sweep.points)
    if not points:
        given.problems.add(("sweep",), f"changes nothing; set at least one of {', '.join(AXES)}")
    for axis in AXES:
        values = [point.value for point in points if point.axis == axis]
        if len(set(values)) < len(values):
            given.problems.add(("sweep", axis), f"duplicate value (got {', '.join(values)})")


def _check_places(given: FileValues, sweep: Sweep, pairs: Sequence[LanguagePair]) -> None:
    """Note pairs, classes and bitexts that are not there."""
    _check_on(given, ("sweep", "on"), sweep.on, pairs)
    asked = [pair for pair in pairs if sweep.asks(str(pair), pair.resource)]
    bitexts = [{each.name for each in pair.bitext} for pair in asked]
    for place, wanted in enumerate(sweep.sources):
        if not any(set(wanted) <= own for own in bitexts):
            text = f"no pair has the bitext {' and '.join(wanted)}"
            every = sorted(set[str]().union(*bitexts))
            given.problems.add(("sweep", "sources", place), text + nearest(wanted[0], every))


def _check_on(
    given: FileValues, at: Key, asked: Sequence[str], pairs: Sequence[LanguagePair]
) -> None:
    """Note pairs and classes that are not there."""
    groups = dict.fromkeys(("all", *(p.resource for p in pairs), *map(str, pairs)))
    for place, on in enumerate(asked):
        if on not in groups:
            given.problems.add((*at, place), f"no pairs {show(on)}{nearest(on, groups)}")


def _check_learning(given: FileValues, sweep: Sweep, methods: Sequence[SuiteMethod]) -> None:
    """Note methods that learn from no bitext, or from those of all pairs at once."""
    at: Key = ("sweep", "methods")
    for entry in methods:
        named = entry.label in (sweep.methods or ())
        if entry.label in sweep.translated:
            _check_translator(given, entry)
        if named and not entry.learns:
            given.problems.add(at, f"{entry.label} does not learn from bitext")
        joint = entry.trained and entry.training.scope == "joint"
        if entry.learns and joint and (named or sweep.methods is None):
            text = f'{entry.label} learns from all pairs jointly (scope = "joint"); leave it out'
            given.problems.add(at, text)


def _check_translator(given: FileValues, entry: SuiteMethod) -> None:
    """Note a method without a translator of its own, or one that leaves it nothing to translate."""
    at: Key = ("sweep", "translated")
    if entry.method.translation is None or not entry.trained:
        given.problems.add(at, f"{entry.label} trains no translator")
    elif entry.training.pairs is None:
        text = (
            f"{entry.label} learns from all sentence pairs, so none are left to translate; set "
            "training.pairs"
        )
        given.problems.add(at, text)


def _check_labels(
    given: FileValues,
    at: Key,
    asked: Sequence[str] | None,
    methods: Sequence[SuiteMethod | None],
) -> None:
    """Note labels of methods that are not there."""
    labels = [method.label for method in methods if method]
    for place, label in enumerate(asked or ()):
        if label not in labels and None not in methods:
            text = f"no method {show(label)}{nearest(label, labels)}"
            given.problems.add((*at, place), text)
