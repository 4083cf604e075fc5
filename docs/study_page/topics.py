"""Where the two methods of the question differ: kinds of topics, and single ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from statistics import fmean

from clirbench.front.results import Results
from clirbench.statistics import number
from clirbench.wording import counted
from study_page.telling import Means, difference_cells, first_measure, gains_of, markdown_rows

_HARD = 0.5
"""Stories on which zero-shot scores less are hard."""
_TOPICS = 5
"""Topics shown at each end."""


def by_topic(results: Results) -> Iterator[str]:
    """Where the two methods of the hypothesis differ, over its pairs and seeds: kinds of topics, and single ones."""
    claim = results.suite.hypothesis
    if claim is None:
        return
    pairs = {str(pair) for pair in results.suite.pairs if claim.on in {"all", pair.resource}}
    asked = (claim.better, claim.than)
    means = _method_means(results, pairs, (*asked, "zero-shot"))
    gains = gains_of([means], *asked)
    if not gains:
        return
    better, worse = (sum(gain * way > 0 for gain in gains.values()) for way in (1, -1))
    yield "## Topic by topic\n"
    yield (
        f"On {better} of {counted(len(gains), 'topic')} {claim.better} scores more than {claim.than}, as a mean over "
        f"the {claim.on} pairs and seeds; on {worse} less. A headline is short, a lead is a sentence or two. What "
        "zero-shot scores tells how hard a story is. This is exploration: p is not adjusted.\n"
    )
    floor = _by_story(results, means["zero-shot"])
    hard = {topic for topic in gains if floor[_stories(results)[topic]] < _HARD}
    kinds = {
        "headlines": {topic for topic in gains if topic.endswith(".headline")},
        "leads": {topic for topic in gains if topic.endswith(".lead")},
        f"stories of which zero-shot's mean is below {_HARD:g}": hard,
        "all other stories": gains.keys() - hard,
    }
    yield from markdown_rows(
        ["topics", "number", *asked, "difference, 95 % CI", "p"],
        [
            [
                kind,
                str(len(own)),
                *(number(fmean(means[name][topic] for topic in own)) for name in asked),
                *difference_cells([_by_story(results, {topic: gains[topic] for topic in own})]),
            ]
            for kind, own in kinds.items()
        ],
    )
    yield "The largest differences:\n"
    order = sorted(gains, key=lambda topic: (gains[topic], topic))
    yield from markdown_rows(
        ["topic", *asked, "difference"],
        [
            [
                topic,
                *(number(means[name][topic]) for name in asked),
                number(gains[topic], sign=True),
            ]
            for topic in [*reversed(order[-_TOPICS:]), *order[:_TOPICS]]
        ],
    )


def _method_means(results: Results, pairs: Collection[str], methods: Collection[str]) -> Means:
    """Each topic's mean over some pairs and all seeds, of some methods."""
    found: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for cell, topics in results.cells.scores.items():
        if cell.pair in pairs and cell.method in methods:
            for topic, values in topics.items():
                found[cell.method][topic].append(values[first_measure(results)])
    return {
        name: {topic: fmean(every) for topic, every in topics.items()}
        for name, topics in found.items()
    }


def _stories(results: Results) -> dict[str, str]:
    """The story of each topic."""
    return {topic: story for own in results.clusters.of.values() for topic, story in own.items()}


def _by_story(results: Results, values: Mapping[str, float]) -> dict[str, float]:
    """The mean of each story's topics."""
    of = _stories(results)
    stories: defaultdict[str, list[float]] = defaultdict(list)
    for topic, value in values.items():
        stories[of[topic]].append(value)
    return {story: fmean(every) for story, every in stories.items()}
