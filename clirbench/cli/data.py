"""`clirbench data`: what data there is, what is in it, and whether it is right."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.cli.options import cache_folder
from clirbench.data import sources
from clirbench.data.base import BitextSource, CollectionSource, Download, Source
from clirbench.data.lock import Lock
from clirbench.errors import DataError, SuiteError
from clirbench.suite.read import read_suite

if TYPE_CHECKING:
    from rich.console import Console

    from clirbench.data.card import BitextCard, CollectionCard
    from clirbench.data.download import Cache
    from clirbench.suite.model import Suite

__all__ = ["add_arguments", "trusted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """What a command is about: a suite's data, or a source's."""

    lock: Lock
    collection: CollectionSource | None = None
    languages: dict[str, str | None] = field(default_factory=dict)
    """Query language to resource class, where a suite says it."""
    bitexts: dict[str, tuple[BitextSource, ...]] = field(default_factory=dict)
    """Language to sources."""
    weights: dict[str, tuple[float, ...]] = field(default_factory=dict)
    """Language to the sources' weights."""
    limit: int | None = None

    def downloads(self) -> dict[Download, None]:
        """Every file, each once."""
        found: dict[Download, None] = {}
        if self.collection is not None:
            for language in (*self.languages, "en"):
                found |= dict.fromkeys(self.collection.downloads(language))
        for language, own in self.bitexts.items():
            for source in own:
                found |= dict.fromkeys(source.downloads(language))
        return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, what in _ACTIONS.items():
        action = actions.add_parser(name, help=what, description=what)
        if name == "list":
            continue
        action.add_argument(
            "target",
            nargs="*" if name == "verify" else "+",
            metavar="SUITE|SOURCE",
            help="a suite file, a source, or a source and languages such as ntrex:sw,so"
            + (" (default: all that was ever fetched)" if name == "verify" else ""),
        )
        action.add_argument(
            "--mirror",
            type=Path,
            metavar="DIR|ZIP",
            help="take downloads from here, laid out as host/path (CLIRBENCH_MIRROR)",
        )
        action.add_argument(
            "--lock",
            type=Path,
            metavar="FILE",
            help="checksums of files trusted on first use (default: beside the suite; of a source "
            "alone, in the cache)",
        )
        if name == "describe":
            action.add_argument(
                "--markdown", action="store_true", help="plain Markdown, such as for a data card"
            )
            action.add_argument(
                "--counts", action="store_true", help="one table of counts, in Markdown"
            )
    parser.set_defaults(run=_run)


_ACTIONS = {
    "list": "list the sources of collections and bitext",
    "get": "fetch the files of a suite or a source, and lock those that are not pinned",
    "verify": "recompute the checksums of files that were fetched",
    "describe": "print a data card: counts, lengths, licence, samples, what filters leave out",
}


def _run(arguments: argparse.Namespace) -> int:
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    run = {"list": _list, "get": _get, "verify": _verify, "describe": _describe}
    return run[arguments.action](arguments, console)


def trusted(suite: Suite, lock: Lock, mirror: Path | None, console: Console) -> None:
    """Fetch the files of a suite that are neither pinned nor locked yet, and lock them.

    Raises:
        DataError: a file cannot be had.
    """
    target = _suite_target(suite, lock)
    unknown = [d for d in target.downloads() if lock.pin(d).sha256 is None]
    if unknown:
        fetch = _cache(lock, mirror)
        for download in unknown:
            fetch(download)
            known = lock.pin(download)
            console.print(
                f"trusted on first use: {known.url} ({known.bytes:,} bytes), now in {lock.path}",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )


def _cache(lock: Lock, mirror: Path | None) -> Cache:
    from clirbench.data.download import Cache, default_mirror

    return Cache(cache_folder(), mirror or default_mirror(), lock=lock)


def _suite_target(suite: Suite, lock: Lock) -> _Target:
    return _Target(
        lock=lock,
        collection=suite.collection,
        languages={pair.query: pair.resource for pair in suite.pairs},
        bitexts={
            pair.query: tuple(bitext.source for bitext in pair.bitext)
            for pair in suite.pairs
            if pair.bitext
        },
        weights={
            pair.query: tuple(bitext.weight for bitext in pair.bitext) for pair in suite.pairs
        },
        limit=suite.training.pairs,
    )


def _targets(arguments: argparse.Namespace) -> Iterator[_Target]:
    for text in arguments.target:
        if text.endswith(".toml"):
            lock = Lock(arguments.lock) if arguments.lock else Lock.beside(Path(text))
            yield _suite_target(read_suite(Path(text)).suite, lock)
        else:
            yield _source_target(text, Lock(arguments.lock or cache_folder() / "trusted.lock"))


