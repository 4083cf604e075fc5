"""Rates of the default test where topics belong together and seeds are few, beside those of the old one.

    python benchmarks/clusters_simulation.py > benchmarks/clusters_simulation.md

Two methods that do not differ are compared as `clirbench run` compares them, on one language or on the
macro mean over four that topics are translated into. Topics come in clusters of 1, 2 and 5, whose differences
correlate by .36 within a cluster, the middle of what NTREX's stories show (.22 to .42). Scores are the
logistic function of normal effects, below .01 cut to 0: bounded, skewed, U-shaped, as average precision
with one relevant document is. The effects' sizes give the variance components of differences that
`results/ntrex-small` has on a language (topics .027, seed and topic .0067). The deviation by seed of a
language's difference is .003, as there, or .012, as with tuned settings (`results/ntrex-tuned`); each
language is trained by itself, or one seed moves all four alike.

The old default took every topic for a unit, and the means of seeds for all that there is of seeds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from clirbench.statistics import (
    Comparison,
    Design,
    Hypothesis,
    MethodRole,
    PairRole,
    Scores,
    compare,
    crossed_interval,
    crossed_t,
)

TOPICS, SIZES, SEEDS, SDS = (50, 250), (1, 2, 5), (2, 3, 5), (0.003, 0.012)
LANGUAGES = {
    "One language": (1, False),
    "Four languages, each trained by itself": (4, False),
    "Four languages that a seed moves together": (4, True),
}
ALPHA = 0.05
LATENT = 0.515
"""Correlation of the effects in a cluster that gives differences of bounded scores one of .36."""
SLOPE = 0.162
"""Deviation of a mean difference by the seeds' effect on the logistic scale."""
Array = NDArray[np.float64]


class Rates(NamedTuple):
    """Of one setting."""

    rejected: float
    covered: float
    old_rejected: float
    old_covered: float


