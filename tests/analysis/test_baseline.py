"""Baselines: what their files hold, what is refused, and how they are renewed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from clirbench.analysis.baseline import Baseline, Origin
from clirbench.analysis.baseline_file import baseline_json, read_baseline
from clirbench.analysis.regression import Rule
from clirbench.analysis.renewal import keep_best
from clirbench.errors import DataError
from clirbench.results.cells import Key, Means
from clirbench.results.clusters import Clusters

KEY = "a-b", "m"


def made(
    scores: Mapping[Key, Means], *, day: int = 1, clusters: Clusters | None = None
) -> Baseline:
    """A baseline of results of that day."""
    environment = {"written": f"2026-01-0{day}T10:00:00+00:00", "clirbench": "0.1"}
    origin = Origin(environment=environment, settings={"seeds": [1, 2]})
    return Baseline(
        suite="s",
        measure="AP",
        scores=scores,
        clusters=clusters or Clusters(),
        origins=dict.fromkeys(scores, origin),
    )


def level(value: float, seeds: int = 2, topics: int = 40) -> Means:
    """Runs with about that mean: a seed changes it by .001, a topic's score by up to .02."""
    return Means.of(
        {
            seed: {
                f"t{i:02}": value + 0.001 * seed + 0.02 * (i * seed % 7 - 3) / 3
                for i in range(topics)
            }
            for seed in range(1, seeds + 1)
        }
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """To the last bit: runs, those without a seed too, clusters, and what each entry was made by."""
    scores = {
        ("a-b", 'n"<&'): Means.of({None: {"t1": 1 / 3, "t2": 0.1}}),
        ("c-d", "m"): Means.of({3: {"x": 0.0}, 5: {"x": 1.0}}),
    }
    clusters = Clusters(name="story", of={"a-b": {"t1": "s", "t2": "s"}})
    whole = made(scores, clusters=clusters)
    later = made({KEY: level(0.5)}, day=2)
    mixed = Baseline(
        suite="s",
        measure="AP",
        scores={**later.scores, **whole.scores},
        clusters=clusters,
        origins={**later.origins, **whole.origins},
    )
    path = tmp_path / "baseline.json"
    for baseline in (whole, mixed):
        path.write_text(baseline_json(baseline), encoding="utf-8")
        assert read_baseline(path) == baseline
    document = json.loads(path.read_text(encoding="utf-8"))
    assert [one["environment"]["written"][:10] for one in document["origins"]] == [
        "2026-01-02",
        "2026-01-01",
    ]
    assert document["means"]["m"] == pytest.approx((0.5 + level(0.5).mean) / 2)


def test_version_1_is_read(root: Path) -> None:
    """It has means over seeds in place of runs."""
    baseline = read_baseline(root / "tests/analysis/baseline-1.json")
    assert baseline == Baseline(
        suite="hand",
        measure="AP",
        scores={
            ("de-en", "bm25"): Means(topics={"t1": 0.25, "t2": 0.5}, seeds=1),
            ("de-en", "optical"): Means(topics={"t1": 0.375, "t2": 1.0}, seeds=2),
        },
    )


def twice(text: str) -> str:
    """A topic stands twice in the second run."""
    place = text.rindex('"t00"')
    return f'{text[:place]}"t00": 0.5, {text[place:]}'


def again(document: dict[str, Any]) -> None:
    """An entry stands twice."""
    document["scores"].append(document["scores"][0])


def same_seed(document: dict[str, Any]) -> None:
    """A seed stands twice."""
    document["scores"][0]["runs"][1]["seed"] = 1


def other_topics(document: dict[str, Any]) -> None:
    """A run is on other topics."""
    del document["scores"][0]["runs"][1]["topics"]["t03"]


def no_origin(document: dict[str, Any]) -> None:
    """An entry is of an origin that is not there."""
    document["scores"][0]["origin"] = 7


def nan(document: dict[str, Any]) -> None:
    """A score is NaN."""
    document["scores"][0]["runs"][1]["topics"]["t03"] = float("nan")


def infinite(document: dict[str, Any]) -> None:
    """A score is infinite."""
    document["scores"][0]["runs"][0]["topics"]["t00"] = float("inf")


def no_runs(document: dict[str, Any]) -> None:
    """An entry has no run."""
    document["scores"][0]["runs"] = []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (nan, "scores.0.runs.1.topics.t03: input should be a finite number (got NaN)"),
        (infinite, "scores.0.runs.0.topics.t00: input should be a finite number (got Infinity)"),
        (again, "scores.1: duplicate a-b/m"),
        (same_seed, "scores.0: duplicate seed of a-b/m"),
        (other_topics, "scores.0: the runs of a-b/m are not on the same topics"),
        (no_origin, "scores.0: a-b/m has origin 7, but there is 1"),
        (no_runs, "scores.0.runs: list should have at least 1 item"),
    ],
)
def test_a_damaged_baseline_is_refused(
    damage: Callable[[dict[str, Any]], None], said: str, tmp_path: Path
) -> None:
    """The error says in which file, where in it, and what came."""
    path = tmp_path / "b.json"
    document = json.loads(baseline_json(made({KEY: level(0.5)})))
    damage(document)
    path.write_text(json.dumps(document))
    with pytest.raises(DataError) as caught:
        read_baseline(path)
    assert str(caught.value).startswith(f"{path}: a damaged baseline: {said}")


def test_a_topic_that_stands_twice_is_refused(tmp_path: Path, root: Path) -> None:
    """JSON's readers would take the latter; so in both versions."""
    path = tmp_path / "b.json"
    path.write_text(twice(baseline_json(made({KEY: level(0.5)}))))
    with pytest.raises(DataError, match=r'scores\.0\.runs\.1\.topics: duplicate "t00"'):
        read_baseline(path)
    old = (root / "tests/analysis/baseline-1.json").read_text()
    path.write_text(old.replace('"t1": 0.375', '"t1": 0.375, "t1": 0.5'))
    with pytest.raises(DataError, match=r'scores\.1\.topics: duplicate "t1"'):
        read_baseline(path)


def test_keep_best(tmp_path: Path) -> None:
    """What is better beyond doubt is taken, what is not is kept with its origin; new entries come in."""
    names = ("better", "lower", "a little better", "other topics")
    old = made({("a-b", name): level(0.5) for name in (*names, "gone")})
    new = made(
        {
            ("a-b", "better"): level(0.55),
            ("a-b", "lower"): level(0.491),
            ("a-b", "a little better"): level(0.504),
            ("a-b", "other topics"): level(0.4, topics=30),
            ("a-b", "new"): level(0.1),
        },
        day=2,
    )
    baseline, kept = keep_best(old, new, Rule())
    assert set(kept) == {("a-b", "lower"), ("a-b", "a little better")}
    for key in new.scores:
        source = old if key in kept else new
        assert baseline.scores[key] == source.scores[key]
        assert baseline.origins[key] == source.origins[key]
    assert baseline.scores.keys() == new.scores.keys()
    path = tmp_path / "b.json"
    path.write_text(baseline_json(baseline))
    assert read_baseline(path) == baseline


def test_keep_best_needs_the_same_suite_and_runs() -> None:
    """Another suite's scores are no better or worse, and of version 1 the runs are not known."""
    new = made({KEY: level(0.5)})
    other = Baseline(suite="o", measure="AP", scores=new.scores, origins=new.origins)
    with pytest.raises(DataError, match='of "o" by AP, the results are of "s" by AP'):
        keep_best(other, new, Rule())
    with pytest.raises(DataError, match="version 1, without runs"):
        keep_best(Baseline(suite="s", measure="AP", scores=new.scores), new, Rule())
