"""Trainings whose settings are picked by trials on development topics."""

from __future__ import annotations

import json
import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, cast

from clirbench.artifacts.artifact import remove
from clirbench.data.base import JSON
from clirbench.errors import CellError, DivergenceError
from clirbench.methods.base import Method
from clirbench.running.stage import Context, Data, Stage, walk
from clirbench.running.stages.judging import judge
from clirbench.spec.identity import canonical
from clirbench.spec.model import Training

__all__ = ["CHOICE", "BeyondStage", "ChoiceStage", "TrainedStage", "TrialStage"]

CHOICE = "choice.json"
"""Of a choice: settings, score and topics of each trial, and the number of the best."""
_SCORE = "score.json"


@dataclass(frozen=True, kw_only=True)
class TrainedStage(Stage):
    """Trains what a cell needs, from its seed; a choice, where there is one, settles how."""

    transient: ClassVar[bool] = True
    neutral: ClassVar[Mapping[str, object]] = {"choice": None}
    tried: ClassVar[tuple[str, ...]] = ("method", "training")
    """Fields that a choice settles."""

    training: Training
    pair: str
    seed: int
    choice: ChoiceStage | None = None
    """What settles the settings in place of these; none: these are the settings."""

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Train in the settings that are chosen."""
        stage: TrainedStage = self
        if self.choice is not None:
            best = self.choice.best(inputs["choice"]).trained
            stage = replace(self, choice=None, **{key: getattr(best, key) for key in self.tried})
        stage.train(folder, inputs, context)

    @abstractmethod
    def train(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the model and the log of its training; arguments as of `make`."""


@dataclass(frozen=True, kw_only=True)
class TrialStage(Stage):
    """Trains in one of the settings that are tried, and scores what comes of it.

    The model and its runs are made inside, and gone when the score is there.
    """

    kind: ClassVar[str] = "trial"

    runs: tuple[Stage, ...]
    """Of the development topics, one for each pair that the model serves."""
    collections: tuple[Data, ...]
    """With the judgments of the development topics, for each run."""
    languages: tuple[str, ...]
    """Query language of each run."""
    pairs: tuple[str, ...]
    measure: str
    method: Method
    training: Training

    @cached_property
    def own(self) -> tuple[Stage, ...]:
        """What rests on the training, in order: made here."""
        found: dict[str, Stage] = {}
        for stage in walk(self.runs):
            needed = (each.identity() for each in stage.inputs.values())
            if isinstance(stage, TrainedStage) or any(each in found for each in needed):
                found[stage.identity()] = stage
        return tuple(found.values())

    @cached_property
    def inputs(self) -> Mapping[str, Stage]:
        """What other stages share with it, such as the index, by identity."""
        own = {stage.identity() for stage in self.own}
        needed = {each.identity(): each for stage in self.own for each in stage.inputs.values()}
        return {key: stage for key, stage in needed.items() if key not in own}

    @property
    def rate(self) -> float:
        """Its peak learning rate."""
        return self.training.learning_rate

    def like(self, other: TrialStage) -> bool:
        """Whether the other differs in nothing but the learning rate."""
        training = replace(self.training, learning_rate=other.rate)
        return (self.method, training) == (other.method, other.training)

    @property
    def inside(self) -> tuple[Stage, ...]:
        """Itself, and what is made here."""
        return (self, *self.own)

    @property
    def trained(self) -> TrainedStage:
        """The training."""
        return next(stage for stage in self.own if isinstance(stage, TrainedStage))

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the mean over pairs of the mean score over topics; none if training diverged."""
        work = folder / "work"
        folders = dict(inputs)
        found: dict[str, JSON] = {"score": None}
        try:
            for stage in self.own:
                key = stage.identity()
                folders[key] = work / key
                folders[key].mkdir(parents=True)
                needed = {name: folders[each.identity()] for name, each in stage.inputs.items()}
                stage.make(folders[key], needed, context)
            means, topics = [], {}
            for pair, run, collection, language in zip(
                self.pairs, self.runs, self.collections, self.languages, strict=True
            ):
                scores = judge(
                    folders[run.identity()], collection, language, (self.measure,), context
                )
                topics[pair] = len(scores)
                values = (own[self.measure] for own in scores.values())
                means.append(math.fsum(values) / len(scores))
            found = {"score": math.fsum(means) / len(means), "topics": cast("JSON", topics)}
        except DivergenceError as error:
            found["why"] = str(error)
        remove(work)
        (folder / _SCORE).write_text(json.dumps(found), encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class BeyondStage(Stage):
    """Makes one more trial where the best has the lowest or the highest learning rate of its like.

    Which one that is, is known when the others are scored: so all that it may be are planned, and one
    of them, or none, is made inside.
    """

    kind: ClassVar[str] = "trial"

    trials: tuple[TrialStage, ...]
    """Those of the grid."""
    candidates: tuple[TrialStage, ...]
    """A step beyond the edges of the rates, in each of the other settings."""

    @cached_property
    def inputs(self) -> Mapping[str, Stage]:
        """The trials, and what other stages share with the candidates."""
        trials = {f"trials.{number}": trial for number, trial in enumerate(self.trials)}
        shared = {key: stage for each in self.candidates for key, stage in each.inputs.items()}
        return {**trials, **shared}

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the trial's score and its number among the candidates; null if there was no need."""
        best = _best(_scores(inputs, len(self.trials)))
        number = None if best is None else self._beyond(self.trials[best])
        if number is not None:
            self.candidates[number].make(folder, inputs, context)
        found = json.loads((folder / _SCORE).read_text("utf-8")) if number is not None else {}
        (folder / _SCORE).write_text(json.dumps({"candidate": number, **found}), encoding="utf-8")

    def _beyond(self, best: TrialStage) -> int | None:
        """Which candidate lies a step beyond the best trial; none if that has rates on both sides."""
        rates = [each.rate for each in self.trials if each.like(best)]
        for number, each in enumerate(self.candidates):
            outside = each.rate < min(rates) == best.rate or each.rate > max(rates) == best.rate
            if each.like(best) and outside:
                return number
        return None


