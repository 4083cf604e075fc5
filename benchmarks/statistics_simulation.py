"""Rates of the statistics under the null hypothesis: false claims, and how often intervals cover.

    python benchmarks/statistics_simulation.py > benchmarks/statistics_simulation.md

Four methods that do not differ, on four languages, are compared again and again as `clirbench run`
compares them. Methods are exchangeable, so every true difference is 0; each topic still prefers some
method, each training run is a little better or worse than the next, and each topic has its own mind
about each run. Scores are the logistic function of normal effects, below .01 cut to 0: bounded,
skewed, U-shaped, as average precision with one relevant document is. The effects' sizes give the
variance components of differences that `results/ntrex-small` has (AP, four trained methods, seven
languages): topics .027, a sixth of it common to all languages; seed and topic .0067; seeds
.003^2, here .005^2 to be on the harder side, half of it common to all languages.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from clirbench.statistics import (
    Comparison,
    Comparisons,
    Design,
    Hypothesis,
    Interval,
    MethodRole,
    PairRole,
    Scores,
    adjust,
    compare,
    components,
    crossed_t,
    paired_t,
)
from clirbench.statistics.bootstrap import percentile_interval
from clirbench.statistics.streams import counts, stream

METHODS, LANGUAGES = 4, 4
COLUMNS = ((2, 250), (3, 50), (3, 250), (3, 1000), (5, 50), (5, 250), (5, 1000))
"""Seeds and topics a language."""
ALPHA = 0.05
FLIPS = 399
"""(b + 1) / 400 is a valid p at any level that is a multiple of 1 / 400."""
RESAMPLES = 399
RANGES = {"rate": (0.04, 0.06), "family": (0.03, 0.06), "coverage": (0.93, 0.97)}
Array = NDArray[np.float64]


class Row(NamedTuple):
    """A line of the table."""

    group: str
    name: str
    kind: str
    """What range it should lie in, or `naive`."""


ROWS = {
    "crossed pair": Row("claims", "crossed t, one language", "rate"),
    "crossed macro": Row("claims", "crossed t, macro mean", "rate"),
    "holm": Row("claims", "Holm over 24 comparisons", "family"),
    "maxt": Row("claims", "MaxT over 24 comparisons", "family"),
    "cover pair": Row("claims", "interval over topics and seeds, one language", "coverage"),
    "cover macro": Row("claims", "interval over topics and seeds, macro mean", "coverage"),
    "fixed flips pair": Row("runs", "randomisation, one language", "rate"),
    "fixed flips macro": Row("runs", "randomisation, macro mean", "rate"),
    "fixed t pair": Row("runs", "paired t, one language", "rate"),
    "fixed t macro": Row("runs", "paired t, macro mean", "rate"),
    "fixed cover pair": Row("runs", "interval over topics, one language", "coverage"),
    "fixed cover macro": Row("runs", "interval over topics, macro mean", "coverage"),
    "flips pair": Row("naive", "topics alone (randomisation), one language", "naive"),
    "flips macro": Row("naive", "topics alone (randomisation), macro mean", "naive"),
    "two-way macro": Row("naive", "two-way percentile bootstrap, macro mean", "naive coverage"),
    "pooled": Row("naive", "seeds × topics pooled as independent", "naive"),
    "best": Row("naive", "best seed of one method, first of the other", "naive"),
    "languages": Row("naive", "languages pooled as independent", "naive"),
}
GROUPS = {
    "claims": "**Claims about methods** (new topics, new seeds): the default",
    "runs": "**Claims about these runs** (new topics, the same runs; seeds have no effect of their own)",
    "naive": "**Claims about methods, by naive analyses**",
}


def draw(
    random: np.random.Generator,
    shape: tuple[int, int, int, int],
    *,
    translated: bool,
    effect: float,
) -> Array:
    """Draw scores of that shape, (methods, languages, seeds, topics); `effect` is that of seeds."""
    normal = random.standard_normal
    methods, languages, seeds, topics = shape
    ease = normal((1, 1, 1, topics) if translated else (1, languages, 1, topics))
    x = 2.6 * ease - 0.3 + 1.1 * normal((1, languages, 1, topics))
    if translated:
        x = x + 0.37 * normal((methods, 1, 1, topics))
        x = x + 0.82 * normal((methods, languages, 1, topics))
    else:
        x = x + 0.90 * normal((methods, languages, 1, topics))
    x = x + effect * normal((methods, 1, seeds, 1)) / 2**0.5
    x = x + effect * normal((methods, languages, seeds, 1)) / 2**0.5
    scores: Array = expit(x + 0.41 * normal(shape))
    scores[scores < 0.01] = 0  # noqa: PLR2004 - as said above
    return scores


def scores_of(values: Array) -> Scores:
    """Label scores, (methods, languages, seeds, topics)."""
    methods, languages, seeds, topics = values.shape
    ids = tuple(f"t{topic:04}" for topic in range(topics))
    return Scores(
        measure="AP",
        methods=tuple(f"m{m}" for m in range(methods)),
        pairs=tuple(f"p{p}" for p in range(languages)),
        seeds=tuple(range(seeds)),
        untrained=frozenset(),
        topics={f"p{p}": ids for p in range(languages)},
        values={(f"m{m}", f"p{p}"): values[m, p] for m, p in np.ndindex(methods, languages)},
    )


def design_of(*, methods: int, seeds: int, translated: bool, resamples: int, seed: int) -> Design:
    """Lay out the comparison as a suite with a hypothesis does."""
    return Design(
        pairs=tuple(PairRole(name=f"p{p}", resource="low") for p in range(LANGUAGES)),
        methods=tuple(MethodRole(name=f"m{m}", trained=True) for m in range(methods)),
        seeds=tuple(range(seeds)),
        translated=translated,
        hypothesis=Hypothesis(better="m0", than="m1", on="low", measure="AP"),
        flips=FLIPS,
        resamples=resamples,
        correction="maxt",
        seed=seed,
    )


def two_way_interval(differences: Array, *, resamples: int, seed: int) -> Interval:
    """Percentile interval of differences, (seeds, topics), each resampled by itself (Owen, AOAS 2007)."""
    seeds, topics = differences.shape
    by_topic = counts(stream(seed, "topics", "topics"), resamples, topics)
    by_seed = counts(stream(seed, "seeds"), resamples, seeds)
    drawn = ((by_topic @ differences.T) * by_seed).sum(axis=1) / differences.size
    low, high = percentile_interval(drawn[None], 0.95)[0]
    return Interval(float(low), float(high))


def covers(interval: Interval | None) -> bool:
    """Whether an interval holds 0."""
    return interval is not None and interval.low <= 0 <= interval.high


def look(
    found: Comparisons, values: Array, *, fixed: bool, seed: int
) -> Iterator[tuple[str, float]]:
    """Give what one simulated suite adds to each row: the share of comparisons that are rejected."""
    macro = [found.between("m0", "m1", "low"), *found.comparisons]
    macro = [one for one in macro if isinstance(one, Comparison) and one.languages > 1]
    pairs = [one for one in found.comparisons if one.languages == 1]
    prefix = "fixed " if fixed else ""
    for name, ones in (("pair", pairs), ("macro", macro)):
        yield f"{prefix}flips {name}", np.mean([one.p_randomisation <= ALPHA for one in ones])
        if fixed:
            yield f"fixed t {name}", np.mean([(one.p_t or 0) <= ALPHA for one in ones])
            yield f"fixed cover {name}", np.mean([covers(one.interval) for one in ones])
        else:
            yield f"crossed {name}", np.mean([one.p <= ALPHA for one in ones])
            yield f"cover {name}", np.mean([covers(one.seed_interval) for one in ones])
    if fixed:
        return
    yield "maxt", float(any(one.p_adjusted <= ALPHA for one in pairs))
    yield "holm", float(min(adjust([one.p for one in pairs])) <= ALPHA)
    deltas = values[0] - values[1]  # (languages, seeds, topics)
    yield (
        "two-way macro",
        covers(two_way_interval(deltas.mean(axis=0), resamples=RESAMPLES, seed=seed)),
    )
    yield "pooled", (paired_t(deltas[0].ravel()).p or 0) <= ALPHA
    best = values[0, 0, np.argmax(values[0, 0].mean(axis=1))]
    yield "best", (paired_t(best - values[1, 0, 0]).p or 0) <= ALPHA
    yield "languages", (paired_t(deltas.mean(axis=1).ravel()).p or 0) <= ALPHA


def simulate(
    *, translated: bool, seeds: int, topics: int, repetitions: int
) -> tuple[dict[str, tuple[float, float]], str]:
    """Give the mean and standard error of every row, and the variance components drawn."""
    looks: defaultdict[str, list[float]] = defaultdict(list)
    parts = []
    for i in range(repetitions):
        random = np.random.default_rng([i, translated, seeds, topics])
        for fixed in (False, True):
            # Rates of single comparisons need two methods, and claims no bootstrap.
            shape = (2 if fixed else METHODS, LANGUAGES, seeds, topics)
            values = draw(random, shape, translated=translated, effect=0 if fixed else 0.033)
            design = design_of(
                methods=shape[0],
                seeds=seeds,
                translated=translated,
                resamples=RESAMPLES if fixed else 1,
                seed=i,
            )
            found = compare(scores_of(values), design=design)
            for name, value in look(found, values, fixed=fixed, seed=i):
                looks[name].append(float(value))
            if not fixed:
                parts.append(components(values[0, 0] - values[1, 0]))
    mean = np.mean(parts, axis=0)
    drawn = f"topics {mean[0]:.4f}, seeds {mean[1]:.6f}, residual {mean[2]:.4f}"
    return {
        name: (float(np.mean(own)), float(np.std(own, ddof=1) / len(own) ** 0.5))
        for name, own in looks.items()
    }, drawn


def limits(repetitions: int) -> Iterator[str]:
    """Give the table of what becomes of the crossed test as seeds come to differ more than topics do."""
    shares = (0, 0.25, 1, 4, 100)
    yield f"| var(a) / S over var(b) / T | {' | '.join(map(str, shares))} |"
    yield f"| :-- |{' --: |' * len(shares)}"
    topics = 50
    for seeds in (2, 3, 5, 10):
        random = np.random.default_rng(seeds)
        rates = []
        for share in shares:
            sd = (share * seeds / topics) ** 0.5
            tables = (
                sd * random.standard_normal((seeds, 1))
                + random.standard_normal((1, topics))
                + 0.5 * random.standard_normal((seeds, topics))
                for _ in range(repetitions)
            )
            rate = float(np.mean([(crossed_t(table).p or 0) <= ALPHA for table in tables]))
            rates.append(f"{rate:.3f} ({1000 * (rate * (1 - rate) / repetitions) ** 0.5:.0f})"[1:])
        yield f"| {seeds} seeds | {' | '.join(rates)} |"


def entry(name: str, found: dict[str, tuple[float, float]]) -> str:
    """Write a rate; bold where it is out of its range."""
    mean, error = found[name]
    text = f"{mean:.3f}".replace("0.", ".", 1)
    kind = ROWS[name].kind
    if kind in RANGES:
        low, high = RANGES[kind]
        if not low <= round(mean, 3) <= high:
            text = f"**{text}**"
    return f"{text} ({1000 * error:.0f})"


def table(
    found: dict[tuple[bool, int, int], dict[str, tuple[float, float]]], repetitions: int
) -> Iterator[str]:
    """Give the lines of both tables, with what stands above them."""
    heads = [f"{seeds} seeds, {topics:,}" for seeds, topics in COLUMNS]
    yield f"""# Error rates of the statistics under the null hypothesis

