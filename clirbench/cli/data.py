"""`clirbench data`: what data there is, what is in it, and whether it is right."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from clirbench.cli.as_json import add_json, write_json
from clirbench.cli.options import add_offline, cache_folder
from clirbench.data import sources
from clirbench.data.base import BitextSource, CollectionSource
from clirbench.data.lock import Lock
from clirbench.errors import DataError
from clirbench.offline import offline
from clirbench.spec.data_needs import DataNeeds
from clirbench.spec.read import read_suite
from clirbench.wording import counted

if TYPE_CHECKING:
    from clirbench.data.base import Fetch
    from clirbench.data.card import BitextCard, CollectionCard
    from clirbench.data.download import Cache
    from clirbench.models.tokens import Tokens
    from clirbench.screen import Screen
    from clirbench.spec.model import Suite

__all__ = ["add_arguments"]

Read: TypeAlias = "tuple[Tokens, int]"
"""Tokens of a model, and how many of a sentence it reads."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, what in _ACTIONS.items():
        action = actions.add_parser(name, help=what, description=what)
        if name == "list":
            add_json(action)
            continue
        action.add_argument(
            "target",
            nargs="*" if name == "verify" else "+",
            metavar="SUITE|SOURCE",
            help="a suite file, a source, or a source and languages such as ntrex:sw,so"
            + (" (default: everything that was ever fetched)" if name == "verify" else ""),
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
            help="checksums of files trusted on first use (default: beside the suite; for a "
            "source alone, in the cache)",
        )
        if name in {"get", "describe"}:
            add_offline(action)
        if name == "get":
            action.add_argument(
                "--to",
                type=Path,
                metavar="FOLDER",
                help="write everything to one folder, to carry to a machine without a network",
            )
        if name == "describe":
            action.add_argument(
                "--markdown",
                action="store_true",
                help="plain Markdown, for example for a data card",
            )
            action.add_argument(
                "--counts", action="store_true", help="one table of counts, in Markdown"
            )
    parser.set_defaults(run=_run)


_ACTIONS = {
    "list": "list the sources of collections and bitext",
    "get": "fetch the files and models of a suite, or the files of a source, and lock what is not pinned",
    "verify": "check the checksums of fetched files",
    "describe": "print a data card: counts, lengths, licence, samples, what filters leave out",
}


def _run(arguments: argparse.Namespace) -> int:
    from clirbench.screen import Screen

    console = Screen()
    if not console.is_terminal:
        console = Screen(width=160)
    run = {"list": _list, "get": _get, "verify": _verify, "describe": _describe}
    with offline(getattr(arguments, "offline", False)):
        return run[arguments.action](arguments, console)


def _cache(lock: Lock, mirror: Path | None) -> Cache:
    from clirbench.data.download import Cache, default_mirror

    return Cache(cache_folder(), mirror or default_mirror(), lock=lock)


def _targets(arguments: argparse.Namespace) -> Iterator[DataNeeds]:
    for text in arguments.target:
        if text.endswith(".toml"):
            lock = Lock(arguments.lock) if arguments.lock else Lock.beside(Path(text))
            yield DataNeeds.of_suite(read_suite(Path(text)).suite, lock)
        else:
            yield DataNeeds.of_source(text, Lock(arguments.lock or cache_folder() / "trusted.lock"))


def _list(arguments: argparse.Namespace, console: Screen) -> int:
    from rich.table import Table

    if arguments.json:
        listed = [
            {
                "name": name,
                "collection": issubclass(kind, CollectionSource),
                "bitext": issubclass(kind, BitextSource),
                "languages": None if (own := kind.languages()) is None else sorted(own),
                "licence": kind.licence,
            }
            for name, kind in sources.SOURCES.items()
        ]
        write_json("data list", {"sources": listed})
        return 0
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


def _get(arguments: argparse.Namespace, console: Screen) -> int:
    from clirbench.running.carrying import carry, fetch_models

    def says(text: str) -> None:
        console.print(text, highlight=False, soft_wrap=True)

    for target in _targets(arguments):
        fetch = _cache(target.lock, arguments.mirror)
        total = 0
        downloads = target.downloads()
        for download in downloads:
            total += fetch(download).stat().st_size
        console.print(
            f"{counted(len(downloads), 'file')}, {total:,} bytes, in {fetch.folder / 'downloads'}",
            highlight=False,
            soft_wrap=True,
        )
        if (source := target.collection) is not None:
            # What a source fetches for itself comes when it is read.
            for language in dict.fromkeys(each for own in target.topics.values() for each in own):
                topics = source.topics(fetch, language)
                console.print(f"{source.name}, {language}: {len(topics)} topics")
            for documents in target.topics:
                next(iter(source.documents(fetch, documents)), None)
        models = fetch_models(target, says)
        if arguments.to is not None:
            carry(target, arguments.to, fetch, models, says)
    return 0


