"""What a suite says beside its own results: of the sample that was searched, and of other publications."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from clirbench.data.base import JSON
from clirbench.errors import DataError
from clirbench.running.stages.cell import NOTES
from clirbench.suite.model import Quoted

__all__ = ["Beside", "read_beside"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Notes and rows for every table of a results folder."""

    caption: str | None = None
    """What must be known of all numbers, such as that a part of the documents was searched."""
    tuned: str | None = None
    """How the methods' settings were picked, where they were."""
    unequal: str | None = None
    """Which methods are trained otherwise than [training] says, and how."""
    noted: tuple[str, ...] = ()
    """What the cells say of their numbers, each once."""
    quoted: tuple[Quoted, ...] = ()

    def notes(self, measure: str) -> Iterator[str]:
        """The caption, how methods were tuned and trained, and where quoted figures by a measure stand."""
        if self.caption:
            yield f"{self.caption[0].upper()}{self.caption[1:]}."
        if self.tuned:
            yield self.tuned
        if self.unequal:
            yield self.unequal
        yield from (f"{note}." for note in self.noted)
        for each in self.quoted:
            if measure in each.scores:
                yield f"{each.label} (quoted): not measured here, but taken from {each.source}."

    def means(
        self, measure: str, scopes: Mapping[str, Sequence[str]]
    ) -> Iterator[tuple[str, list[float | None]]]:
        """Each quoted row's label and macro means.

        Args:
            measure: by which.
            scopes: column to the pairs that it is over; a mean over a pair without a figure is none.
        """
        for each in self.quoted:
            if scores := each.scores.get(measure):
                yield (
                    f"{each.label} (quoted)",
                    [
                        math.fsum(scores[pair] for pair in pairs) / len(pairs)
                        if scores.keys() >= set(pairs)
                        else None
                        for pairs in scopes.values()
                    ],
                )


def read_beside(results: Path) -> Beside:
    """Read it from a results folder's settings and from what was tuned.

    Raises:
        DataError: this is not a results folder, or the file is damaged.
    """
    from clirbench.report.folder import read_object

    settings = read_object(results / "settings.json")
    resolved, caption = settings.get("resolved"), settings.get("caption")
    quoted: JSON = resolved.get("quoted", []) if isinstance(resolved, dict) else []
    try:
        return Beside(
            caption=caption if isinstance(caption, str) else None,
            tuned=_tuned(results, resolved) if isinstance(resolved, dict) else None,
            unequal=_unequal(resolved) if isinstance(resolved, dict) else None,
            noted=_noted(results),
            quoted=TypeAdapter(tuple[Quoted, ...]).validate_json(json.dumps(quoted)),
        )
    except ValidationError as error:
        raise DataError(
            f"{results / 'settings.json'}: quoted: not as `clirbench run` writes it"
        ) from error


def _noted(results: Path) -> tuple[str, ...]:
    """The notes of all cells and the doubts about bitext, in the order of their names, each once.

    Raises:
        DataError: a file is damaged.
    """
    from clirbench.report.folder import read_object

    found: dict[str, None] = {}
    for path in sorted((results / "cells").rglob(NOTES)):
        try:
            notes = TypeAdapter(tuple[str, ...]).validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise DataError(f"{path}: not as `clirbench run` writes it") from error
        found |= dict.fromkeys(notes)
    for path in sorted((results / "bitext").glob("*.json")):
        for sources in read_object(path).values():
            for one in sources if isinstance(sources, list) else ():
                match one:
                    case {"source": str(source), "doubts": [*doubts]}:
                        found |= {f"{path.stem}: {source}: {doubt}": None for doubt in doubts}
    return tuple(found)


def _unequal(resolved: Mapping[str, JSON]) -> str | None:
    """The note on methods whose training is not the suite's; a comparison is fair where it is."""
    match resolved:
        case {"training": dict(general), "methods": list(methods)}:
            found = [
                f"{label} ({', '.join(f'{key} = {value}' for key, value in other.items())})"
                for label, own in map(_training, methods)
                if (other := {k: v for k, v in own.items() if k not in general or v != general[k]})
            ]
            if found:
                return f"Trained otherwise than the other methods: {'; '.join(found)}."
    return None


def _training(method: JSON) -> tuple[str, Mapping[str, JSON]]:
    match method:
        case {"label": str(label), "training": dict(training)}:
            return label, training
    return "", {}


def _tuned(results: Path, resolved: Mapping[str, JSON]) -> str | None:
    """The note on the choices of settings; none where nothing was tuned, or nothing chosen yet.

    Raises:
        DataError: a file is damaged.
    """
    from clirbench.report.folder import read_object
    from clirbench.report.notes import tuning_note

    if not resolved.get("tune"):
        return None
    trials, topics, measure = 0, set[int](), ""
    for path in sorted((results / "tuning").glob("*/*.json")):
        choice: dict[str, Any] = read_object(path)
        try:
            measure, trials = str(choice["measure"]), len(choice["trials"])
            topics.update(choice["trials"][choice["best"]]["topics"].values())
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            raise DataError(f"{path}: not a choice as `clirbench run` writes it") from error
    return tuning_note(measure, trials, topics) if topics else None
