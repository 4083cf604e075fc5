"""From [[method]] and [tune] to methods, each with its training and what is tried of it."""

from __future__ import annotations

import copy
import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clirbench.data.base import CollectionSource
from clirbench.errors import SuiteError
from clirbench.methods import Distillation, Method
from clirbench.methods.mixed import Mixed, Part
from clirbench.methods.registry import find
from clirbench.methods.staged import Pace, Staged, StageOfTraining
from clirbench.models.settings import SCRATCH
from clirbench.spec.model import LanguagePair, SuiteMethod, Training, Tune
from clirbench.spec.sections import MethodHead, PartHead, StageHead
from clirbench.spec.toml import Key
from clirbench.spec.trials import grid
from clirbench.spec.tune_checks import check_tune, check_tuned_pairs
from clirbench.spec.values import FileValues
from clirbench.wording import show

__all__ = ["read_methods", "read_tune"]

_COMMON = ("name", "label", "title", "training")
"""Keys that every method's table may have beside the method's own."""
_MADE_OF = {"loss": Mixed.name, "stages": Staged.name}
"""Keys of the methods that are made of others: where one stands, the name need not."""
_PACE = tuple(Pace.__dataclass_fields__)


def read_methods(given: FileValues, general: Training) -> list[SuiteMethod | None]:
    """The methods, none for each that is wrong.

    Args:
        given: the file.
        general: what [training] says.
    """
    methods: list[SuiteMethod | None] = []
    seen: set[str] = set()
    for at, values in given.items("method"):
        if not isinstance(values, dict):
            given.problems.add(at, f"expected a table (got {show(values)})")
            methods.append(None)
            continue
        common = {key: values[key] for key in _COMMON if key in values}
        for key, made_of in _MADE_OF.items():
            if key in values:
                common.setdefault("name", made_of)
        head = given.problems.check(MethodHead, common, at)
        if head is None:
            methods.append(None)
            continue
        kind = _kind(given, head.name, (*at, "name"))
        label = head.label or (kind.name if kind else head.name)
        if label in seen:
            given.problems.add(
                at, f'duplicate label "{label}"; give one of the two a `label` of its own'
            )
        seen.add(label)
        knobs = {key: value for key, value in values.items() if key not in common}
        method = _method(given, kind, knobs, at) if kind else None
        own = given.problems.check(Training, head.training, (*at, "training"))
        if method is None or own is None:
            methods.append(None)
            continue
        given_here = {key: getattr(own, key) for key in head.training}
        changes = {**(method.own_training if method.trained else {}), **given_here}
        training = dataclasses.replace(general, **changes)
        if head.training and not method.trained:
            given.problems.add((*at, "training"), f"{head.name} trains nothing")
        methods.append(SuiteMethod(label=label, method=method, training=training, title=head.title))
    return methods


def read_tune(
    given: FileValues,
    methods: list[SuiteMethod | None],
    pairs: Sequence[LanguagePair | None],
    collection: CollectionSource | None,
) -> tuple[Tune | None, list[SuiteMethod | None]]:
    """What [tune] says, and the methods with what is tried of them."""
    tune = given.section("tune", Tune) if "tune" in given.values else None
    whole = [method for method in methods if method]
    if tune is None or len(whole) < len(methods):
        return tune, methods
    taught = [str(pair) for pair in pairs if pair and not pair.student]
    check_tune(given.problems, given.values, tune, whole, collection)
    if None not in pairs:
        check_tuned_pairs(given.problems, tune, taught)
    return tune, [_tried(given, tune, index, entry) for index, entry in enumerate(whole)]


def _tried(given: FileValues, tune: Tune, index: int, entry: SuiteMethod) -> SuiteMethod:
    """The method with every combination of the values that are tried for its knobs.

    Those of its training are looked at here, and combined with the learning rates where trials are.
    """
    given_knobs = tune.knobs.get(entry.label)
    if not given_knobs or not entry.trained:
        return entry
    at: Key = ("tune", "knobs", entry.label)
    of_training = grid(tune, entry.label, type(entry.method).__dataclass_fields__)
    for key in given_knobs.keys() & of_training.keys():
        for value in given_knobs[key]:
            given.problems.check(Training, {key: value}, at)
    own_keys = {*type(entry.method).__dataclass_fields__, "loss"}
    knobs = {key: tried for key, tried in given_knobs.items() if key in own_keys}
    if not knobs:
        return entry
    values = given.values["method"][index]
    own = {key: value for key, value in values.items() if key not in _COMMON}
    tried = [
        _method(
            given,
            type(entry.method),
            copy.deepcopy({**own, **dict(zip(knobs, chosen, strict=True))}),
            at,
        )
        for chosen in itertools.product(*knobs.values())
    ]
    return dataclasses.replace(entry, tried=tuple(method for method in tried if method))


