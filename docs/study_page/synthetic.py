"""Four losses on a generated language, of which one thing after another is changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from statistics import fmean
from typing import NamedTuple

import clirbench
from clirbench.report.page.lines import Line, line_chart
from clirbench.statistics import number
from clirbench.wording import listed
from study_page.telling import (
    Means,
    difference_cells,
    ends_of,
    first_measure,
    gains_of,
    generated_folders,
    markdown_rows,
    topic_means,
    value_text,
)

LOSSES = ("sentence-contrastive", "sentence-ot", "token-contrastive", "optical")
STEPS = (
    ("optical", "sentence-contrastive"),
    ("optical", "token-contrastive"),
    ("sentence-ot", "sentence-contrastive"),
    ("token-contrastive", "sentence-contrastive"),
)


class Language(NamedTuple):
    """What is changed about the generated language and its bitext."""

    noise: float
    order: str
    inflected: str
    sentences: int


FACTORS = {
    "noise": "share of wrong pairs",
    "order": "word order (English has SVO)",
    "inflected": "inflected",
    "sentences": "sentence pairs",
}
"""The fields of `Language`, as they are told."""


def made_to_order() -> Iterator[str]:
    """Four losses on a generated language, of which one thing after another is changed."""
    found = generated()
    if not found:
        return
    folders = {one._replace(sentences=0) for one in found}
    at = sorted({one.sentences for one in found})
    yield "## A language made to order\n"
    yield (
        f"One generated language in {len(folders)} forms, each with {listed([f'{n:,}' for n in at], len(at))} sentence pairs; `[tune]` "
        f"picked settings for each form anew, and three seeds were trained. MAP; intervals are over topics, for these "
        "runs alone, and p is not adjusted. The suite is `suites/study-synthetic.toml`; nothing here is a claim about "
        "real languages.\n"
    )
    rows = [
        [
            f"{size:,}",
            *(number(fmean(topic_means(same, name).values())) for name in LOSSES),
            *(difference_cells([gains_of(same, *step)])[0] for step in STEPS[1:3]),
        ]
        for size in at
        if (same := [own for one, own in found.items() if one.sentences == size])
    ]
    steps = [f"{one} - {other}" for one, other in STEPS]
    yield from markdown_rows(["sentence pairs", *LOSSES, *steps[1:3]], rows)
    yield from (f"![{title}](pictures/{name})\n" for name, title, _ in size_curves(found))
    yield "How each difference changes from one value to another, all else as it is:\n"
    rows = []
    for field, told in FACTORS.items():
        values = sorted({getattr(one, field) for one in found})
        low, high = values[0], values[-1]
        for step, name in zip(STEPS, steps, strict=True):
            gains = [
                gains_of([own for one, own in found.items() if getattr(one, field) == value], *step)
                for value in (low, high)
            ]
            ends = [number(fmean(gain.values()), sign=True) for gain in gains]
            ends_told = " to ".join(value_text(value) for value in (low, high))
            rows.append([f"{told}: {ends_told}", name, *ends, *difference_cells(gains)])
    yield from markdown_rows(
        ["what", "difference", "before", "after", "change, 95 % CI", "p"], rows
    )
    size = at[-2] if len(at) > 1 else at[0]
    yield f"All forms, with {size:,} sentence pairs:\n"
    yield from markdown_rows(
        ["wrong pairs", "order", "inflected", *LOSSES],
        [
            [
                f"{one.noise:g}",
                one.order,
                one.inflected,
                *(number(fmean(own[name].values())) for name in LOSSES),
            ]
            for one, own in sorted(found.items())
            if one.sentences == size
        ],
    )


def size_curves(found: Mapping[Language, Means]) -> Iterator[tuple[str, str, str]]:
    """MAP by the number of sentence pairs: a picture for each share of wrong pairs."""
    colours = ("second", "medium", "low", "first")
    for noise in sorted({one.noise for one in found}):
        lines = []
        for name, colour in zip(LOSSES, colours, strict=True):
            sizes: defaultdict[int, list[Means]] = defaultdict(list)
            for one, own in found.items():
                if one.noise == noise:
                    sizes[one.sentences].append(own)
            means = {size: topic_means(own, name) for size, own in sorted(sizes.items())}
            points = [(float(size), fmean(own.values())) for size, own in means.items()]
            spans = [ends_of(list(own.values())) for own in means.values()]
            lines.append(Line(name, points, colour, marked=True, spans=spans))
        title = f"MAP by sentence pairs, {noise:.0%} of them wrong"
        drawing = line_chart(
            lines,
            key=f"size-{noise:g}",
            title=title,
            description="One line for each loss, with intervals over topics.",
            across="sentence pairs",
            log=True,
        )
        yield f"study-sentences-{noise:g}.svg", title, str(drawing)


@cache
def generated() -> Mapping[Language, Means]:
    """Each form of the language with each number of sentence pairs."""
    found: dict[Language, Means] = {}
    for path in generated_folders():
        results = clirbench.load(path)
        (form,) = results.suite.collection.features.values()
        runs: defaultdict[int, defaultdict[str, defaultdict[str, list[float]]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(list))
        )
        for cell, topics in results.every.scores.items():
            size = int(cell.pair.partition("~pairs=")[2] or results.suite.training.pairs)
            for topic, values in topics.items():
                runs[size][cell.method][topic].append(values[first_measure(results)])
        for size, methods in runs.items():
            inflected = "yes" if form["morphology"] else "no"
            means = {
                name: {topic: fmean(every) for topic, every in topics.items()}
                for name, topics in methods.items()
            }
            found[Language(form["noise"], form["order"], inflected, size)] = means
    return found
