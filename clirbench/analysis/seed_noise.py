"""What is known of the noise of seeds beside the runs of a change itself."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clirbench.analysis.baseline import Baseline
from clirbench.data.base import JSON
from clirbench.results.cells import Key, Means
from clirbench.statistics import SeedSD, seed_sd_of
from clirbench.statistics.seeds import seed_variance

__all__ = ["SeedNoise", "seed_noise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedNoise:
    """The means of all runs, before and after."""

    runs: Mapping[Key, Sequence[Mapping[int | None, float]]]
    """Pair and method → for each side: seed → mean."""
    joint: Collection[str]
    """Methods of which one student learns all pairs: their runs on other pairs are the same draws."""
    stated: float | None
    """Deviation by seed of a run's mean on a pair."""

    def of(self, keys: Sequence[Key]) -> SeedSD | None:
        """Tell the deviation by seed of a run's mean on a pair, or of a method's macro mean.

        Of a pair it is what the method's runs on other pairs show; of a macro mean what its pairs' runs
        show, which are draws of their own unless they speak against it. Where more is stated, that
        counts. None: it is not known.
        """
        if {seed for key in keys for side in self.runs[key] for seed in side} == {None}:
            return SeedSD(0)  # without training
        found = self._others(keys[0]) if len(keys) == 1 else self._macro(keys)
        given = None if self.stated is None else SeedSD(self.stated)
        return max((one for one in (found, given) if one), key=lambda one: one.sd, default=None)

    def _others(self, key: Key) -> SeedSD | None:
        others = [own for other, own in self.runs.items() if other[1] == key[1] and other != key]
        found = seed_sd_of([*side.values()] for own in others for side in own)
        if found is not None and key[1] in self.joint:
            return found._replace(df=found.df / len(others))
        return found

    def _macro(self, keys: Sequence[Key]) -> SeedSD | None:
        if keys[0][1] in self.joint:
            return None
        squares = df = 0.0
        for sides in zip(*(self.runs[key] for key in keys), strict=True):
            counts = {len(side) for side in sides}
            if len(counts) == 1 and min(counts) > 1:
                own = seed_variance(np.array([[*side.values()] for side in sides]) / len(keys))
                squares, df = squares + own.variance * own.df, df + own.df
        return SeedSD((squares / df) ** 0.5, df) if df else None


def seed_noise(before: Baseline, after: Baseline, stated: float | None) -> SeedNoise:
    """Gather what both sides show."""
    sides = before, after
    origins = {id(one): one for side in sides for one in side.origins.values()}
    return SeedNoise(
        runs={
            key: [_means(side.scores[key]) for side in sides if key in side.scores]
            for key in {**before.scores, **after.scores}
        },
        joint={method for one in origins.values() for method in _joint(one.settings)},
        stated=stated,
    )


def _means(means: Means) -> dict[int | None, float]:
    return {seed: math.fsum(run.values()) / len(run) for seed, run in means.runs.items()}


def _joint(settings: Mapping[str, JSON]) -> Iterator[str]:
    methods = settings.get("methods")
    for method in methods if isinstance(methods, list) else []:
        match method:
            case {"label": str(label), "training": {"scope": "joint"}}:
                yield label