def _kind(given: FileValues, name: str, at: Key) -> type[Method] | None:
    try:
        return find(name)
    except SuiteError as error:
        given.problems.add(at, str(error))
        return None


def _method(given: FileValues, kind: type[Method], knobs: dict[str, Any], at: Key) -> Method | None:
    if issubclass(kind, Staged) and "stages" in knobs:
        return _staged(given, knobs, at)
    if not (issubclass(kind, Mixed) and "loss" in knobs):
        method = given.problems.check(kind, knobs, at)
        return method and _placed(given, method, at)
    losses = knobs.pop("loss")
    mix = given.problems.check(Mixed, knobs, at)
    if not isinstance(losses, list) or len(losses) < 2:  # noqa: PLR2004 - else there is no sum
        given.problems.add(
            (*at, "loss"),
            "expected an array of two or more losses such as "
            f'{{ method = "optical", weight = 0.5 }} (got {show(losses)})',
        )
        return None
    parts = [_part(given, item, (*at, "loss", index)) for index, item in enumerate(losses)]
    if mix is None or None in parts:
        return None
    return Mixed(loss=tuple(part for part in parts if part))


def _staged(given: FileValues, knobs: dict[str, Any], at: Key) -> Method | None:
    items, rest = knobs["stages"], {key: own for key, own in knobs.items() if key != "stages"}
    plain = given.problems.check(Staged, rest, at)
    if not isinstance(items, list) or len(items) < 2:  # noqa: PLR2004 - else it is a method alone
        given.problems.add(
            (*at, "stages"),
            "expected an array of two or more stages such as "
            f'{{ method = "sentence-mse", epochs = 1 }} (got {show(items)})',
        )
        return None
    stages = [_stage(given, item, (*at, "stages", index)) for index, item in enumerate(items)]
    if plain is None or None in stages:
        return None
    return dataclasses.replace(plain, stages=tuple(stage for stage in stages if stage))


def _stage(given: FileValues, values: object, at: Key) -> StageOfTraining | None:
    if not isinstance(values, dict):
        given.problems.add(at, f"expected a table with a method (got {show(values)})")
        return None
    common = {key: values[key] for key in ("method", *_PACE) if key in values}
    if "loss" in values:
        common.setdefault("method", Mixed.name)
    head = given.problems.check(StageHead, common, at)
    kind = _kind(given, head.method, (*at, "method")) if head else None
    if head is None or kind is None:
        return None
    if not issubclass(kind, Distillation) or issubclass(kind, Staged):
        text = f"{head.method} has no single loss on bitext, so it cannot be a stage"
        given.problems.add((*at, "method"), text)
        return None
    method = _method(
        given, kind, {key: own for key, own in values.items() if key not in common}, at
    )
    if not isinstance(method, Distillation):
        return None
    return StageOfTraining(method=method, **{key: getattr(head, key) for key in _PACE})


def _placed(given: FileValues, method: Method, at: Key) -> Method:
    """The method with its files and models by their paths from here."""
    changed: dict[str, Any] = {}
    for field in dataclasses.fields(method):
        value, key = getattr(method, field.name), (*at, field.name)
        if isinstance(value, Path):
            changed[field.name] = given.path(value, key)
        elif field.name in method.models and value not in {SCRATCH, ""}:
            changed[field.name] = given.model(value, key)
    return dataclasses.replace(method, **changed) if changed else method


def _part(given: FileValues, values: object, at: Key) -> Part | None:
    if not isinstance(values, dict):
        given.problems.add(at, f"expected a table with a method (got {show(values)})")
        return None
    common = {key: values[key] for key in ("method", "weight") if key in values}
    head = given.problems.check(PartHead, common, at)
    kind = _kind(given, head.method, (*at, "method")) if head else None
    if head is None or kind is None:
        return None
    if not issubclass(kind, Distillation) or issubclass(kind, Mixed | Staged):
        given.problems.add(
            (*at, "method"),
            f"{head.method} has no single loss on bitext, so it cannot be part of a sum",
        )
        return None
    knobs = {key: value for key, value in values.items() if key not in common}
    method = given.problems.check(kind, knobs, at)
    return Part(method=method, weight=head.weight) if method else None
