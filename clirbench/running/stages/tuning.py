"""Trainings whose settings are picked by trials on development topics."""

from __future__ import annotations

import json
import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar, cast

from clirbench.artifacts.artifact import remove
from clirbench.data.base import JSON
from clirbench.errors import CellError, DivergenceError
from clirbench.methods.base import Method
from clirbench.running.stage import Context, Data, Stage, walk
from clirbench.running.stages.judging import judge
from clirbench.spec.identity import canonical
from clirbench.spec.model import Training

__all__ = ["CHOICE", "ChoiceStage", "TrainedStage", "TrialStage"]

CHOICE = "choice.json"
"""Of a choice: settings, score and topics of each trial, and the number of the best."""
_SCORE = "score.json"


@dataclass(frozen=True, kw_only=True)
class TrainedStage(Stage):
    """Trains what a cell needs, from its seed; a choice, where there is one, settles how."""

    transient: ClassVar[bool] = True
    neutral: ClassVar[Mapping[str, object]] = {"choice": None}

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
            stage = replace(best, title=self.title, seed=self.seed)
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
class ChoiceStage(Stage):
    """Picks the best of some trials; of equal ones, the first."""

    kind: ClassVar[str] = "choice"
    on_device: ClassVar[bool] = False

    trials: tuple[TrialStage, ...]

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the choice.

        Raises:
            CellError: every trial's training diverged.
        """
        del context
        found = [
            json.loads((inputs[f"trials.{number}"] / _SCORE).read_text(encoding="utf-8"))
            for number in range(len(self.trials))
        ]
        if all(each["score"] is None for each in found):
            raise CellError(f"{self.title}: all {len(found)} trials diverged; {found[0]['why']}")
        order = sorted(
            range(len(found)),
            key=lambda i: -math.inf if found[i]["score"] is None else found[i]["score"],
            reverse=True,
        )
        choice = {
            "measure": self.trials[0].measure,
            "best": order[0],
            "trials": [
                {"settings": own, **each} for own, each in zip(self._settings(), found, strict=True)
            ],
        }
        text = json.dumps(choice, indent=1, ensure_ascii=False)
        (folder / CHOICE).write_text(text, encoding="utf-8")

    def best(self, folder: Path) -> TrialStage:
        """The trial that was chosen.

        Args:
            folder: of this stage's artifact.
        """
        choice = json.loads((folder / CHOICE).read_text(encoding="utf-8"))
        return self.trials[int(choice["best"])]

    def _settings(self) -> list[dict[str, JSON]]:
        """What the trials differ in, and the learning rate."""
        methods = [cast("dict[str, JSON]", canonical(trial.method)) for trial in self.trials]
        keys = dict.fromkeys(key for method in methods for key in method)
        differ = [
            key for key in keys if any(m.get(key) != methods[0].get(key) for m in methods[1:])
        ]
        return [
            {
                "learning_rate": trial.training.learning_rate,
                **{key: method.get(key) for key in differ},
            }
            for trial, method in zip(self.trials, methods, strict=True)
        ]
