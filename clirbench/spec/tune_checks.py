"""Checks of [tune]: that all methods have as many trials, and that what it says has an effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clirbench.data.base import CollectionSource
from clirbench.methods.base import Method
from clirbench.spec.checks import check_measure
from clirbench.spec.model import SuiteMethod, Training, Tune
from clirbench.spec.problems import Problems
from clirbench.spec.toml import Key
from clirbench.spec.trials import TRIED, budget
from clirbench.wording import nearest, show

__all__ = ["check_tune", "check_tuned_pairs"]

_AT: Key = ("tune",)
_SHARED = frozenset(Training.__dataclass_fields__) - TRIED
"""Keys of [training] that more than a method's own training depends on."""


def check_tune(
    problems: Problems,
    values: Mapping[str, Any],
    tune: Tune,
    methods: Sequence[SuiteMethod],
    collection: CollectionSource | None,
) -> None:
    """Note trials that are not the same number for all, and settings that [tune] would not heed."""
    if tune.measure is not None:
        check_measure(problems, tune.measure, (*_AT, "measure"), collection)
    for key, tried in (("learning_rates", tune.learning_rates), ("epochs", tune.epochs or ())):
        _check_doubles(problems, tried, (*_AT, key))
    trained = {entry.label: entry.method for entry in methods if entry.trained}
    if not trained:
        problems.add(_AT, "no method of the suite is trained, so there is nothing to tune")
    for label, knobs in tune.knobs.items():
        at = (*_AT, "knobs", label)
        if label in trained:
            _check_knobs(problems, knobs, trained[label], at)
        else:
            problems.add(at, f"no trained method {show(label)}{nearest(label, trained)}")
    _check_budget(problems, tune, trained)
    _check_training(problems, values, tune)


def check_tuned_pairs(problems: Problems, tune: Tune, taught: Sequence[str]) -> None:
    """Note pairs to tune on that the suite has not, or that have no student of their own."""
    at = (*_AT, "pairs")
    for pair in tune.pairs or ():
        if pair not in taught:
            problems.add(
                at, f"no pair {show(pair)} that trains a student of its own{nearest(pair, taught)}"
            )
    _check_doubles(problems, tune.pairs or (), at)


def _check_knobs(
    problems: Problems, knobs: Mapping[str, Sequence[Any]], method: Method, at: Key
) -> None:
    """Note keys that cannot be tried, and values that are tried twice."""
    known = {*type(method).__dataclass_fields__, *TRIED}
    for knob, tried in knobs.items():
        _check_doubles(problems, tried, (*at, knob))
        if knob in method.untunable | _SHARED:
            problems.add(
                (*at, knob), "cannot be tuned, because more than the training depends on it"
            )
        elif knob not in {*known, "loss"}:  # of a sum
            problems.add((*at, knob), f"unknown key{nearest(knob, known)}")


def _check_budget(problems: Problems, tune: Tune, trained: Mapping[str, Method]) -> None:
    """Note that methods have different numbers of trials, and how that is mended."""
    found = {
        label: budget(tune, label, type(method).__dataclass_fields__)
        for label, method in trained.items()
    }
    if len(set(found.values())) > 1:
        counts = ", ".join(f"{label} {count}" for label, count in found.items())
        fewest = min(found, key=found.__getitem__)
        problems.add(
            (*_AT, "knobs"),
            f"all trained methods must have equally many trials (got {counts}); give {fewest} "
            f"more, such as its own learning rates: {fewest} = {{ learning_rate = [...] }}",
        )


def _check_training(problems: Problems, values: Mapping[str, Any], tune: Tune) -> None:
    """Note what [training], a method's own, or a stage of it, sets and [tune] picks."""
    picked = {"learning_rate": "learning_rates"} | ({"epochs": "epochs"} if tune.epochs else {})
    general = [("training", values.get("training"))]
    for *where, training in [*general, *_own_training(values), *_stages(values)]:
        for key in picked.keys() & (training if isinstance(training, Mapping) else {}):
            problems.add((*where, key), f"has no effect: [tune] picks it from `{picked[key]}`")


def _check_doubles(problems: Problems, values: Sequence[Any], at: Key) -> None:
    """Note what is tried twice."""
    if doubles := [value for index, value in enumerate(values) if value in values[:index]]:
        problems.add(at, f"{', '.join(map(show, doubles))} is given twice")


def _own_training(values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for index, method in enumerate(values["method"]):
        yield "method", index, "training", method.get("training")


def _stages(values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for index, method in enumerate(values["method"]):
        for place, stage in enumerate(method.get("stages", ())):
            yield "method", index, "stages", place, stage