Written by `python benchmarks/statistics_simulation.py > benchmarks/statistics_simulation.md`: {repetitions:,}
simulated suites of {METHODS} methods without a true difference on {LANGUAGES} languages for each column (seeds, topics
a language), each compared whole; its docstring says how scores are drawn. Rates of rejection at
{ALPHA}, of families with any rejection, or of intervals of 95 % that hold 0; in brackets the Monte Carlo
standard error in thousandths. Rates should lie in [.04, .06], family-wise ones in [.03, .06], coverage
in [.93, .97]; what does not is **bold**.
"""
    for translated in (True, False):
        what = "Topics are translations of one set (clusters)"
        yield f"## {what if translated else 'Each language has its own topics (strata)'}\n"
        yield f"|  | {' | '.join(heads)} |"
        yield f"| :-- |{' --: |' * len(heads)}"
        for group, title in GROUPS.items():
            yield f"| {title} |{' |' * len(heads)}"
            for name, row in ROWS.items():
                if row.group != group or (
                    name in {"languages", "two-way macro"} and not translated
                ):
                    continue
                own = [entry(name, found[key]) for key in found if key[0] is translated]
                yield f"| {row.name} | {' | '.join(own)} |"
        yield ""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=2000)
    repetitions = parser.parse_args().repetitions
    start = time.perf_counter()
    found = {}
    for translated in (True, False):
        for seeds, topics in COLUMNS:
            key = (translated, seeds, topics)
            found[key], drawn = simulate(
                translated=translated, seeds=seeds, topics=topics, repetitions=repetitions
            )
            took = time.perf_counter() - start
            print(f"{key}: {drawn}; {took:.0f} s", file=sys.stderr, flush=True)
    for line in table(found, repetitions):
        print(line)
    print("## When seeds differ more\n")
    print(
        f"Rates of rejection by the crossed test, {2 * repetitions:,} normal tables of 50 topics each:\n"
    )
    for line in limits(2 * repetitions):
        print(line)


if __name__ == "__main__":
    main()
