"""The file of a baseline.

Format version 2 is one JSON object:

    {"format": "clirbench-baseline", "version": 2, "suite": …, "measure": …,
     "origins": [{"environment": {"written": …, "clirbench": …, "packages": …}, "settings": {…}}],
     "clusters": {"cluster": "story", "sets": […]}, "means": {METHOD: .25, …}, "scores": [
      {"pair": …, "method": …, "origin": 0, "runs": [{"seed": 1, "topics": {"1": 0.25, …}}, …]}, …]}

`origins` has the `environment.json` and the settings of the results that scores are from, and `clusters`
is as in a results folder's `clusters.json`. `means`, over topics, seeds and pairs, are for people: they
are computed again from the scores. All is sorted: the same results give the same bytes.

Version 1 had no origins, clusters and means, and "seeds": 5, "topics": {…} with means over seeds in place
of runs. It is read still.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, Field, FiniteFloat, ValidationError

from clirbench.analysis.baseline import Baseline, Origin
from clirbench.data.base import JSON
from clirbench.errors import DataError
from clirbench.files import parse_json
from clirbench.results.cells import Key, Means
from clirbench.results.clusters import clusters_from, clusters_json
from clirbench.wording import newer, show

__all__ = ["FORMAT", "VERSION", "baseline_json", "read_baseline"]

FORMAT = "clirbench-baseline"
VERSION = 2
_Topics = Annotated[dict[str, FiniteFloat], Field(min_length=1)]


class _Run(BaseModel):
    seed: int | None
    topics: _Topics


class _Entry(BaseModel):
    pair: str
    method: str
    origin: Annotated[int, Field(ge=0)]
    runs: Annotated[list[_Run], Field(min_length=1)]


class _OldEntry(BaseModel):
    pair: str
    method: str
    seeds: int
    topics: _Topics


class _Origin(BaseModel):
    environment: dict[str, Any]
    settings: dict[str, Any]


class _Old(BaseModel):
    version: Literal[1]
    suite: str
    measure: str
    scores: list[_OldEntry]


class _File(BaseModel):
    version: Literal[2]
    suite: str
    measure: str
    origins: list[_Origin]
    clusters: dict[str, Any]
    scores: list[_Entry]


class _Twice(NamedTuple):
    """Stands for an object in which a key stands twice."""

    key: str


def baseline_json(baseline: Baseline) -> str:
    """Give the text of a baseline file."""
    origins: list[Origin] = []
    for origin in baseline.origins.values():
        if origin not in origins:
            origins.append(origin)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "suite": baseline.suite,
        "measure": baseline.measure,
        "origins": [
            {"environment": dict(one.environment), "settings": dict(one.settings)}
            for one in origins
        ],
        "clusters": clusters_json(baseline.clusters),
        "means": {
            method: math.fsum(baseline.scores[key].mean for key in keys) / len(keys)
            for method, keys in sorted(baseline.methods.items())
        },
        "scores": [
            {
                "pair": pair,
                "method": method,
                "origin": origins.index(baseline.origins[pair, method]),
                "runs": [{"seed": seed, "topics": run} for seed, run in means.runs.items()],
            }
            for (pair, method), means in sorted(baseline.scores.items())
        ],
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def read_baseline(path: Path) -> Baseline:
    """Read what `baseline_json` gave, or a file of version 1.

    Raises:
        DataError: it is not there, not a baseline, of another version, or damaged.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document: Any = parse_json(text, object_pairs_hook=_object)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise DataError(f"{path}: not a baseline: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise DataError(
            f'{path}: not a baseline: its "format" is not "{FORMAT}"; `clirbench baseline` writes one'
        )
    version = document.get("version")
    if later := newer(version, VERSION):
        raise DataError(f"{path}: {later}")
    if version not in (1, VERSION):
        raise DataError(
            f"{path}: a baseline of format version {version}, but this clirbench reads 1 and "
            f"{VERSION}; write it again with `clirbench baseline`"
        )
    try:
        baseline = _old(document) if version == 1 else _new(document)
    except ValidationError as error:
        raise DataError(f"{path}: a damaged baseline: {_fault(error)}") from error
    except ValueError as error:
        raise DataError(f"{path}: a damaged baseline: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path}: a damaged baseline: clusters: {error!r}") from error
    if not baseline.scores:
        raise DataError(f"{path}: the baseline has no scores, so nothing can be checked against it")
    return baseline


def _old(document: dict[str, JSON]) -> Baseline:
    file = _Old.model_validate(document, strict=True)
    scores: dict[Key, Means] = {}
    for place, entry in enumerate(file.scores):
        topics = dict(sorted(entry.topics.items()))
        scores[_once(entry, place, scores)] = Means(topics=topics, seeds=entry.seeds)
    return Baseline(suite=file.suite, measure=file.measure, scores=scores)


def _new(document: dict[str, JSON]) -> Baseline:
    file = _File.model_validate(document, strict=True)
    known = [Origin(environment=one.environment, settings=one.settings) for one in file.origins]
    scores: dict[Key, Means] = {}
    origins: dict[Key, Origin] = {}
    for place, entry in enumerate(file.scores):
        key = _once(entry, place, scores)
        where, name = f"scores.{place}", "/".join(key)
        runs = {run.seed: run.topics for run in entry.runs}
        if len(runs) < len(entry.runs):
            raise ValueError(f"{where}: duplicate seed of {name}")
        if len({frozenset(topics) for topics in runs.values()}) > 1:
            raise ValueError(f"{where}: the runs of {name} are not on the same topics")
        if entry.origin >= len(known):
            raise ValueError(
                f"{where}: {name} has origin {entry.origin}, but there is {len(known)}"
            )
        scores[key], origins[key] = Means.of(runs), known[entry.origin]
    return Baseline(
        suite=file.suite,
        measure=file.measure,
        scores=scores,
        clusters=clusters_from(file.clusters),
        origins=origins,
    )


def _once(entry: _Entry | _OldEntry, place: int, scores: dict[Key, Means]) -> Key:
    key = entry.pair, entry.method
    if key in scores:
        raise ValueError(f"scores.{place}: duplicate {'/'.join(key)}")
    return key


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Twice:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            return _Twice(key)
        found[key] = value
    return found


def _fault(error: ValidationError) -> str:
    """Say where the first fault is, and what came."""
    first = error.errors(include_url=False)[0]
    where, came = ".".join(map(str, first["loc"])), first["input"]
    if isinstance(came, _Twice):
        return f'{where}: duplicate "{came.key}"'
    return f"{where}: {first['msg'][:1].lower()}{first['msg'][1:]} (got {show(came)})"
