"""Builds that `clirbench check` turns red: where only seeds changed, and where something was lost.

    python benchmarks/check_simulation.py > benchmarks/check_simulation.md

Four trained methods on seven pairs, 28 cells, whose topics are translations. A score is that of the cell,
plus the topic's ease (SD .25), the seed's effect (the SD of a column), and the topic's own noise from run to
run (SD .058, as on NTREX). Every build is trained anew, with other seeds than its baseline. The check is
the command's, with its macro means and its defaults: tolerance .01, alpha .05, Holm over all.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from typing import NamedTuple

import numpy as np

from clirbench.analysis.baseline import Baseline, Origin
from clirbench.analysis.regression import Rule, Verdict, check
from clirbench.analysis.renewal import keep_best
from clirbench.results.cells import Key, Means
from clirbench.statistics import number
from clirbench.statistics.streams import Array

METHODS, PAIRS = 4, 7
CELLS = [(f"p{pair}", f"m{method}") for method in range(METHODS) for pair in range(PAIRS)]
LOSER = CELLS[0]
"""The cell that loses."""
SEED_SDS = (0.0018, 0.003, 0.0084)
TOPIC_SD, NOISE, MEAN = 0.25, 0.058, 0.4
COMMITS = 10


class World:
    """Cells whose builds can be drawn again and again.

    Args:
        random: where draws come from.
        seeds: of each build.
        topics: of each pair.
        seed_sd: of a run's mean.
        common: whether a seed moves all pairs of a method alike, as where one student learns them all.
    """

    def __init__(
        self,
        random: np.random.Generator,
        *,
        seeds: int,
        topics: int,
        seed_sd: float,
        common: bool = False,
    ) -> None:
        self.random, self.seeds, self.seed_sd, self.common = random, seeds, seed_sd, common
        self.ease = random.normal(MEAN, TOPIC_SD, (PAIRS, topics))
        self.seed = count(1)

    def build(self, losses: Mapping[Key, float] | None = None) -> Baseline:
        """Train everything with new seeds; `losses` are taken from cells."""
        runs: dict[Key, dict[int | None, dict[str, float]]] = {key: {} for key in CELLS}
        for _ in range(self.seeds):
            seed = next(self.seed)
            effects = self.random.normal(0, self.seed_sd, (METHODS, 1 if self.common else PAIRS))
            scores = self.ease + self.random.normal(0, NOISE, (METHODS, *self.ease.shape))
            scores += effects[:, :, None]
            for key, own in zip(CELLS, scores.reshape(len(CELLS), -1), strict=True):
                runs[key][seed] = self._named(own - (losses or {}).get(key, 0.0))
        scores_of = {key: Means.of(runs[key]) for key in sorted(runs)}
        training = {"scope": "joint"} if self.common else {}
        methods = [{"label": f"m{method}", "training": training} for method in range(METHODS)]
        origin = Origin(environment={}, settings={"methods": methods})
        return Baseline(
            suite="s", measure="AP", scores=scores_of, origins=dict.fromkeys(scores_of, origin)
        )

    def _named(self, scores: Array) -> dict[str, float]:
        return {f"t{i:04}": float(score) for i, score in enumerate(scores)}


def rule(world: World) -> Rule:
    """With one seed, its SD is stated; with more it is estimated."""
    return Rule(seed_sd=world.seed_sd if world.seeds == 1 else None)


def red(before: Baseline, after: Baseline, own: Rule) -> set[Key]:
    """Which pairs and methods, and macro means, regressed."""
    found = check(before, after, {}, own).of(Verdict.REGRESSED)
    return {(one.pair, one.method) for one in found}


def false_alarm(world: World) -> bool:
    """Whether a build in which only seeds changed is red."""
    return bool(red(world.build(), world.build(), rule(world)))


def false_alarm_after(world: World, *, by_mean: bool = False) -> bool:
    """Whether it is red after ten renewals with --keep-best, or by the higher of the means."""
    baseline = world.build()
    for _ in range(COMMITS):
        new = world.build()
        if by_mean:
            higher = [key for key in CELLS if new.scores[key].mean > baseline.scores[key].mean]
            scores = dict(baseline.scores) | {key: new.scores[key] for key in higher}
            baseline = replace(baseline, scores=scores)
        else:
            baseline = keep_best(baseline, new, rule(world)).baseline
    return bool(red(baseline, world.build(), rule(world)))


def found_at_once(world: World) -> bool:
    """Whether one cell's loss of .02 is found by the build that has it."""
    return LOSER in red(world.build(), world.build({LOSER: 0.02}), rule(world))


