"""The gate: what turns a build red, what does not, and what a reader is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from clirbench.analysis.baseline import Baseline, Origin
from clirbench.analysis.baseline_file import baseline_json, read_baseline
from clirbench.analysis.paired import ALL_PAIRS, changes
from clirbench.analysis.regression import Check, Rule, Verdict, check
from clirbench.analysis.seed_noise import seed_noise
from clirbench.data.base import JSON
from clirbench.results.cells import Key, Means
from clirbench.results.clusters import Clusters
from clirbench.statistics import change_between, seed_sd_of
from clirbench.statistics.seeds import seed_variance
from clirbench.statistics.streams import Array

SW, DE = ("sw-en", "m"), ("de-en", "m")


def baseline(
    tables: Mapping[Key, Array],
    *,
    trained: bool = True,
    clusters: Clusters | None = None,
    environment: Mapping[str, JSON] | None = None,
    settings: Mapping[str, JSON] | None = None,
) -> Baseline:
    """Of tables (seeds, topics); an untrained method has one run."""
    scores = {
        key: Means.of(
            {
                s + 1 if trained else None: {f"t{i:03}": float(x) for i, x in enumerate(run)}
                for s, run in enumerate(table)
            }
        )
        for key, table in tables.items()
    }
    origin = Origin(environment=environment or {}, settings=settings or {})
    return Baseline(
        suite="s",
        measure="AP",
        scores=scores,
        clusters=clusters or Clusters(),
        origins=dict.fromkeys(scores, origin),
    )


def draw(seed: int, seeds: int, *, mean: float = 0.4, sd: float = 0.003, topics: int = 60) -> Array:
    """Runs on topics of the same ease, with noise of seeds and of topics."""
    random = np.random.default_rng(seed)
    ease = np.random.default_rng(0).normal(mean, 0.2, topics)
    noise = random.normal(0, sd, (seeds, 1)) + random.normal(0, 0.03, (seeds, topics))
    scores: Array = ease + noise
    return scores


def verdicts(outcome: Check) -> dict[Key, Verdict]:
    """By pair and method."""
    return {(one.pair, one.method): one.verdict for one in outcome.findings}


def test_a_change_is_tested_over_topics_and_seeds() -> None:
    """Each is what the statistics give for its runs, with what the other pairs' runs show of seeds."""
    old = {SW: draw(1, 3, sd=0.001), DE: draw(2, 3, sd=0.02)}
    new = {SW: draw(3, 3, sd=0.001), DE: draw(4, 3, sd=0.02)}
    found = changes(baseline(old), baseline(new), of=[[SW], [DE]])
    for key, other, change in ((SW, DE, found[0]), (DE, SW, found[1])):
        known = seed_sd_of([side[other].mean(axis=1).tolist() for side in (old, new)])
        expected = change_between(old[key], new[key], seed_sd=known)
        assert change.test.p == pytest.approx(expected.p)
        assert change.test.seed_sd == pytest.approx(expected.seed_sd)
    assert found[0].test.df < 20  # the other pair's deviation was the larger


def test_of_one_student_for_all_pairs_a_seed_is_one_draw() -> None:
    """What its other pairs show has the df of one, and its macro mean only what it shows itself."""
    keys = [(f"p{i}", "m") for i in range(5)]
    old, new = ({key: draw(s + i, 3) for i, key in enumerate(keys)} for s in (10, 20))
    entry: dict[str, JSON] = {"label": "m", "training": {"scope": "joint"}}
    joint = seed_noise(baseline(old, settings={"methods": [entry]}), baseline(new), None)
    pairwise = seed_noise(baseline(old), baseline(new), None)
    one, other = joint.of(keys[:1]), pairwise.of(keys[:1])
    assert one
    assert other
    assert (one.sd, one.df, other.df) == (other.sd, 4, 16)
    assert joint.of(keys) is None
    assert pairwise.of(keys)


