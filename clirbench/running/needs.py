"""What stages need that is not made here: files, models of a hub, data that other packages keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from clirbench.data.base import CollectionSource, Download, Fetch, Source
from clirbench.data.lock import Lock
from clirbench.errors import DataError
from clirbench.models.hub import Model
from clirbench.running.executor import pending
from clirbench.running.stage import Stage
from clirbench.running.store import Store
from clirbench.spec.data_needs import DataNeeds
from clirbench.spec.model import Suite
from clirbench.wording import counted

if TYPE_CHECKING:
    from clirbench.data.download import Cache

__all__ = ["Needs", "check_at_hand", "lacking", "needs_of", "trust"]


class Needs(NamedTuple):
    """What some stages need."""

    downloads: Mapping[Download, None]
    models: Mapping[Model, None]
    elsewhere: Mapping[tuple[str, str], Source]
    """Sources whose data another package fetches and keeps, by what that is and the language."""


def needs_of(stages: Iterable[Stage]) -> Needs:
    """All that stages need, each once."""
    downloads: dict[Download, None] = {}
    models: dict[Model, None] = {}
    elsewhere: dict[tuple[str, str], Source] = {}
    for stage in (inner for outer in stages for inner in outer.inside):
        models |= dict.fromkeys(stage.models)
        for (_, language), source in stage.reads.items():
            downloads |= dict.fromkeys(source.downloads(language))
            if (keeper := source.kept_by()) is not None:
                elsewhere[keeper, language] = source
    return Needs(downloads, models, elsewhere)


def trust(suite: Suite, lock: Lock, fetch: Fetch, says: Callable[[str], None]) -> None:
    """Fetch the files of a suite that are neither pinned nor locked yet, and lock them."""
    downloads = DataNeeds.of_suite(suite, lock).downloads()
    for download in [each for each in downloads if lock.pin(each).sha256 is None]:
        fetch(download)
        known = lock.pin(download)
        says(f"trusted on first use: {known.url} ({known.bytes:,} bytes), now in {lock.path}")


def lacking(needs: Needs, cache: Cache) -> list[str]:
    """What of it is not on this machine, a line each; models of the mirror are taken over.

    The network is not asked; where that has to be made sure of, it has been refused before.
    """
    found = [f"file {download.url}" for download in needs.downloads if not cache.has(download)]
    found += [fault for model in needs.models if (fault := _absent(model, cache.mirror))]
    for (keeper, language), source in needs.elsewhere.items():
        found += [f"{fault} ({keeper})" for fault in _unread(source, language, cache)]
    return list(dict.fromkeys(found))


def check_at_hand(
    goals: Iterable[Stage], suite: Suite, lock: Lock, store: Store, cache: Cache
) -> None:
    """Make sure that all is on this machine that the goals need and that is not made yet.

    Args:
        goals: what is to be there in the end.
        suite: the suite that they are of.
        lock: its lock file.
        store: where artifacts lie.
        cache: of downloads.

    Raises:
        DataError: with all that is missing, and what to do.
    """
    needs = needs_of(pending(goals, store))
    source, known = suite.collection, DataNeeds.of_suite(suite, lock).downloads()
    also = [download for download in known if lock.pin(download).sha256 is None]
    if source.cluster != "topic":  # its file is read when the cells are compared
        also += [download for pair in suite.pairs for download in source.downloads(pair.query)]
    downloads = dict.fromkeys((*needs.downloads, *also))
    if missing := lacking(needs._replace(downloads=downloads), cache):
        things = counted(len(missing), "thing")
        raise DataError(
            "\n  ".join([f"--offline: {things} that this needs are missing here:", *missing])
            + "\nWhere there is a network, run `clirbench data get SUITE --to FOLDER`. Copy "
            "FOLDER here, and give --mirror FOLDER."
        )


def _absent(model: Model, mirror: Path | None) -> str | None:
    """Say that a model is not at hand; None: it is, or has just been taken from the mirror."""
    from clirbench.models.carried import take
    from clirbench.models.hub import cached

    try:
        cached(model)
    except DataError as error:
        why = str(error)
    else:
        return None
    try:
        if mirror is not None and mirror.is_dir() and take(mirror, model):
            cached(model)
            return None
    except DataError as error:
        why = str(error)
    if mirror is not None:
        why += f", nor complete in {mirror}"
    return f"model {model}: {why}"


def _unread(source: Source, language: str, cache: Cache) -> Iterator[str]:
    """Say what of a source cannot be read; the first of its documents stands for all."""
    if not isinstance(source, CollectionSource):
        return
    try:
        if not source.lacks("documents", language):
            next(iter(source.documents(cache, language)), None)
        if source.lacks("translations", language) is None or source.lacks("documents", language):
            source.topics(cache, language)
    except DataError as error:
        yield str(error)