def found_in_time(world: World, *, keep: bool = True) -> bool:
    """Whether ten commits that each lose .009 are found by the tenth build.

    The baseline is renewed after every build that passed, with --keep-best or as it comes.
    """
    baseline = world.build()
    for commit in range(1, COMMITS + 1):
        new = world.build({LOSER: commit * 0.009})
        if LOSER in red(baseline, new, rule(world)):
            return True
        baseline = keep_best(baseline, new, rule(world)).baseline if keep else new
    return False


class Row(NamedTuple):
    """A line of the table."""

    name: str
    happens: Callable[[World], bool]
    seeds: int
    topics: int = 246
    common: bool = False
    builds: int = 200


ROWS = {
    "Red builds where only seeds changed; at most .05": (
        Row("1 seed, its SD stated", false_alarm, 1),
        Row("2 seeds", false_alarm, 2),
        Row("3 seeds", false_alarm, 3),
        Row("5 seeds", false_alarm, 5),
        Row("2 seeds, one student for all pairs", false_alarm, 2, common=True),
        Row("1 seed, its SD stated, 1,000 topics", false_alarm, 1, topics=1000),
        Row("2 seeds, after ten renewals with --keep-best", false_alarm_after, 2, builds=100),
        Row(
            "2 seeds, after ten renewals by the higher mean",
            partial(false_alarm_after, by_mean=True),
            2,
            builds=100,
        ),
    ),
    "A loss of .02 in one of 28 cells is found": (
        Row("1 seed, its SD stated", found_at_once, 1),
        Row("2 seeds", found_at_once, 2),
        Row("3 seeds", found_at_once, 3),
        Row("5 seeds", found_at_once, 5),
    ),
    "Ten losses of .009 are found by the tenth build": (
        Row("5 seeds, renewed with --keep-best", found_in_time, 5, builds=50),
        Row("2 seeds, renewed with --keep-best", found_in_time, 2, builds=50),
        Row("2 seeds, renewed as it comes", partial(found_in_time, keep=False), 2, builds=50),
    ),
}


def share(row: Row, seed_sd: float) -> str:
    """Tell how often it happens, with the standard error in thousandths."""
    random = np.random.default_rng([row.seeds, row.topics, round(1e4 * seed_sd), row.common])
    found = [
        row.happens(
            World(random, seeds=row.seeds, topics=row.topics, seed_sd=seed_sd, common=row.common)
        )
        for _ in range(row.builds)
    ]
    rate = sum(found) / row.builds
    return f"{number(rate)} ({1000 * (rate * (1 - rate) / row.builds) ** 0.5:.0f})"


def main() -> None:
    """Write the tables."""
    _say("# Red builds of `clirbench check`, simulated\n")
    _say("Written by `python benchmarks/check_simulation.py > benchmarks/check_simulation.md`; its")
    _say("docstring says how. 28 trained cells, 246 topics where nothing else is said; in brackets")
    _say("the Monte Carlo standard error in thousandths.")
    for title, rows in ROWS.items():
        heads = [f"seed SD {number(sd, digits=4)}" for sd in SEED_SDS]
        _say(f"\n| {title} | builds | {' | '.join(heads)} |")
        _say("| :-- | --: | --: | --: | --: |")
        for row in rows:
            _say(f"| {row.name} | {row.builds} | {' | '.join(share(row, sd) for sd in SEED_SDS)} |")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
