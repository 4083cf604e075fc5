"""The trials that [tune] asks for: which settings of a method are tried, and which lie beyond them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from clirbench.spec.model import Suite, SuiteMethod, Training, Tune

__all__ = ["TRIED", "beyond", "budget", "grid", "trials"]

TRIED = frozenset(
    {"learning_rate", "epochs", "batch_size", "warmup", "weight_decay", "clip", "anchor", "dropout"}
)
"""Keys of [training] that [tune] can try for a method; the others are shared by all."""


def grid(tune: Tune, label: str, method_keys: Iterable[str]) -> dict[str, Sequence[Any]]:
    """The keys of the training that are tried for a method, each with its values; rates come last.

    Args:
        tune: what is tried.
        label: of the method.
        method_keys: the keys of the method itself, which go before those of the training.
    """
    own = _of_training(tune, label, method_keys)
    rates = own.pop("learning_rate", tune.learning_rates)
    epochs = own.pop("epochs", tune.epochs)
    return {**own, **({"epochs": epochs} if epochs else {}), "learning_rate": rates}


def budget(tune: Tune, label: str, method_keys: Iterable[str]) -> int:
    """How many trials a method has."""
    of_training = grid(tune, label, method_keys)
    own = [tried for key, tried in tune.knobs.get(label, {}).items() if key not in of_training]
    return math.prod(map(len, [*own, *of_training.values()]))


def trials(suite: Suite, entry: SuiteMethod) -> tuple[SuiteMethod, ...]:
    """A method in each of the settings that are tried for it; none if it is not tuned."""
    if suite.tune is None or not entry.trained:
        return ()
    tried = grid(suite.tune, entry.label, _keys(entry))
    return tuple(
        SuiteMethod(label=entry.label, method=method, training=training)
        for method in entry.tried or (entry.method,)
        for training in _trainings(entry.training, tried)
    )


def beyond(suite: Suite, entry: SuiteMethod) -> tuple[SuiteMethod, ...]:
    """A method in each of the settings that may be tried once more: a step beyond the rates' edges.

    The step is the grid's own ratio there: beyond 1e-4, 3e-4 lie 3.33e-5 and 9e-4. A single rate has
    no step.
    """
    made = trials(suite, entry)
    rates = sorted({each.training.learning_rate for each in made})
    if len(rates) < 2:  # noqa: PLR2004 - no ratio
        return ()
    edges = {rates[0]: _step(rates[1], rates[0]), rates[-1]: _step(rates[-2], rates[-1])}
    return tuple(
        replace(each, training=replace(each.training, learning_rate=edges[own]))
        for each in made
        if (own := each.training.learning_rate) in edges
    )


def _step(inner: float, edge: float) -> float:
    return float(f"{edge * edge / inner:.3g}")


def _keys(entry: SuiteMethod) -> Iterable[str]:
    return type(entry.method).__dataclass_fields__


def _of_training(tune: Tune, label: str, method_keys: Iterable[str]) -> dict[str, Sequence[Any]]:
    keys: Mapping[str, Sequence[Any]] = tune.knobs.get(label, {})
    own = set(method_keys)
    return {key: values for key, values in keys.items() if key in TRIED and key not in own}


def _trainings(general: Training, tried: Mapping[str, Sequence[Any]]) -> Iterator[Training]:
    for values in itertools.product(*tried.values()):
        yield replace(general, **dict(zip(tried, values, strict=True)))
