"""Effect ratio and delta of relative improvement."""

from __future__ import annotations

import numpy as np
import pytest

from clirbench.statistics.replication import Effect, delta_relative_improvement, effect_ratio

ADVANCED, BASELINE = (0.62, 0.15, 0.40, 0.33, 0.08, 0.71), (0.55, 0.20, 0.31, 0.30, 0.02, 0.64)
AGAIN, BASELINE_AGAIN = (0.50, 0.22, 0.35, 0.41), (0.48, 0.20, 0.30, 0.45)
"""Scores by topic of an experiment, and of its replication on other topics."""


def effect(advanced: tuple[float, ...], baseline: tuple[float, ...]) -> Effect:
    """Give the means of both methods."""
    return Effect(float(np.mean(advanced)), float(np.mean(baseline)))


def test_equals_the_formulas_and_repro_eval() -> None:
    """ER and ΔRI of Breuer et al. (2020) by topic, and what repro_eval 0.5.0 gives for these scores.

    Computed by its `ER` and `DRI` of `repro_eval.measure.overall_effects` for one measure.
    """
    original, replicated = effect(ADVANCED, BASELINE), effect(AGAIN, BASELINE_AGAIN)
    deltas = [np.subtract(*both) for both in ((ADVANCED, BASELINE), (AGAIN, BASELINE_AGAIN))]
    ratio = (deltas[1].sum() / 4) / (deltas[0].sum() / 6)
    assert effect_ratio(original, replicated) == pytest.approx(ratio)
    improvements = [
        (np.mean(a) - np.mean(b)) / np.mean(b)
        for a, b in ((ADVANCED, BASELINE), (AGAIN, BASELINE_AGAIN))
    ]
    delta = delta_relative_improvement(original, replicated)
    assert delta == pytest.approx(improvements[0] - improvements[1])
    assert effect_ratio(original, replicated) == pytest.approx(0.2777777777777777, abs=1e-12)
    assert delta == pytest.approx(0.09869833137159878, abs=1e-12)


def test_the_same_experiment_and_its_reverse() -> None:
    """A perfect replication has 1 and 0; one that points the other way has a ratio below 0."""
    own = effect(ADVANCED, BASELINE)
    assert (effect_ratio(own, own), delta_relative_improvement(own, own)) == (1, 0)
    assert effect_ratio(own, effect(BASELINE, ADVANCED)) == pytest.approx(-1)


def test_what_is_not_defined() -> None:
    """No ratio to no effect, no relative improvement over a baseline of 0."""
    none, some = Effect(0.5, 0.5), Effect(0.5, 0.0)
    assert effect_ratio(none, some) is None
    assert delta_relative_improvement(some, none) is None
    assert effect_ratio(some, none) == 0
