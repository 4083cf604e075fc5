"""The data that a suite needs, or that a source has of some languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clirbench.data import sources
from clirbench.data.base import BitextSource, CollectionSource, Download, Source
from clirbench.data.languages import fault
from clirbench.data.lock import Lock
from clirbench.errors import DataError, SuiteError
from clirbench.spec.model import ENGLISH, Suite

__all__ = ["BitextNeeds", "DataNeeds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BitextNeeds:
    """The bitext of one foreign language of a pair."""

    language: str
    sources: tuple[BitextSource, ...]
    weights: tuple[float, ...] | None = None
    """Weights of the sources in the draw. None: all weigh the same."""
    query: str
    documents: str = ENGLISH
    """With `query`, the languages of the pair. Its test texts are kept out of the training data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataNeeds:
    """The data that a suite or a source needs."""

    lock: Lock
    collection: CollectionSource | None = None
    topics: Mapping[str, Mapping[str, str | None]]
    """Language of documents to the query languages they are searched in. Each has its resource
    class, if the suite gives one."""
    bitexts: tuple[BitextNeeds, ...]
    teacher: tuple[CollectionSource, ...] = ()
    """What a teacher learns from, in English."""
    limit: int | None = None
    suite: Suite | None = None
    """The suite that the data belongs to. None: it belongs to a source."""

    @classmethod
    def of_suite(cls, suite: Suite, lock: Lock) -> DataNeeds:
        """All that the pairs of a suite name."""
        topics: dict[str, dict[str, str | None]] = {}
        taught = suite.teacher.training
        for pair in suite.pairs:
            topics.setdefault(pair.documents, {})[pair.query] = pair.resource
        return cls(
            lock=lock,
            collection=suite.collection,
            topics=topics,
            bitexts=tuple(
                BitextNeeds(
                    language=language,
                    sources=tuple(bitext.source for bitext in pair.bitext),
                    weights=tuple(bitext.weight for bitext in pair.bitext),
                    query=pair.query,
                    documents=pair.documents,
                )
                for pair in suite.pairs
                for language in pair.foreign
                if pair.bitext
            ),
            teacher=taught.sources if taught else (),
            limit=suite.training.pairs,
            suite=suite,
        )

    @classmethod
    def of_source(cls, text: str, lock: Lock) -> DataNeeds:
        """A source by its name, or by its name and languages such as `ntrex:sw,so`.

        Raises:
            SuiteError: there is no such source, or its settings have no defaults.
        """
        name, _, given = text.partition(":")
        try:
            source = sources.find(name)()
        except DataError as error:
            raise SuiteError(f"{error}; a suite file ends in .toml") from error
        except (TypeError, ValueError) as error:
            raise SuiteError(
                f'source "{name}" has settings without a default; name a suite that uses it'
            ) from error
        languages = [each for each in given.split(",") if each] or _pinned(source)
        if wrong := [f"{name}: {why}" for each in languages if (why := fault(each))]:
            raise SuiteError(wrong)
        collection = source if isinstance(source, CollectionSource) else None
        return cls(
            lock=lock,
            collection=collection,
            topics={ENGLISH: dict.fromkeys(languages)} if collection else {},
            bitexts=tuple(
                BitextNeeds(language=language, sources=(source,), query=language)
                for language in dict.fromkeys(languages)
            )
            if isinstance(source, BitextSource)
            else (),
        )

    def glance(self) -> None:
        """Read the heads of the user's own files.

        Raises:
            DataError: with what is wrong in all of them.
        """
        sources: list[tuple[str, Source]] = []
        if self.collection is not None:
            queries = [query for own in self.topics.values() for query in own]
            sources += [(each, self.collection) for each in (*queries, *self.topics)]
        sources += [(own.language, source) for own in self.bitexts for source in own.sources]
        sources += [(ENGLISH, source) for source in self.teacher]
        faults: dict[str, None] = {}
        for language, source in sources:
            try:
                source.glance(language)
            except DataError as error:
                faults |= dict.fromkeys(str(error).split("\n"))
        if faults:
            raise DataError("\n".join(faults))

    def downloads(self) -> dict[Download, None]:
        """Every file, each once."""
        found: dict[Download, None] = {}
        if self.collection is not None:
            queries = [query for own in self.topics.values() for query in own]
            for language in dict.fromkeys((*queries, *self.topics, ENGLISH)):
                found |= dict.fromkeys(self.collection.downloads(language))
        for bitext in self.bitexts:
            for source in bitext.sources:
                found |= dict.fromkeys(source.downloads(bitext.language))
        for taught in self.teacher:
            found |= dict.fromkeys(taught.downloads(ENGLISH))
        return found


def _pinned(source: Source) -> list[str]:
    """The languages of a source of which every file is pinned, with English where it is one of them."""
    offered = sorted(source.languages() or ())
    if isinstance(source, CollectionSource) and source.translated:
        offered.append(ENGLISH)
    return [each for each in offered if all(d.sha256 for d in source.downloads(each))]