def _verify(arguments: argparse.Namespace, console: Screen) -> int:
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
        console.print(fault, style="red", soft_wrap=True)
    console.print(f"{counted(count, 'file')}, {len(faults)} damaged", highlight=False)
    if faults:
        them = "it" if len(faults) == 1 else "them"
        raise DataError(
            f"{counted(len(faults), 'file')} failed the checksum; `clirbench data get` fetches "
            f"{them} again"
        )
    return 0


def _describe(arguments: argparse.Namespace, console: Screen) -> int:
    from clirbench.report.cards import bitext_markdown, collection_markdown, counts_markdown
    from clirbench.report.sweep_card import sweep_markdown

    collections: list[CollectionCard] = []
    bitexts: list[tuple[BitextCard, ...]] = []
    read: list[str] = []
    for target in _targets(arguments):
        fetch = _cache(target.lock, arguments.mirror)
        reads = _reads(target, fetch)
        made = _cards(target, fetch, reads)
        collections += made[0]
        bitexts += made[1]
        if target.suite is not None:
            read.append(_read_markdown(target.suite, fetch, reads))
            read += _perturbed_markdown(target.suite, fetch)
            read += sweep_markdown(target, fetch, _cutting(target.suite, reads), made[1])
    if arguments.counts:
        text = counts_markdown(collections, [card for cards in bitexts for card in cards])
    else:
        parts = [*map(collection_markdown, collections), *map(bitext_markdown, bitexts), *read]
        text = "\n".join(parts)
    if arguments.counts or arguments.markdown:
        console.print(text, soft_wrap=True, end="")
    else:
        from rich.markdown import Markdown

        console.print(Markdown(text))
    return 0


def _reads(target: DataNeeds, fetch: Fetch) -> tuple[Read, Read] | None:
    """What reads the foreign side and the English one in a suite, if it can be known yet."""
    from clirbench.running.stages.encoder import locked
    from clirbench.running.stages.tokens import open_tokens_of

    if target.suite is None or not target.bitexts:
        return None
    try:
        english = open_tokens_of(locked(target.suite.teacher, target.lock), target.suite, fetch)
        if english is None or target.suite.student is None:
            return english and (english, english)
        foreign = open_tokens_of(locked(target.suite.start, target.lock), target.suite, fetch)
    except DataError:  # of the model, which is not needed to describe the rest
        return None
    return foreign and (foreign, english)


def _read_markdown(suite: Suite, fetch: Fetch, reads: tuple[Read, Read] | None) -> str:
    """How many tokens are read of topics and training sentences, and how many topics are cut."""
    from clirbench.models.lengths import count_cut
    from clirbench.report.cards import read_markdown

    if reads is None:
        return read_markdown(suite.name, None, {})
    (tokens, length), (_, english) = reads
    topics = {
        language: count_cut(tokens, list(suite.collection.topics(fetch, language).values()), length)
        for language in dict.fromkeys(pair.query for pair in suite.pairs)
    }
    return read_markdown(suite.name, (length, english), topics)


def _perturbed_markdown(suite: Suite, fetch: Fetch) -> Iterator[str]:
    """What each perturbation makes of the topics that are tested; nothing where none is asked for."""
    from clirbench.data.perturbed_card import describe_perturbed
    from clirbench.report.cards import perturbed_markdown

    asked = {(p.perturbation, p.query): None for p in suite.perturbed if p.perturbation}
    topics = {language: suite.tested.topics(fetch, language) for _, language in asked}
    cards = [describe_perturbed(how, language, topics[language]) for how, language in asked]
    if cards:
        order = sorted(cards, key=lambda card: (card.name, card.language, card.severity))
        yield perturbed_markdown(suite.name, order)


def _cutting(suite: Suite, reads: tuple[Read, Read] | None) -> dict[str, Any]:
    """What `describe_bitext` is told of how much of each side is read; nothing while that is not known."""
    from clirbench.models.lengths import cutter

    if reads is None:
        return {}
    lengths = reads[0][1], reads[1][1]
    return {"cut": cutter(*reads), "lengths": lengths, "drop": suite.training.cut == "drop"}


def _cards(
    target: DataNeeds, fetch: Fetch, reads: tuple[Read, Read] | None
) -> tuple[list[CollectionCard], list[tuple[BitextCard, ...]]]:
    from clirbench.data.card import describe_bitext, describe_collection

    how: dict[str, Any] = {}
    if target.suite is not None:
        mispaired = target.suite.training.mispaired
        how = {**_cutting(target.suite, reads), "mispaired": mispaired}
    source = target.collection
    collections = [
        describe_collection(
            source,
            fetch,
            list(queries),
            documents=documents,
            resources={each: resource for each, resource in queries.items() if resource},
        )
        for documents, queries in target.topics.items()
        if source is not None
    ]
    bitexts = [
        describe_bitext(
            own.sources,
            fetch,
            own.language,
            test_texts=() if source is None else source.test_texts(fetch, own.query, own.documents),
            limit=target.limit,
            weights=own.weights,
            **how,
        )
        for own in target.bitexts
    ]
    return collections, bitexts
