"""The topics that two methods differ most on, with what each retrieved."""

from __future__ import annotations

import io
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clirbench.analysis.focus import Focus
from clirbench.data.packed import open_packed
from clirbench.errors import DataError
from clirbench.report.page.texts import Texts
from clirbench.report.page.topics import cut
from clirbench.results.cells import Means
from clirbench.results.folder import Folder
from clirbench.results.names import RUN
from clirbench.spec.cell import Cell

__all__ = ["Example", "PairExamples", "Retrieved", "examples", "wanted_documents", "with_texts"]

_TOPICS = 3
"""Wins, and as many losses, of a pair."""
_DOCUMENTS = 5
_LONGEST = 240
"""Letters of a document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """A document in a ranking."""

    id: str
    text: str = ""
    grade: int | None = None
    """Its judgment; None: not judged, or judgments are not at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A topic and two rankings; none where the run is not there."""

    topic: str
    text: str = ""
    translation: str = ""
    first: float
    """Mean over seeds."""
    second: float
    rankings: tuple[tuple[Retrieved, ...] | None, tuple[Retrieved, ...] | None]

    @property
    def difference(self) -> float:
        """By how much the first method is ahead."""
        return self.first - self.second


@dataclass(frozen=True, slots=True, kw_only=True)
class PairExamples:
    """The topics of a pair with the largest differences, largest first."""

    pair: str
    language: str = ""
    wins: tuple[Example, ...]
    losses: tuple[Example, ...]
    runs: tuple[Cell, Cell]
    """Whose rankings are shown."""

    @property
    def missing(self) -> tuple[Cell, ...]:
        """Those whose run is not in the results folder."""
        every = (*self.wins, *self.losses)
        return tuple(
            run for i, run in enumerate(self.runs) if any(e.rankings[i] is None for e in every)
        )


def examples(results: Folder, measure: str, focus: Focus) -> tuple[PairExamples, ...]:
    """Find the topics, and read the heads of the rankings of the first seed of each method."""
    means = results.topic_means(measure)
    return tuple(
        _examples(results, pair, focus, means[pair, focus.first], means[pair, focus.second])
        for pair in dict.fromkeys((*focus.pairs, *(pair for pair, _ in means)))
        if (pair, focus.first) in means and (pair, focus.second) in means
    )


def wanted_documents(found: Sequence[PairExamples]) -> dict[str, set[str]]:
    """Name the documents whose texts are to be shown, by pair."""
    return {
        one.pair: {
            document.id
            for example in (*one.wins, *one.losses)
            for ranking in example.rankings
            for document in ranking or ()
        }
        for one in found
    }


def with_texts(found: Sequence[PairExamples], texts: Texts) -> tuple[PairExamples, ...]:
    """Put in texts and judgments, as far as they are at hand."""
    return tuple(_with_texts(one, texts) if one.pair in texts.pairs else one for one in found)


def _examples(
    results: Folder, pair: str, focus: Focus, first: Means, second: Means
) -> PairExamples:
    ahead = sorted((second.topics[topic] - score, topic) for topic, score in first.topics.items())
    wins = [topic for less, topic in ahead if less < 0][:_TOPICS]
    losses = [topic for less, topic in reversed(ahead) if less > 0][:_TOPICS]
    runs = (_cell(results, pair, focus.first), _cell(results, pair, focus.second))
    heads = [_heads(results.file(run, RUN), {*wins, *losses}) for run in runs]

    def example(topic: str) -> Example:
        one, other = (None if head is None else head[topic] for head in heads)
        return Example(
            topic=topic,
            first=first.topics[topic],
            second=second.topics[topic],
            rankings=(one, other),
        )

    return PairExamples(
        pair=pair,
        wins=tuple(map(example, wins)),
        losses=tuple(map(example, losses)),
        runs=runs,
    )


def _with_texts(one: PairExamples, texts: Texts) -> PairExamples:
    own = texts.pairs[one.pair]

    def document(topic: str, got: Retrieved) -> Retrieved:
        text = cut(texts.documents.get((one.pair, got.id), ""), _LONGEST)
        return replace(got, text=text, grade=own.judgments.get(topic, {}).get(got.id))

    def example(old: Example) -> Example:
        first, second = (
            None if ranking is None else tuple(document(old.topic, got) for got in ranking)
            for ranking in old.rankings
        )
        return replace(
            old,
            text=own.topics.get(old.topic, ""),
            translation=own.translations.get(old.topic, ""),
            rankings=(first, second),
        )

    return replace(
        one,
        language=own.language,
        wins=tuple(map(example, one.wins)),
        losses=tuple(map(example, one.losses)),
    )


def _cell(results: Folder, pair: str, method: str) -> Cell:
    """The run of the first seed."""
    own = [c for c in results.cells.scores if (c.pair, c.method) == (pair, method)]
    return min(own, key=lambda cell: -1 if cell.seed is None else cell.seed)


def _heads(path: Path, topics: Collection[str]) -> dict[str, tuple[Retrieved, ...]] | None:
    """Read the first documents of some topics; None where there is no readable run."""
    scored: dict[str, list[tuple[float, str]]] = {topic: [] for topic in topics}
    try:
        with io.TextIOWrapper(open_packed(path), encoding="utf-8") as file:
            for line in file:
                if line.partition(" ")[0] in topics:
                    topic, _, document, _, score, _ = line.split()
                    scored[topic].append((-float(score), document))
    except (OSError, EOFError, ValueError, zlib.error, DataError):
        return None
    return {
        topic: tuple(Retrieved(id=document) for _, document in sorted(own)[:_DOCUMENTS])
        for topic, own in scored.items()
    }
