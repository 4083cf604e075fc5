"""The results folder: everything needed to check a table.

suite.toml          the suite file, verbatim
settings.json       its settings as given and as resolved
backbone.json       name and commit of a backbone from a hub
environment.json    versions and hardware of the latest run
cells/CELL/         run.trec.gz, scores.csv, training.jsonl, record.json; error.log if it failed
bitext/PAIR.json    sentence pairs read, left out (and why), and used, source by source
tuning/PAIR/METHOD.json  of a method that is tuned: each trial's settings and score, and which is best
analysis-plan.json  what was to be tested and how, before the first cell was made; its changes
analysis.json       the cells that the comparisons were made of
events.jsonl        what happened, and when
logs/CELL/          events.jsonl with the part of a cell
costs.json          time, memory and energy: shared stages, methods, sums
comparisons.json    means, differences, intervals, p-values
table.md            the table
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from clirbench.data.atomic import write_whole
from clirbench.data.base import JSON
from clirbench.errors import StoreError
from clirbench.running.stage import Stage
from clirbench.running.stages.sentences import COUNTS, SentencesStage
from clirbench.running.stages.teacher import BACKBONE, TeacherStage
from clirbench.running.stages.tuning import CHOICE, ChoiceStage
from clirbench.running.store import Store
from clirbench.suite.identity import canonical
from clirbench.suite.read import SuiteFile

__all__ = ["exclusive", "write_json", "write_origins", "write_suite", "write_text"]

_FORMAT = 1


def write_suite(results: Path, file: SuiteFile) -> None:
    """Write the suite as it is and as it was understood."""
    write_text(results / "suite.toml", file.text)
    settings: dict[str, JSON] = {
        "format": _FORMAT,
        "given": _plain(file.given),
        "overrides": list(file.overrides),
        "resolved": canonical(file.suite),
        "translated": file.suite.collection.translated,
        "caption": file.suite.collection.caption(),
    }
    write_json(results / "settings.json", settings)


def write_origins(store: Store, stages: Iterable[Stage]) -> None:
    """Copy from the stages at hand what they were made from.

    Of each bitext, what was read, left out and used, by its cap on pairs; of a backbone from a hub,
    its commit; of a method that is tuned, the trials and which was chosen.
    """
    counts: defaultdict[str, dict[str, JSON]] = defaultdict(dict)
    for stage in stages:
        if isinstance(stage, SentencesStage) and store.done(stage):
            text = (store.folder(stage) / COUNTS).read_text(encoding="utf-8")
            counts[stage.title.replace(" ", "-")][str(stage.limit)] = json.loads(text)
        elif isinstance(stage, TeacherStage) and (store.folder(stage) / BACKBONE).exists():
            text = (store.folder(stage) / BACKBONE).read_text(encoding="utf-8")
            write_text(store.results / BACKBONE, text)
        elif isinstance(stage, ChoiceStage) and store.done(stage):
            text = (store.folder(stage) / CHOICE).read_text(encoding="utf-8")
            write_text(store.results / "tuning" / f"{stage.title}.json", text + "\n")
    for pair, by_limit in counts.items():
        write_json(store.results / "bitext" / f"{pair}.json", by_limit)


def _plain(value: object) -> JSON:
    """Plain JSON of TOML values; dates as text."""
    parsed: JSON = json.loads(json.dumps(value, default=str))
    return parsed


def write_json(path: Path, value: JSON | Mapping[str, object]) -> None:
    """Write JSON for people and machines, atomically."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file under a temporary name and rename it; nothing is written where nothing changes.

    Raises:
        StoreError: the disk is full or cannot be written to.
    """
    try:
        if path.exists() and path.read_bytes() == text.encode():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error


@contextmanager
def exclusive(results: Path, waits: Callable[[], None]) -> Iterator[None]:
    """Hold a results folder alone; the lock goes with the process, however it ends.

    Args:
        results: the folder.
        waits: called once if another process holds it, before waiting.

    Raises:
        StoreError: the folder cannot be written to.
    """
    from filelock import FileLock, Timeout

    try:
        results.mkdir(parents=True, exist_ok=True)
        lock = FileLock(results / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waits()
            lock.acquire()
    except OSError as error:
        raise StoreError(f"{results}: cannot be written: {error.strerror}") from error
    try:
        yield
    finally:
        lock.release()