def _source_target(text: str, lock: Lock) -> _Target:
    name, _, given = text.partition(":")
    try:
        source = sources.find(name)()
    except DataError as error:
        raise SuiteError(f"{error}; a suite file ends in .toml") from error
    except (TypeError, ValueError) as error:
        raise SuiteError(
            f'source "{name}" has settings without a default; describe a suite that uses it'
        ) from error
    languages = [each for each in given.split(",") if each] or _pinned(source)
    collection = source if isinstance(source, CollectionSource) else None
    return _Target(
        lock=lock,
        collection=collection,
        languages=dict.fromkeys(languages) if collection else {},
        bitexts=dict.fromkeys(languages, (source,)) if isinstance(source, BitextSource) else {},
    )


def _pinned(source: Source) -> list[str]:
    """The languages of a source of which every file is pinned, with English where it is one of them."""
    offered = sorted(source.languages() or ())
    if isinstance(source, CollectionSource) and source.translated:
        offered.append("en")
    return [each for each in offered if all(d.sha256 for d in source.downloads(each))]


def _list(arguments: argparse.Namespace, console: Console) -> int:
    from rich.table import Table

    del arguments
    table = Table(caption="clirbench data describe SOURCE counts what is in one")
    for column in ("source", "collection", "bitext", "languages", "licence"):
        table.add_column(column, no_wrap=column == "source")
    for name, kind in sources.SOURCES.items():
        offered = kind.languages()
        table.add_row(
            name,
            "yes" if issubclass(kind, CollectionSource) else "",
            "yes" if issubclass(kind, BitextSource) else "",
            "any" if offered is None else _few(sorted(offered)),
            kind.licence,
        )
    console.print(table)
    return 0


def _few(languages: Sequence[str]) -> str:
    most = 20
    shown = " ".join(languages[:most])
    return shown if len(languages) <= most else f"{shown} … ({len(languages)})"


def _get(arguments: argparse.Namespace, console: Console) -> int:
    for target in _targets(arguments):
        fetch = _cache(target.lock, arguments.mirror)
        total = 0
        downloads = target.downloads()
        for download in downloads:
            total += fetch(download).stat().st_size
        console.print(
            f"{len(downloads)} files, {total:,} bytes, in {fetch.folder / 'downloads'}",
            highlight=False,
            soft_wrap=True,
        )
        if target.collection is not None:  # what a source fetches for itself comes when it is read
            for language in target.languages:
                topics = target.collection.topics(fetch, language)
                console.print(f"{target.collection.name}, {language}: {len(topics)} topics")
            next(iter(target.collection.documents(fetch, "en")), None)
    return 0


def _verify(arguments: argparse.Namespace, console: Console) -> int:
    from clirbench.data.download import fetched, verify

    faults: list[str] = []
    count = 0
    if not arguments.target:
        for path in fetched(cache_folder()):
            count += 1
            faults += verify(path)
    for target in _targets(arguments):
        fetch = _cache(target.lock, arguments.mirror)
        for download in target.downloads():
            known = target.lock.pin(download)
            path = fetch.path(download)
            if known.sha256 is None or not path.exists():
                what = "is not locked yet" if known.sha256 is None else "was not fetched yet"
                console.print(f"{download.url}: {what}", highlight=False, soft_wrap=True)
                continue
            count += 1
            faults += verify(path, known)
    for fault in faults:
        console.print(fault, style="red", markup=False, highlight=False, soft_wrap=True)
    console.print(f"{count} files, {len(faults)} damaged", highlight=False)
    if faults:
        raise DataError(
            f"{len(faults)} files are not what they were; `clirbench data get` mends them"
        )
    return 0


def _describe(arguments: argparse.Namespace, console: Console) -> int:
    from clirbench.report.cards import bitext_markdown, collection_markdown, counts_markdown

    collections: list[CollectionCard] = []
    bitexts: list[tuple[BitextCard, ...]] = []
    for target in _targets(arguments):
        made = _cards(target, arguments.mirror)
        collections += made[0]
        bitexts += made[1]
    if arguments.counts:
        text = counts_markdown(collections, [card for cards in bitexts for card in cards])
    else:
        parts = [*map(collection_markdown, collections), *map(bitext_markdown, bitexts)]
        text = "\n".join(parts)
    if arguments.counts or arguments.markdown:
        console.print(text, markup=False, highlight=False, soft_wrap=True, end="")
    else:
        from rich.markdown import Markdown

        console.print(Markdown(text))
    return 0


def _cards(
    target: _Target, mirror: Path | None
) -> tuple[list[CollectionCard], list[tuple[BitextCard, ...]]]:
    from clirbench.data.card import describe_bitext, describe_collection

    fetch = _cache(target.lock, mirror)
    collections = []
    if target.collection is not None:
        resources = {each: resource for each, resource in target.languages.items() if resource}
        collections.append(
            describe_collection(
                target.collection, fetch, list(target.languages), resources=resources
            )
        )
    bitexts = []
    for language, own in target.bitexts.items():
        test = (
            target.collection.test_texts(fetch, language, "en")
            if target.collection is not None
            else ()
        )
        bitexts.append(
            describe_bitext(
                own,
                fetch,
                language,
                test_texts=test,
                limit=target.limit,
                weights=target.weights.get(language),
            )
        )
    return collections, bitexts
