"""Scores topic by topic, thin enough for a page: what the scatter plot is drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from clirbench.analysis.focus import Focus
from clirbench.data.base import JSON
from clirbench.report.page.texts import Texts
from clirbench.results.cells import Means
from clirbench.results.folder import Folder
from clirbench.statistics import Comparisons, mean_name

__all__ = ["CODE", "cut", "encode", "topic_data"]

CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_PLACES = 1000
"""Scores are kept as tables show them: in thousandths."""
_SCORES = 600_000
"""Characters for scores: measures beyond that are left out, but never the first."""
_TEXTS = 1_000_000
"""Bytes for the texts of topics: they are cut to what fits."""
_LENGTHS = (400, 240, 160, 120, 80, 50, 30, 0)


def topic_data(results: Folder, texts: Texts, focus: Focus) -> dict[str, JSON]:
    """Give what the script needs: topics, texts, and each method's score, mean over its seeds.

    Scores are strings of two characters each, as `encode` makes them. Topics that several pairs
    share stand there once.
    """
    measures = results.measures
    design = measures[0].design
    methods = [role.name for role in design.methods]
    kept: list[Comparisons] = []
    means: list[Mapping[tuple[str, str], Means]] = []
    size = 0
    for comparisons in measures:
        found = results.topic_means(comparisons.measure)
        size += 2 * sum(len(one.topics) for one in found.values())
        if kept and size > _SCORES:
            break
        kept.append(comparisons)
        means.append(found)
    names = [p.name for p in design.pairs if any(key[0] == p.name for key in means[0])]
    ids = {
        name: next(list(m.topics) for key, m in means[0].items() if key[0] == name)
        for name in names
    }
    sets: list[list[str]] = []
    for topics in ids.values():
        if topics not in sets:
            sets.append(topics)
    own = {name: _texts(texts, [name], ids[name], "topics") for name in names}
    shared = [
        _texts(texts, [name for name in names if ids[name] == topics], topics, "translations")
        for topics in sets
    ]
    longest = _longest([*own.values(), *shared])
    return {
        "measures": [[one.measure, mean_name(one.measure)] for one in kept],
        "methods": [*methods],
        "topics": [[*topics] for topics in sets],
        "translations": [_cut(found, longest) for found in shared],
        "pairs": [
            {
                "name": name,
                "topics": sets.index(ids[name]),
                "language": texts.pairs[name].language if name in texts.pairs else "",
                "texts": _cut(own[name], longest),
                "scores": [
                    [_scores(found.get((name, method))) for method in methods] for found in means
                ],
            }
            for name in names
        ],
        "pair": next((names.index(name) for name in focus.pairs if name in names), 0),
        "first": methods.index(focus.first),
        "second": methods.index(focus.second),
    }  # fmt: skip


def encode(score: float) -> str:
    """Write a score in thousandths, rounded as in tables, as two of 64 characters; at most 4.095."""
    places = round(float(f"{min(max(score, 0.0), 4.095):.3f}") * _PLACES)
    return CODE[places // 64] + CODE[places % 64]


def cut(text: str, length: int) -> str:
    """Shorten a text at a space, with an ellipsis."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def _scores(means: Means | None) -> str | None:
    return "".join(map(encode, means.topics.values())) if means else None


def _texts(
    texts: Texts, names: Sequence[str], ids: Sequence[str], kind: Literal["topics", "translations"]
) -> list[str]:
    """Give the texts of topics, of the first of some pairs that has them; none: not at hand."""
    for name in names:
        if name in texts.pairs and (found := getattr(texts.pairs[name], kind)):
            return [" ".join(found.get(topic, "").split()) for topic in ids]
    return []


def _longest(found: Sequence[Sequence[str]]) -> int:
    """Find the length that texts are cut to, so that all of them fit."""
    return next(
        length
        for length in _LENGTHS
        if not length or sum(len(t[:length].encode()) for own in found for t in own) <= _TEXTS
    )


def _cut(found: Sequence[str], longest: int) -> JSON:
    return [cut(text, longest) for text in found] if found and longest else None