def test_topics_that_belong_together_are_one() -> None:
    """Clusters of the results count, else those of the baseline."""
    old, new = {SW: draw(1, 2)}, {SW: draw(2, 2)}
    of = {"sw-en": {f"t{i:03}": f"s{i // 2}" for i in range(60)}}
    clusters = Clusters(name="story", of=of)
    expected = change_between(old[SW], new[SW], clusters=[i // 2 for i in range(60)])
    for first, second in ((None, clusters), (clusters, None), (clusters, clusters)):
        (found,) = changes(baseline(old, clusters=first), baseline(new, clusters=second), of=[[SW]])
        assert found.test.p == pytest.approx(expected.p)
        assert (found.test.topics, found.test.clusters) == (60, 30)


@pytest.mark.parametrize("seeds", [1, 3])
def test_a_macro_mean_is_that_of_translated_topics(seeds: int) -> None:
    """Untrained or with seeds: a topic in two languages is one draw, of the mean of both."""
    old = {SW: draw(1, seeds), DE: draw(2, seeds, mean=0.6)}
    new = {SW: draw(3, seeds), DE: draw(4, seeds, mean=0.58)}
    trained = seeds > 1
    sides = baseline(old, trained=trained), baseline(new, trained=trained)
    (found,) = changes(*sides, of=[[SW, DE]])
    assert (found.pair, found.method) == (ALL_PAIRS, "m")
    means = [(side[SW] + side[DE]) / 2 for side in (old, new)]
    assert (found.before, found.after) == pytest.approx([m.mean() for m in means])
    if trained:
        expected = change_between(*means, seed_sd=found.test.seed_sd)
        assert found.test.p == pytest.approx(expected.p)
        parts = [np.array([t.mean(axis=1) for t in side.values()]) / 2 for side in (old, new)]
        a, b = (seed_variance(part) for part in parts)
        pooled = ((a.variance * a.df + b.variance * b.df) / (a.df + b.df)) ** 0.5
        own = change_between(*means).seed_sd
        assert own is not None
        assert found.test.seed_sd is not None
        assert found.test.seed_sd.sd == pytest.approx(max(own.sd, pooled))
    else:
        d = (means[1] - means[0])[0]
        assert found.test.p == pytest.approx(stats.ttest_1samp(d, 0).pvalue)


def test_macro_means_of_other_topics_weigh_pairs_alike() -> None:
    """A pair with fewer topics counts as much; with other numbers of runs, their means count."""
    old = {SW: draw(1, 2, topics=20), DE: draw(2, 3)}
    new = {SW: draw(3, 2, topics=20), DE: draw(4, 2)}
    (found,) = changes(baseline(old), baseline(new), of=[[SW, DE]])
    expected = [(side[SW].mean() + side[DE].mean()) / 2 for side in (old, new)]
    assert (found.before, found.after) == pytest.approx(expected)
    assert found.test.difference == pytest.approx(expected[1] - expected[0])
    assert found.test.seeds == (1, 2)


def test_what_no_drop_could_show_is_said() -> None:
    """With so few runs that a mean could fall to nothing and not be significant."""
    few = {SW: np.array([[0.1, 0.2, 0.1], [0.3, 0.2, 0.3]])}
    more = {SW: few[SW][::-1] * 0.9}
    notes = check(baseline(few), baseline(more), {}, Rule()).notes
    assert notes == ("in 1 of 1, no single drop could be significant",)


def test_one_seed_is_judged_by_the_tolerance_alone_and_says_so() -> None:
    """Unless what another seed changes is stated; untrained methods need no such thing."""
    old, new = {SW: draw(1, 1, mean=0.4)}, {SW: draw(2, 1, mean=0.38)}
    outcome = check(baseline(old), baseline(new), {}, Rule())
    (finding,) = outcome.findings
    assert finding.verdict is Verdict.REGRESSED
    assert "no p" in finding.text
    assert "by the tolerance alone: seed noise is not known" in finding.text
    assert outcome.notes[0].startswith("1 of 1 judged by the tolerance alone: seed noise is not")
    assert "--seed-sd" in outcome.notes[1]
    stated = check(baseline(old), baseline(new), {}, Rule(seed_sd=0.02))
    assert verdicts(stated) == {SW: Verdict.HELD}
    assert "not significant" in stated.findings[0].text
    assert not any("tolerance alone" in note for note in stated.notes)
    fixed = [baseline(side, trained=False) for side in (old, new)]
    (untrained,) = check(fixed[0], fixed[1], {}, Rule(seed_sd=0.02)).findings
    assert untrained.change is not None
    assert untrained.change.test.p == pytest.approx(stats.ttest_rel(new[SW][0], old[SW][0]).pvalue)


def test_a_drop_within_the_tolerance_is_named_and_no_error() -> None:
    """If it is significant."""
    old = draw(1, 3, sd=0.02)
    lower = {SW: old - 0.008 - np.linspace(0, 0.001, 60)}
    outcome = check(baseline({SW: old}), baseline(lower), {}, Rule())
    assert verdicts(outcome) == {SW: Verdict.HELD}  # as good as the noise of seeds
    fixed = [baseline({SW: t[:1]}, trained=False) for t in (old, lower[SW])]
    outcome = check(fixed[0], fixed[1], {}, Rule())
    assert verdicts(outcome) == {SW: Verdict.LOWER}
    assert outcome.exit_code == 0
    assert outcome.summary == "s, AP: 1 lower, within tolerance"


def test_a_loss_on_all_pairs_shows_in_the_macro_mean() -> None:
    """Though on no pair alone it is beyond what topics and seeds explain."""
    keys = [(f"p{i}", "m") for i in range(8)]
    random = np.random.default_rng(0)

    def runs(mean: float) -> dict[Key, Array]:
        noise = random.normal(0, 0.1, (8, 3, 80))
        noise -= noise.mean(axis=2, keepdims=True)
        return {key: mean + own for key, own in zip(keys, noise, strict=True)}

    old, new = runs(0.4), runs(0.385)
    found = verdicts(check(baseline(old), baseline(new), {}, Rule()))
    assert found.pop((ALL_PAIRS, "m")) is Verdict.REGRESSED
    assert set(found.values()) == {Verdict.HELD}
    assert len(check(baseline(old), baseline(new), {}, Rule(exact=True)).findings) == len(keys)


def test_another_machine_is_told_and_is_no_regression() -> None:
    """What another processor's rounding changes is as another seed's; versions and settings are named."""
    old = baseline(
        {SW: draw(1, 3, sd=0.02)},
        environment={"processor": "A", "device": "CPU, 1 threads", "git": {"revision": "x"}},
        settings={"seeds": [1, 2, 3], "training": {"epochs": 2}},
    )
    new = baseline(
        {SW: draw(2, 3, sd=0.02)},
        environment={"processor": "B", "device": "CPU, 4 threads", "git": {"revision": "y"}},
        settings={"seeds": [1, 2, 3], "training": {"epochs": 4}},
    )
    outcome = check(old, new, {}, Rule())
    assert outcome.exit_code == 0
    settings, environment, *_ = outcome.notes
    assert settings == "settings differ from the baseline's: training.epochs: 2 → 4"
    assert environment == (
        'environment differs from the baseline\'s: device: "CPU, 1 threads" → "CPU, 4 threads"; '
        'processor: "A" → "B"; rounding may differ and grow in training, as much as '
        "with another seed"
    )
    same = check(old, replace(new, origins=old.origins), {}, Rule())
    assert not any("other" in note for note in same.notes)


def test_version_1_is_checked_against(root: Path) -> None:
    """Means over seeds are one run; a method whose results have no seed has no noise of seeds."""
    path = root / "tests/analysis/baseline-1.json"
    text = path.read_text()
    assert '"version": 1' in text
    old = read_baseline(path)
    runs = {
        key: Means.of({s: dict(means.topics) for s in ([None] if means.seeds == 1 else [1, 2])})
        for key, means in old.scores.items()
    }
    outcome = check(old, replace(old, scores=runs), {}, Rule())
    assert outcome.exit_code == 0
    assert {one.verdict for one in outcome.findings} == {Verdict.HELD}
    assert outcome.notes[0].startswith("the baseline has format version 1")


def test_the_gate(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few of the builds of benchmarks/check_simulation.py, and a file between two of them."""
    monkeypatch.syspath_prepend(root / "benchmarks")
    import check_simulation as simulation

    random = np.random.default_rng(0)

    def world(seed_sd: float, seeds: int) -> simulation.World:
        return simulation.World(random, seeds=seeds, topics=246, seed_sd=seed_sd)

    red = [
        simulation.false_alarm(world(sd, seeds))
        for sd in simulation.SEED_SDS
        for seeds in (1, 2)
        for _ in range(5)
    ]
    assert sum(red) <= 2  # of 30
    assert sum(simulation.found_at_once(world(0.003, 5)) for _ in range(5)) >= 4
    assert simulation.found_in_time(world(0.003, 5))
    whole = world(0.003, 2).build()
    path = tmp_path / "b.json"
    path.write_text(baseline_json(whole))
    assert read_baseline(path) == whole