@dataclass(frozen=True, kw_only=True)
class ChoiceStage(Stage):
    """Picks the best of some trials; of equal ones, the first."""

    kind: ClassVar[str] = "choice"
    on_device: ClassVar[bool] = False
    neutral: ClassVar[Mapping[str, object]] = {"beyond": None}

    trials: tuple[TrialStage, ...]
    beyond: BeyondStage | None = None
    """One more trial, where it was needed; none: the rates have no edge to go beyond."""

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the choice.

        Raises:
            CellError: every trial's training diverged.
        """
        found, made = _scores(inputs, len(self.trials)), self.trials
        extra = None
        if self.beyond is not None:
            more = json.loads((inputs["beyond"] / _SCORE).read_text(encoding="utf-8"))
            if (extra := more.pop("candidate")) is not None:
                found, made = [*found, more], (*made, self.beyond.candidates[extra])
        best = _best(found)
        if best is None:
            raise CellError(f"{self.title}: all {len(found)} trials diverged; {found[0]['why']}")
        edge = _edge(made, best)
        choice = {
            "measure": self.trials[0].measure,
            "best": best,
            "beyond": extra,
            "edge": edge,
            "trials": [
                {"settings": own, **each} for own, each in zip(_settings(made), found, strict=True)
            ],
        }
        text = json.dumps(choice, indent=1, ensure_ascii=False)
        (folder / CHOICE).write_text(text, encoding="utf-8")
        if edge:
            context.says(
                f"{self.title}: the best trial has the {edge} learning rate that was tried, "
                f"{made[best].rate:g}; one further out may be better"
            )

    def best(self, folder: Path) -> TrialStage:
        """The trial that was chosen.

        Args:
            folder: of this stage's artifact.
        """
        choice = json.loads((folder / CHOICE).read_text(encoding="utf-8"))
        number = int(choice["best"])
        if number == len(self.trials) and self.beyond is not None:
            return self.beyond.candidates[int(choice["beyond"])]
        return self.trials[number]


def _scores(inputs: Mapping[str, Path], count: int) -> list[dict[str, Any]]:
    """What the trials of the grid wrote."""
    return [
        json.loads((inputs[f"trials.{number}"] / _SCORE).read_text(encoding="utf-8"))
        for number in range(count)
    ]


def _best(found: Sequence[Mapping[str, Any]]) -> int | None:
    """The trial of the highest score, of equal ones the first; none if all diverged."""
    order = [i for i in range(len(found)) if found[i]["score"] is not None]
    return max(order, key=lambda i: found[i]["score"]) if order else None


def _edge(made: Sequence[TrialStage], best: int) -> str | None:
    """Whether the best trial has the lowest or highest of the rates tried with its other settings."""
    rates = [each.rate for each in made if each.like(made[best])]
    if len(rates) > 1:
        for name, edge in (("lowest", min(rates)), ("highest", max(rates))):
            if made[best].rate == edge:
                return name
    return None


def _settings(made: Sequence[TrialStage]) -> list[dict[str, JSON]]:
    """What the trials differ in, and the learning rate."""
    found = [
        cast("dict[str, JSON]", {**_object(trial.training), **_object(trial.method)})
        for trial in made
    ]
    keys = dict.fromkeys(key for each in found for key in each)
    differ = [key for key in keys if any(each.get(key) != found[0].get(key) for each in found[1:])]
    shown = dict.fromkeys(("learning_rate", *differ))
    return [
        {key: getattr(trial.training, key, each.get(key)) for key in shown}
        for trial, each in zip(made, found, strict=True)
    ]


def _object(settings: Method | Training) -> dict[str, JSON]:
    return cast("dict[str, JSON]", canonical(settings))
