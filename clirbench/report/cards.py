"""Data cards as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from clirbench.data.bitext import told_cut
from clirbench.data.card import BitextCard, CollectionCard, Lengths, Sample
from clirbench.data.perturbed_card import PerturbedCard
from clirbench.data.words import uncut
from clirbench.wording import listed

if TYPE_CHECKING:
    from clirbench.models.lengths import Cut

__all__ = [
    "bitext_markdown",
    "collection_markdown",
    "counts_markdown",
    "perturbed_markdown",
    "read_markdown",
]

_WIDTH = 160
_SHOWN = 5
_COUNTS = ("source", "language", "documents", "topics", "judgments", "relevant", "pairs", "kept")


def collection_markdown(card: CollectionCard) -> str:
    """All that is known of a collection."""
    documents = f"{card.documents.count:,}, on average {_lengths(card.documents)}"
    lines = [
        f"## {card.name}",
        "",
        f"- documents ({card.language}): {documents}",
        f"- licence: {card.licence}",
        f"- citation: {card.citation}",
        "",
        *_table(
            ("language", "resource", "topics", "mean length", "judgments", "a topic", "relevant"),
            [
                (
                    each.language,
                    each.resource or "–",
                    f"{each.topics.count:,}",
                    _lengths(each.topics),
                    f"{each.judgments:,}",
                    f"{each.judgments / max(each.topics.count, 1):.2f}",
                    f"{each.relevant:,}",
                )
                for each in card.topics
            ],
        ),
    ]
    languages = dict.fromkeys((card.language, *(each.language for each in card.topics)))
    notes = [f"- {told}" for each in languages if (told := uncut(each))]
    for each in card.topics:
        notes += [
            f"- {each.language}: {len(ids)} × {reason}: {_ids(ids)}"
            for reason, ids in each.left_out.items()
            if ids
        ]
        if none := each.without_relevant:
            notes.append(
                f"- {each.language}: {len(none)} × topic without a relevant document, so every "
                f"ranking scores 0: {_ids(none)}"
            )
        if each.same_text:
            notes.append(
                f"- {each.language}: {each.same_text} topics share their text with another"
            )
        if max(each.clusters, default=1) > 1:
            sizes = ", ".join(f"{n:,} with {size}" for size, n in each.clusters.items())
            notes.append(
                f"- {each.language}: topics of one {each.cluster} belong together, and are drawn "
                f"and held out together: {sizes}"
            )
        if each.unknown:
            notes.append(
                f"- {each.language}: {each.unknown} judgments are of documents that do not exist"
            )
    if notes:
        lines += ["", "Left out, or good to know:", "", *notes]
    for each in card.topics:
        lines += ["", f"### {each.language}: topics, and a relevant document", ""]
        lines += _samples(each.samples)
    return "\n".join(lines) + "\n"


def bitext_markdown(cards: Sequence[BitextCard]) -> str:
    """The bitext of one language, source by source."""
    language = cards[0].language if cards else ""
    reasons = list(cards[0].counts.left_out) if cards else []
    lines = [f"## bitext: {language}–en", ""]
    lines += _table(
        ("source", "read", *reasons, "kept", "used"),
        [
            (
                card.name,
                f"{card.counts.read:,}",
                *(f"{card.counts.left_out[reason]:,}" for reason in reasons),
                f"{card.counts.kept:,}",
                f"{card.counts.used:,}",
            )
            for card in cards
        ],
    )
    lengths = next((card.lengths for card in cards), None)
    if lengths and (told := told_cut([card.counts for card in cards], lengths)):
        lines += ["", f"- {told}"]
    if wrong := sum(card.counts.mispaired for card in cards):
        lines += ["", f"- {wrong:,} of those used get the English side of another"]
    for card in cards:
        lines += [
            "",
            f"### {card.name}, {language}",
            "",
            f"- {language}: on average {_lengths(card.foreign)}; en: {_lengths(card.english)}",
            f"- licence: {card.licence}",
            f"- citation: {card.citation}",
            *(f"- {note}" for note in card.notes),
            *(f"- **please check**: {doubt}" for doubt in card.counts.doubts),
            "",
            *_samples(card.samples),
        ]
    return "\n".join(lines) + "\n"


def read_markdown(suite: str, lengths: tuple[int, int] | None, topics: Mapping[str, Cut]) -> str:
    """How much of texts a suite reads.

    Args:
        suite: its name.
        lengths: tokens that are read of foreign sentences, and of English ones; none: not known yet.
        topics: language to how many of its topics are not read to the end.
    """
    lines = [f"## read by {suite}", ""]
    if lengths is None:
        return "\n".join(
            [*lines, "- a run says how much is cut: the tokenizer is not on this machine", ""]
        )
    foreign, english = lengths
    lines.append(f"- of topics and foreign sentences {foreign} tokens, of English ones {english}")
    lines += [
        f"- {language}: {own.cut:,} of {own.texts:,} topics are longer; the rest of them is not "
        "read"
        for language, own in topics.items()
    ]
    return "\n".join(lines) + "\n"


def perturbed_markdown(suite: str, cards: Sequence[PerturbedCard]) -> str:
    """How many topics each perturbation changes, and some of them before and after.

    Args:
        suite: its name.
        cards: at least one.
    """
    lines = [f"## perturbed by {suite}", ""]
    lines += _table(
        ("perturbation", "language", "severity", "topics", "changed"),
        [
            (
                card.name,
                card.language,
                f"{card.severity:g}",
                f"{card.topics:,}",
                "–" if card.changed is None else f"{card.changed:,}",
            )
            for card in cards
        ],
    )
    if unknown := dict.fromkeys((card.name, card.why) for card in cards if card.why):
        lines += ["", *(f"- {name}: not counted here: {why}" for name, why in unknown)]
    for (name, language), own in groupby(cards, lambda card: (card.name, card.language)):
        samples = [
            f"- {card.severity:g}: {_short(each.first)} → {_short(each.second)}"
            for card in own
            for each in card.samples
        ]
        if samples:
            lines += ["", f"### {name}, {language}", "", *samples]
    return "\n".join(lines) + "\n"


def counts_markdown(collections: Sequence[CollectionCard], bitexts: Sequence[BitextCard]) -> str:
    """Nothing but counts, one row a source and language."""
    rows: list[tuple[str, ...]] = [
        (
            card.name,
            each.language,
            f"{card.documents.count:,}",
            f"{each.topics.count:,}",
            f"{each.judgments:,}",
            f"{each.relevant:,}",
            "",
            "",
        )
        for card in collections
        for each in card.topics
    ]
    rows += [
        (
            card.name,
            card.language,
            *[""] * 4,
            f"{card.counts.read:,}",
            f"{card.counts.kept:,}",
        )
        for card in bitexts
    ]
    return "\n".join(_table(_COUNTS, rows)) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" if i == 0 else "---:" for i in range(len(head))) + " |"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _lengths(lengths: Lengths) -> str:
    return f"{lengths.characters:.0f} characters, {lengths.words:.1f} words"


def _ids(ids: Sequence[str]) -> str:
    return listed([f"`{each}`" for each in ids], _SHOWN, between=", ")


def _samples(samples: Sequence[Sample]) -> list[str]:
    return [f"- {_short(each.first)} ⟷ {_short(each.second)}" for each in samples]


def _short(text: str) -> str:
    line = " ".join(text.split())
    for mark in "\\`*_|<[":
        line = line.replace(mark, f"\\{mark}")
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"
