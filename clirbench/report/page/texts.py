"""The texts of topics and documents, from the collection, if its data are at hand."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.data.base import Download, Fetch, Judgments
from clirbench.data.lock import Lock
from clirbench.errors import ClirbenchError, DataError
from clirbench.report.collection import suite_of
from clirbench.results.folder import Folder

if TYPE_CHECKING:
    from clirbench.spec.model import LanguagePair, Suite

__all__ = ["PairTexts", "Texts", "at_hand", "read_texts"]

_PRIVATE = re.compile(r"q[a-t][a-z]")
"""Codes for private use, which no screen reader knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTexts:
    """The texts of a language pair."""

    language: str
    """Of the topics, as a `lang` attribute has it."""
    topics: Mapping[str, str]
    translations: Mapping[str, str]
    """The topics in the documents' language, where the collection has them."""
    judgments: Judgments


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The texts of a collection."""

    pairs: Mapping[str, PairTexts] = field(default_factory=dict)
    documents: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Pair and document id → text, of the documents that were asked for."""
    why: str = ""
    """Why there are none."""


def at_hand(folder: Path, mirror: Path | None, lock: Lock) -> Fetch:
    """Give downloads from the cache or the mirror alone: a report fetches nothing.

    Args:
        folder: the cache.
        mirror: as for `Cache`.
        lock: knows the files that are not pinned.
    """
    from clirbench.data.download import Cache

    cache = Cache(folder, mirror)

    def fetch(download: Download) -> Path:
        download = lock.pin(download)
        path = cache.path(download)
        if mirror is None and not (path.exists() and path.stat().st_size == download.bytes):
            raise DataError(f"{download.url} is not in the cache {folder}")
        return cache(download)

    return fetch


def read_texts(
    results: Folder,
    wanted: Mapping[str, Collection[str]],
    fetch: Fetch,
    suite: Path | None = None,
) -> Texts:
    """Read the texts of the pairs of a results folder.

    A collection that is not there, or is not the one that the results were made of, gives none, and
    says why.

    Args:
        results: the folder.
        wanted: for each pair the ids of the documents whose texts are wanted.
        fetch: gives downloads.
        suite: the suite file, from whose folder relative paths start; None: the results' copy.
    """
    try:
        read, pairs = suite_of(results, suite)
        found = {name: _pair(read, pair, fetch) for name, pair in pairs.items()}
        documents = _documents(read, pairs, wanted, fetch)
    except (ClirbenchError, OSError) as error:
        return Texts(why=str(error).splitlines()[0])
    return Texts(pairs=found, documents=documents)


def _pair(suite: Suite, pair: LanguagePair, fetch: Fetch) -> PairTexts:
    source = suite.collection
    try:
        translations = source.topics(fetch, pair.documents)
    except DataError:  # not every collection has them
        translations = {}
    return PairTexts(
        language="und" if _PRIVATE.fullmatch(pair.query) else pair.query,
        topics=source.topics(fetch, pair.query),
        translations=translations,
        judgments=source.judgments(fetch, pair.query),
    )


def _documents(
    suite: Suite,
    pairs: Mapping[str, LanguagePair],
    wanted: Mapping[str, Collection[str]],
    fetch: Fetch,
) -> dict[tuple[str, str], str]:
    """Go through the documents of each language once, and keep those wanted."""
    found = {}
    for language in {pair.documents for pair in pairs.values()}:
        own = {
            name: set(wanted.get(name, ()))
            for name, pair in pairs.items()
            if pair.documents == language
        }
        if any(own.values()):
            for document in suite.collection.documents(fetch, language):
                for name, ids in own.items():
                    if document.id in ids:
                        found[name, document.id] = document.text
    return found