def draw(
    random: np.random.Generator,
    *,
    languages: int,
    seeds: int,
    topics: int,
    size: int,
    effect: float,
    common: bool,
) -> Array:
    """Draw scores of two methods, (2, languages, seeds, topics); the topics of a cluster stand together."""

    def by_topic(*shape: int) -> Array:
        shared = random.standard_normal((*shape, 1, topics // size)).repeat(size, axis=-1)
        own = random.standard_normal((*shape, 1, topics))
        together: Array = LATENT**0.5 * shared + (1 - LATENT) ** 0.5 * own
        return together

    x = 2.6 * by_topic(1, 1) - 0.3 + 1.1 * by_topic(1, languages)
    x = x + 0.37 * by_topic(2, 1) + 0.82 * by_topic(2, languages)
    x = x + effect * random.standard_normal((2, 1 if common else languages, seeds, 1))
    scores: Array = expit(x + 0.41 * random.standard_normal((2, languages, seeds, topics)))
    scores[scores < 0.01] = 0  # noqa: PLR2004 - as said above
    return scores


def compared(values: Array, size: int) -> Comparison:
    """Compare the two methods on the mean over the languages, as a suite with a hypothesis does."""
    _, languages, seeds, topics = values.shape
    ids = tuple(f"t{topic:03}" for topic in range(topics))
    pairs = tuple(f"p{p}" for p in range(languages))
    scores = Scores(
        measure="AP",
        methods=("m0", "m1"),
        pairs=pairs,
        seeds=tuple(range(seeds)),
        untrained=frozenset(),
        topics=dict.fromkeys(pairs, ids),
        values={(f"m{m}", f"p{p}"): values[m, p] for m, p in np.ndindex(2, languages)},
        clusters=dict.fromkeys(pairs, tuple(f"c{t // size:03}" for t in range(topics))),
    )
    design = Design(
        pairs=tuple(PairRole(name=pair, resource="low") for pair in pairs),
        methods=tuple(MethodRole(name=method, trained=True) for method in scores.methods),
        seeds=scores.seeds,
        translated=True,
        hypothesis=Hypothesis(better="m0", than="m1", on="low", measure="AP"),
        flips=1,
        resamples=1,
    )
    found = compare(scores, design=design).primary
    if not isinstance(found, Comparison):
        raise TypeError(found)
    return found


def simulate(
    *, languages: int, common: bool, seeds: int, topics: int, size: int, sd: float, repetitions: int
) -> Rates:
    """Give the rates of one setting."""
    outcomes = []
    for i in range(repetitions):
        random = np.random.default_rng([i, languages, common, seeds, topics, size, int(1000 * sd)])
        values = draw(
            random,
            languages=languages,
            seeds=seeds,
            topics=topics,
            size=size,
            effect=sd / SLOPE,
            common=common,
        )
        found = compared(values, size)
        low, high = found.seed_interval or (0.0, 0.0)
        differences = (values[0] - values[1]).mean(axis=0)
        old = crossed_interval(differences)
        outcomes.append(
            (
                found.p <= ALPHA,
                low <= 0 <= high,
                (crossed_t(differences).p or 0) <= ALPHA,
                old.low <= 0 <= old.high,
            )
        )
    return Rates(*(float(rate) for rate in np.mean(outcomes, axis=0)))


def entry(rate: float, low: float, high: float, tolerance: float) -> str:
    """Write a rate; bold where it is out of its range by more than chance."""
    text = f"{rate:.3f}".replace("0.", ".", 1)
    return text if low - tolerance <= rate <= high + tolerance else f"**{text}**"


def tables(repetitions: int) -> Iterator[str]:
    """Give the lines of all tables."""
    error = (ALPHA * (1 - ALPHA) / repetitions) ** 0.5
    yield f"""# Topics that belong together, and few seeds

Written by `python benchmarks/clusters_simulation.py --repetitions {repetitions} > benchmarks/clusters_simulation.md`:
{repetitions:,} pairs of methods that do not differ for each entry; the script says how scores are drawn. Each
entry is the rate of false claims at {ALPHA} by the default test, then by the default of before. Monte Carlo
standard error {error:.3f}. Rates should lie in [.04, .06]; what is out of that by more than two standard
errors is **bold**. The interval that goes with a test holds 0 exactly when p is above {ALPHA}, so that
coverage is 1 less the rate; the script checks that it is.
"""
    columns = [(seeds, sd) for sd in SDS for seeds in SEEDS]
    start = time.perf_counter()
    for title, (languages, common) in LANGUAGES.items():
        yield f"## {title}\n"
        yield f"| topics | {' | '.join(f'{n} seeds, SD {sd:g}'.replace('0.', '.') for n, sd in columns)} |"
        yield f"| :-- |{' --: |' * len(columns)}"
        for topics in TOPICS:
            for size in SIZES:
                entries = []
                for seeds, sd in columns:
                    found = simulate(
                        languages=languages,
                        common=common,
                        seeds=seeds,
                        topics=topics,
                        size=size,
                        sd=sd,
                        repetitions=repetitions,
                    )
                    if abs(found.rejected + found.covered - 1) > 1e-9:  # noqa: PLR2004
                        raise RuntimeError(f"intervals and tests disagree: {found}")
                    both = (found.rejected, found.old_rejected)
                    entries.append(", ".join(entry(r, 0.04, 0.06, 2 * error) for r in both))
                row = f"{topics} in {'ones' if size == 1 else f'clusters of {size}'}"
                yield f"| {row} | {' | '.join(entries)} |"
                took = time.perf_counter() - start
                print(f"{title}, {row}: {took:.0f} s", file=sys.stderr, flush=True)
        yield ""


def components() -> str:
    """Say what a large sample of the scores that are drawn has: correlation in clusters, deviations."""
    random = np.random.default_rng(0)
    values = draw(
        random, languages=1, seeds=40, topics=20_000, size=2, effect=0.012 / SLOPE, common=False
    )
    differences = (values[0] - values[1])[0]
    by_topic = differences.mean(axis=0).reshape(-1, 2)
    within = float(np.corrcoef(by_topic.T)[0, 1])
    return f"correlation in clusters {within:.3f}, SD by seed {differences.mean(axis=1).std(ddof=1):.4f}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=2000)
    print(components(), file=sys.stderr)
    for line in tables(parser.parse_args().repetitions):
        print(line, flush=True)


if __name__ == "__main__":
    main()
