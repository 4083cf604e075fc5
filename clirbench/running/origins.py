"""What the results were made from, copied from the store into the results folder."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress

from clirbench.data.base import JSON
from clirbench.errors import ClirbenchError
from clirbench.files import write_json, write_text
from clirbench.results.names import BACKBONE, BITEXT, ENCODERS, TEACHER_TRAINING, TUNING
from clirbench.results.reading import read_object
from clirbench.results.writing import write_checked
from clirbench.running.stage import Stage
from clirbench.running.stages.encoder import EncoderStage
from clirbench.running.stages.sentences import COUNTS, PairsStage
from clirbench.running.stages.teacher import TeacherStage
from clirbench.running.stages.tuning import CHOICE, ChoiceStage
from clirbench.running.store import Store

__all__ = ["write_origins"]


def write_origins(store: Store, stages: Iterable[Stage]) -> None:
    """Copy from the stages at hand what they were made from.

    Of each bitext, what was read, left out and used, by its cap on pairs, and the same of what a
    teacher was trained on; of a backbone from a hub, its commit; of a method that is tuned, the trials
    and which was chosen.
    """
    counts: defaultdict[str, dict[str, JSON]] = defaultdict(dict)
    encoders: list[JSON] = []
    for stage in stages:
        if isinstance(stage, PairsStage) and store.done(stage):
            text = (store.folder(stage) / COUNTS).read_text(encoding="utf-8")
            counts[stage.title.replace(" ", "-")][str(stage.limit)] = json.loads(text)
        elif isinstance(stage, TeacherStage):
            for name in (BACKBONE, TEACHER_TRAINING):
                if (found := store.folder(stage) / name).exists():
                    write_text(store.results / name, found.read_text(encoding="utf-8"))
        elif isinstance(stage, EncoderStage) and (store.folder(stage) / BACKBONE).exists():
            text = (store.folder(stage) / BACKBONE).read_text(encoding="utf-8")
            encoders.append(json.loads(text))
        elif isinstance(stage, ChoiceStage) and store.done(stage):
            text = (store.folder(stage) / CHOICE).read_text(encoding="utf-8")
            write_checked(store.results / TUNING / f"{stage.title}.json", json.loads(text))
    if encoders:
        write_json(store.results / ENCODERS, encoders)
    for pair, by_limit in counts.items():
        path, known = store.results / BITEXT / f"{pair}.json", {}
        with suppress(ClirbenchError):  # not there, or damaged
            known = read_object(path)  # of other sizes, which this run did not need
        write_checked(path, {**known, **by_limit})
