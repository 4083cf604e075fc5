"""Data cards: what a collection or a bitext holds, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from clirbench.data.base import (
    BitextSource,
    CollectionSource,
    Fetch,
    SentencePair,
    without_relevant,
)
from clirbench.data.bitext import Cutter, SourceCounts, assemble

if TYPE_CHECKING:
    from clirbench.data.base import Judgments, Topics

__all__ = [
    "BitextCard",
    "CollectionCard",
    "Lengths",
    "Sample",
    "TopicsCard",
    "describe_bitext",
    "describe_collection",
    "spread",
]

SAMPLES = 5
_T = TypeVar("_T")


class Sample(NamedTuple):
    """Two texts that belong together: a topic and a relevant document, or a sentence pair."""

    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long texts are."""

    count: int
    characters: float
    """Mean number of characters."""
    words: float
    """Mean number of words, separated by white space."""

    @classmethod
    def of(cls, texts: Iterable[str]) -> Lengths:
        """Measure texts, one after another."""
        count = characters = words = 0
        for text in texts:
            count += 1
            characters += len(text)
            words += len(text.split())
        return cls(count, characters / max(count, 1), words / max(count, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicsCard:
    """The topics of one language."""

    language: str
    resource: str | None
    """Resource class, if the suite gives one."""
    topics: Lengths
    same_text: int
    """Topics that share their text with another topic."""
    cluster: str
    """What groups topics, such as "story". "topic": every topic is independent."""
    clusters: Mapping[int, int]
    """Number of topics in a cluster, to the number of clusters of that size."""
    judgments: int
    relevant: int
    """Judgments with a grade above 0."""
    unknown: int
    """Judgments of documents that are not in the collection."""
    without_relevant: tuple[str, ...] = ()
    """Topics without a relevant document."""
    left_out: Mapping[str, Sequence[str]]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionCard:
    """A collection."""

    name: str
    licence: str
    citation: str
    language: str
    """Language of the documents."""
    documents: Lengths
    topics: tuple[TopicsCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BitextCard:
    """A bitext of one language, before and after the filters."""

    name: str
    licence: str
    citation: str
    language: str
    counts: SourceCounts
    foreign: Lengths
    english: Lengths
    lengths: tuple[int, int] | None = None
    """Tokens that a suite reads of the foreign and of the English side. None: not known."""
    notes: tuple[str, ...] = ()
    """Possible problems of the pairs."""
    samples: tuple[Sample, ...]


def describe_collection(
    source: CollectionSource,
    fetch: Fetch,
    languages: Sequence[str],
    *,
    documents: str = "en",
    resources: Mapping[str, str] | None = None,
) -> CollectionCard:
    """Count a collection; its documents are read once, one after another.

    Args:
        source: the collection.
        fetch: gets its files.
        languages: of topics.
        documents: language of the documents.
        resources: language to resource class.

    Raises:
        DataError: a file cannot be had, or is malformed.
    """
    read: list[tuple[str, Topics, Judgments, dict[str, str]]] = []
    for language in languages:
        topics = source.topics(fetch, language)
        judgments = source.judgments(fetch, language)
        wanted: dict[str, str] = {}
        for topic in spread(
            [t for t in topics if max(judgments.get(t, {}).values(), default=0) > 0]
        ):
            grades = judgments[topic]
            wanted[topic] = max(grades, key=grades.__getitem__)
        read.append((language, topics, judgments, wanted))
    judged = Counter(d for _, _, judgments, _ in read for g in judgments.values() for d in g)
    needed = {document for *_, wanted in read for document in wanted.values()}
    texts: dict[str, str] = {}
    known: set[str] = set()

    def pass_through() -> Iterable[str]:
        for document in source.documents(fetch, documents):
            if document.id in judged:
                known.add(document.id)
            if document.id in needed:
                texts[document.id] = document.text
            yield document.text

    lengths = Lengths.of(pass_through())
    return CollectionCard(
        name=source.name,
        licence=source.licence,
        citation=source.citation,
        language=documents,
        documents=lengths,
        topics=tuple(
            TopicsCard(
                language=language,
                resource=(resources or {}).get(language),
                topics=Lengths.of(topics.values()),
                cluster=source.cluster,
                clusters=_sizes(source.clusters(fetch, language)),
                same_text=sum(n for n in Counter(topics.values()).values() if n > 1),
                judgments=sum(map(len, judgments.values())),
                relevant=sum(g > 0 for grades in judgments.values() for g in grades.values()),
                unknown=sum(d not in known for grades in judgments.values() for d in grades),
                without_relevant=without_relevant(judgments),
                left_out=source.left_out(fetch, language),
                samples=tuple(Sample(topics[t], texts.get(d, "")) for t, d in wanted.items()),
            )
            for language, topics, judgments, wanted in read
        ),
    )


def _sizes(clusters: Mapping[str, str]) -> dict[int, int]:
    return dict(sorted(Counter(Counter(clusters.values()).values()).items()))


def describe_bitext(
    sources: Sequence[BitextSource],
    fetch: Fetch,
    language: str,
    *,
    test_texts: Iterable[str] = (),
    limit: int | None = None,
    weights: Sequence[float] | None = None,
    cut: Cutter | None = None,
    lengths: tuple[int, int] | None = None,
    drop: bool = True,
    mispaired: float = 0.0,
) -> tuple[BitextCard, ...]:
    """Count the bitext of a language, source by source, as it would be trained on.

    Args:
        sources: in the suite's order, as a pair that an earlier one has is a duplicate in a later.
        fetch: gets their files.
        language: the foreign language.
        test_texts: what must not be trained on.
        limit: the most pairs to use.
        weights: of the sources in the draw; none: all are alike.
        cut: says of which pairs a side is not read to the end; none: that is not known.
        lengths: tokens that are read of the foreign side, and of the English one.
        drop: whether pairs with a side cut are left out.
        mispaired: share of the pairs that are given the English side of another.

    Raises:
        DataError: a file cannot be had, or is malformed.
    """
    pairs = [list(source.pairs(fetch, language)) for source in sources]
    bitext = assemble(
        [(source.name, own) for source, own in zip(sources, pairs, strict=True)],
        test_texts=test_texts,
        language=language,
        limit=limit,
        seed=0,
        weights=weights,
        cut=cut,
        drop=drop,
        mispaired=mispaired,
    )
    return tuple(
        BitextCard(
            name=source.name,
            licence=source.licence,
            citation=source.citation,
            language=language,
            counts=counts,
            lengths=lengths,
            foreign=Lengths.of(pair.foreign for pair in own),
            english=Lengths.of(pair.english for pair in own),
            notes=source.notes(fetch, language),
            samples=tuple(Sample(*pair[:2]) for pair in _samples(own)),
        )
        for source, own, counts in zip(sources, pairs, bitext.counts, strict=True)
    )


def _samples(pairs: Sequence[SentencePair]) -> Sequence[SentencePair]:
    return spread([pair for pair in pairs if pair.foreign and pair.english])


def spread(items: Sequence[_T], most: int = SAMPLES) -> Sequence[_T]:
    """Some items from the whole of a sequence, at equal distances."""
    step = max(len(items) // most, 1)
    return items[::step][:most]
