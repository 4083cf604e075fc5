"""Committed results by story, against lme4.

The values are those of R 4.2.2, lme4 1.1-31 and lmerTest 3.1-3, computed once, with

    lmer(d ~ 1 + (1 | seed) + (1 | story) + (1 | story:topic) + (1 | story:seed), REML = TRUE)

where d is the difference in AP of optical and sentence-contrastive on a topic by a seed, for the macro
mean that of its mean over the four low-resource pairs; p is by lmerTest's Satterthwaite df.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from scipy import stats

from clirbench.statistics import (
    Comparison,
    Comparisons,
    Design,
    Hypothesis,
    MethodRole,
    PairRole,
    Scores,
    compare,
)
from clirbench.statistics.records import Record

CELLS = Path(__file__).resolve().parents[2] / "results" / "ntrex-small" / "cells"
PAIRS = {"sw-en": "low", "so-en": "low", "tl-en": "low", "mr-en": "low", "fi-en": "medium"}
PAIRS |= {"de-en": "high", "fr-en": "high"}
METHODS = "optical", "sentence-contrastive"
LME4 = {
    "low": (-0.0178493, 0.00907994, 28.2863, 0.0592083),
    "sw-en": (-0.0368831, 0.0171094, 23.76, 0.041453),
    "so-en": (-0.0114116, 0.0121075, 17.9952, 0.358408),
    "tl-en": (-0.0179531, 0.0137773, 56.9352, 0.19779),
    "mr-en": (-0.00514924, 0.0110187, 122, 0.641106),
    "fi-en": (-0.0803161, 0.0203527, 35.4279, 0.000359397),
    "de-en": (-0.0191666, 0.0168126, 121.999, 0.256512),
    "fr-en": (-0.0130365, 0.0107467, 38.6124, 0.232472),
}
"""Estimate, standard error, df, p."""


def records() -> Iterator[Record]:
    """The scores of the two methods by AP."""
    for pair in PAIRS:
        for method in METHODS:
            for seed in (1, 2):
                path = CELLS / pair / method / f"seed={seed}" / "scores.csv"
                with path.open(encoding="utf-8", newline="") as file:
                    for row in csv.DictReader(file):
                        yield method, pair, seed, row["topic"], float(row["AP"])


@pytest.fixture(scope="module")
def found() -> Comparisons:
    """The comparison with stories, which topics' ids begin with, as clusters."""
    rows = list(records())
    story = {row[3]: row[3].rpartition(".")[0] for row in rows}
    scores = Scores.from_records(
        rows, measure="AP", clusters=dict.fromkeys(PAIRS, story), cluster="story"
    )
    design = Design(
        pairs=tuple(PairRole(name=pair, resource=own) for pair, own in PAIRS.items()),
        methods=tuple(MethodRole(name=method, trained=True) for method in METHODS),
        seeds=(1, 2),
        translated=True,
        hypothesis=Hypothesis(better=METHODS[0], than=METHODS[1], on="low", measure="AP"),
        flips=1000,
        resamples=100,
    )
    return compare(scores, design=design)


@pytest.mark.parametrize("on", LME4)
def test_equals_lme4(found: Comparisons, on: str) -> None:
    """Estimate, standard error, df and p are within 2 % of the mixed model's."""
    estimate, error, df, p = LME4[on]
    one = found.primary if on == "low" else found.between(*METHODS, on)
    assert isinstance(one, Comparison)
    assert (one.topics, one.clusters) == (246, 123)
    assert one.difference == pytest.approx(estimate, rel=1e-5)
    assert one.df == pytest.approx(df, rel=0.02)
    assert one.p == pytest.approx(p, rel=0.02)
    assert one.seed_interval is not None
    low, high = one.seed_interval
    width = 2 * error * float(stats.t.ppf(0.975, df))
    assert high - low == pytest.approx(width, rel=0.02)


def test_topics_that_are_taken_for_independent_claim_more(found: Comparisons) -> None:
    """By topics the answer's p is .040 and a claim; by stories it is .060 and none."""
    design = found.design
    alone = compare(Scores.from_records(records(), measure="AP"), design=design).primary
    assert isinstance(alone, Comparison)
    assert isinstance(found.primary, Comparison)
    assert (round(alone.p, 3), round(found.primary.p, 3)) == (0.040, 0.060)
    assert found.primary.p_randomisation > alone.p_randomisation
