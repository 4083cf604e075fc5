"""How often each of the compared methods is better, over all that was varied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import clirbench
from clirbench.front.results import Results
from clirbench.statistics import Comparison, mean_name, number
from study_page.telling import (
    COMPARED,
    ENCODERS,
    MAIN,
    adjusted_p,
    capital,
    claimed_on,
    comparison_of,
    generated_folders,
    markdown_rows,
    suite_told,
    way_of,
)
from study_page.varied import asked_rows


def what_holds(done: Mapping[str, Results]) -> Iterator[str]:
    """How often each of the compared methods is better, and worse, over all that was varied."""
    if not done:
        return
    folders = [clirbench.load(path) for path in generated_folders()]
    yield "## What holds, and what does not\n"
    for one, other in COMPARED[:2]:
        claims = {
            name: comparison_of(own, one, other, claimed_on(own)) for name, own in done.items()
        }
        rows: list[tuple[str, Sequence[_Test | None]]] = [
            ("encoders and teachers", [_tested(claims.get(name)) for name in (MAIN, *ENCODERS)])
        ]
        if others := [name for name in done if name not in (MAIN, *ENCODERS)]:
            measures = dict.fromkeys(mean_name(done[name].suite.measures[0]) for name in others)
            what = f"other languages and questions, mean of each suite, in {' or '.join(measures)}"
            rows.append((what, [_tested(claims[name]) for name in others]))
        for name, found in done.items():
            if name not in ENCODERS:
                searched = [pair for pair in found.suite.pairs if pair.student] or found.suite.pairs
                pairs = [comparison_of(found, one, other, str(pair)) for pair in searched]
                measure = mean_name(found.suite.measures[0])
                named = "" if measure == "MAP" else f", in {measure}"
                what = f"{suite_told(name)}, by language pair{named}"
                rows.append((what, [_tested(pair) for pair in pairs]))
        if MAIN in done:
            rows.append(("other bitexts", list(_swept(done[MAIN], one, other, own=False))))
        real = [test for _, tests in rows for test in tests if test]
        made = [each for own in folders for each in _swept(own, one, other, own=True)]
        if MAIN in done:
            rows.append(("harder topics", list(_perturbed(done[MAIN], one, other))))
        rows.append(("a generated language", made))
        yield (
            f"**{capital(one)} against {other}.** Scores on real languages: {_told(real)}. In a generated language: "
            f"{_told(made)}.\n"
        )
        yield from markdown_rows(
            ["what is varied", "compared", "better", "worse", "not shown", "differences"],
            [
                _counts(what, known)
                for what, tests in rows
                if (known := [test for test in tests if test])
            ],
        )
    yield (
        "Better and worse are what the test shows, with p adjusted in its family (Holm); the p of a suite's own "
        "hypothesis is not adjusted. The mean of a suite is over the pairs that its hypothesis is about. A mean rests on "
        "the scores of its single pairs, so the counts are no test. With harder topics the difference is that of the scores at the largest severity; better means that a method loses less than the "
        "other. Families of language pairs are large, so their tests are strict. Each row is told below. Differences are "
        "in MAP, where no other measure is named.\n"
    )


class _Test(NamedTuple):
    """Of two methods."""

    difference: float
    way: int
    """1: shown to be better, -1: worse, 0: neither."""


def _told(tests: Sequence[_Test]) -> str:
    """How often it is better and worse."""
    ways = [test.way for test in tests]
    return f"better in {ways.count(1)} of {len(ways)}, worse in {ways.count(-1)}"


def _tested(found: Comparison | None) -> _Test | None:
    return _Test(found.difference, way_of(found.difference, adjusted_p(found))) if found else None


def _swept(results: Results, one: str, other: str, *, own: bool) -> Iterator[_Test]:
    """On each language pair with each bitext of the sweep; with the suite's own, too, if it is asked for."""
    pairs = {
        str(pair): comparison_of(results, one, other, str(pair)) for pair in results.suite.pairs
    }
    for row in results.sweep().itertuples():
        if (row.method, row.versus) == (one, other) and row.pair in pairs and row.p == row.p:
            base = pairs[row.pair]
            if own or base is None or row.difference != base.difference:
                yield _Test(row.difference, way_of(row.difference, row.p_adjusted))


def _perturbed(results: Results, one: str, other: str) -> Iterator[_Test]:
    """With topics perturbed most: how the scores differ, and which loses less; on the low-resource pairs, if it may."""
    frame = results.robustness()
    for name in frame.perturbation.unique():
        own = frame[frame.perturbation == name]
        means = asked_rows(own[own.severity == own.severity.max()], results)
        if {one, other} <= set(means.index) and means.versus[one] == other:
            gain = means["mean"][one] - means["mean"][other]
            yield _Test(gain, -way_of(means.difference[one], means.p_adjusted[one]))


def _counts(what: str, tests: Sequence[_Test]) -> list[str]:
    ways, gains = [test.way for test in tests], sorted(test.difference for test in tests)
    spread = " to ".join(dict.fromkeys(number(end, sign=True) for end in (gains[0], gains[-1])))
    return [what, str(len(tests)), *(str(ways.count(way)) for way in (1, -1, 0)), spread]
