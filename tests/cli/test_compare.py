from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from clirbench.analysis.differences import differences, flat
from clirbench.results.folder import Folder
from clirbench.statistics import adjust, change_between, number

Call = Callable[..., subprocess.CompletedProcess[str]]
Write = Callable[..., Path]

TOPICS = [f"t{i}" for i in range(15)]
TRAINING = {"epochs": 2, "rate": 0.1}


def cells(shift: float) -> dict[str, dict[str, float]]:
    """Two methods, one of which is shifted by an amount that varies over topics."""
    return {
        "sw-en/bm25": dict.fromkeys(TOPICS, 0.2),
        "sw-en/m/seed=1": {t: 0.3 + shift * (i % 3) for i, t in enumerate(TOPICS)},
        "sw-en/m/seed=2": {t: 0.4 + shift * (i % 5) for i, t in enumerate(TOPICS)},
    }


def settings(epochs: int) -> dict[str, object]:
    """Settings as `clirbench run` resolves them."""
    training = {**TRAINING, "epochs": epochs}
    return {
        "training": training,
        "pairs": [{"query": "sw", "documents": "en", "resource": "low"}],
        "methods": [
            {"label": "m", "method": {"beta": 0.5 * epochs}, "training": training},
            {"label": "own", "method": {}, "training": {**TRAINING, "epochs": 3 * epochs}},
        ],
    }


def test_compare(write_results: Write, command: Call) -> None:
    """Settings, versions, scores and what is only in one are all told."""
    first = write_results("first", {**cells(0.0), "de-en/gone": {"a": 1.0}}, **settings(2))
    second = write_results("second", {**cells(0.05), "fr-en/new": {"a": 1.0}}, **settings(4))
    environment = {"format": 1, "python": "3.12.1", "packages": {"torch": "9"}}
    (second / "environment.json").write_text(json.dumps(environment))
    done = command("compare", first, second)
    assert done.returncode == 0, done.stderr
    for part in (
        "training.epochs: 2 → 4",
        "methods.m.method.beta: 1.0 → 2.0",
        "methods.own.training.epochs: 6 → 12",
        'python: "3.11.7" → "3.12.1"',
        'packages.torch: – → "9"',
        "2 pairs and methods are in both, 1 of them the same to the last bit",
        "not compared: de-en/gone: not in the second",
        "not compared: fr-en/new: not in the first",
        "for 2 comparisons",
    ):
        assert part in done.stdout
    assert "methods.m.training.epochs" not in done.stdout  # it is the suite's own
    assert "pairs.sw-en" not in done.stdout


def test_scores_are_those_of_the_statistics(write_results: Write) -> None:
    """Means, differences and p are what NumPy and the test give for the same arrays, seeds in it."""
    first, second = write_results("a", cells(0.0)), write_results("b", cells(0.05))
    found = differences(Folder(first), Folder(second))
    assert [(c.pair, c.method) for c in found.changes] == [("sw-en", "bm25"), ("sw-en", "m")]
    place = [TOPICS.index(topic) for topic in sorted(TOPICS)]
    old = np.array([[level] * 15 for level in (0.3, 0.4)])
    new = old + np.array([[0.05 * (i % n) for i in place] for n in (3, 5)])
    expected = change_between(old, new)
    same, change = found.changes
    assert (same.test.difference, same.test.p, same.test.interval) == (0.0, 1.0, (0.0, 0.0))
    assert change.before == pytest.approx(0.35)
    assert change.after == pytest.approx(0.35 + expected.difference)
    assert change.test.p is not None
    assert change.test.p == pytest.approx(expected.p)
    assert change.test.interval == pytest.approx(expected.interval)
    assert change.test.seed_sd == pytest.approx(expected.seed_sd)
    assert [same.p_adjusted, change.p_adjusted] == adjust([1.0, change.test.p])
    half = differences(Folder(first), Folder(second), measure="nDCG@10").changes[1]
    assert half.test.difference == pytest.approx(expected.difference / 2)


def test_seeds_that_are_not_known_are_said(write_results: Write, command: Call) -> None:
    """With one run a side there is no p, unless what another seed changes is stated."""
    one = [{k: v for k, v in cells(shift).items() if "seed=2" not in k} for shift in (0.0, 0.05)]
    first, second = (write_results(name, own) for name, own in zip("ab", one, strict=True))
    assert "no p for 1 of 2: seed noise is not known" in command("compare", first, second).stdout
    assert "no p" not in command("compare", first, second, "--seed-sd", "0.01").stdout
    known = differences(Folder(first), Folder(second), seed_sd=0.01).changes[1].test
    assert known.seed_sd == (0.01, float("inf"))


def test_backwards_is_the_negative(write_results: Write) -> None:
    """Exchanging the folders changes the sign and nothing else."""
    first, second = write_results("a", cells(0.0)), write_results("b", cells(0.05))
    for there, back in zip(
        differences(Folder(first), Folder(second)).changes,
        differences(Folder(second), Folder(first)).changes,
        strict=True,
    ):
        assert there.test.difference == pytest.approx(-back.test.difference)
        assert there.test.p == pytest.approx(back.test.p)
        assert (there.before, there.after) == (back.after, back.before)


def test_same_folder(write_results: Write, command: Call) -> None:
    """A folder does not differ from itself."""
    results = write_results("a", cells(0.0))
    done = command("compare", results, results)
    assert done.returncode == 0
    assert "settings: the same" in done.stdout
    assert "versions: the same" in done.stdout
    assert "2 of them the same to the last bit" in done.stdout


def test_other_topics_and_failed_cells_are_not_compared(write_results: Write) -> None:
    """What cannot be paired is named with the reason."""
    first = write_results("a", cells(0.0))
    fewer = {cell: dict(list(topics.items())[1:]) for cell, topics in cells(0.0).items()}
    second = write_results("b", fewer)
    (second / "cells/sw-en/bm25/error.log").write_text("no disk\n")
    found = differences(Folder(first), Folder(second))
    assert found.changes == ()
    assert found.apart == (
        "sw-en/bm25: not in the second (failed: no disk)",
        "sw-en/m: other topics: 1 only in the first, 0 only in the second",
    )


def test_other_seeds_are_told(write_results: Write, command: Call) -> None:
    """A mean over fewer seeds is compared, and which they are is said: a seed may be all that changed."""
    first = write_results("a", cells(0.0))
    second = write_results("b", cells(0.0))
    (second / "cells/sw-en/m/seed=2/error.log").write_text("no disk\n")
    told = "sw-en/m: 1, 2 in the first, 1 in the second (sw-en/m/seed=2: failed: no disk)"
    found = differences(Folder(first), Folder(second))
    assert found.unlike == (told,)
    assert found.changes[1].after == pytest.approx(0.3)
    assert f"other seeds: {told}" in command("compare", first, second).stdout
    assert differences(Folder(first), Folder(first)).unlike == ()


@pytest.mark.parametrize("options", [["--measure", "P@7"], []])
def test_bad_input(options: list[str], tmp_path: Path, write_results: Write, command: Call) -> None:
    """A measure or folder that is not there exits with 2."""
    results = write_results("a", cells(0.0))
    done = command("compare", results, results if options else tmp_path / "no", *options)
    assert done.returncode == 2
    assert ("no scores by P@7" if options else "settings.json: missing") in done.stderr


def test_flat() -> None:
    """Tables of a list go by their names, or by their places where two share a name."""
    assert flat({"a": {"b": 1}, "c": [1, "x"], "d": [], "e": {}}) == {
        "a.b": "1", "c": '[1,"x"]', "d": "[]", "e": "{}"
    }  # fmt: skip
    assert flat([{"name": "x", "v": 1}, {"w": 2}]) == {"x.name": '"x"', "x.v": "1", "1.w": "2"}
    assert flat([{"name": "x"}, {"name": "x"}]) == {"0.name": '"x"', "1.name": '"x"'}


def test_names_come_out_as_they_are(tmp_path: Path, write_results: Write, command: Call) -> None:
    """Compare and check print names with a console's markup and other signs as they are."""
    nasty = "[red]50%_&<b>[bold]x"
    topics = {f"t{i}": 0.5 for i in range(12)}
    first = write_results("first", {f"sw-en/{nasty}": topics})
    worse = write_results("worse", {f"sw-en/{nasty}": dict.fromkeys(topics, 0.1)})
    path = tmp_path / "baseline.json"
    assert command("baseline", first, "--output", path).returncode == 0
    for done in (command("compare", first, worse), command("check", worse, "--baseline", path)):
        rows = [
            line.split("│")[2].strip() for line in done.stdout.splitlines() if "sw-en │" in line
        ]
        assert rows == [nasty]


def effects(
    gain: float, *, pairs: tuple[str, ...] = ("sw-en", "so-en"), topics: int = 6
) -> dict[str, dict[str, float]]:
    """Two seeds of a baseline and of a method that is better by a gain, doubled on the second pair."""
    return {
        f"{pair}/{method}/seed={seed}": {
            f"t{i}": 0.2 + 0.01 * i + 0.02 * seed + (method == "new") * gain * (p + 1)
            for i in range(topics)
        }
        for p, pair in enumerate(pairs)
        for method in ("old", "new")
        for seed in (1, 2)
    }


def test_a_replication_is_judged(write_results: Write, command: Call) -> None:
    """On each pair and their mean: ratio of effects, and what the relative improvement lost; on other topics."""
    claim = {"hypothesis": {"better": "new", "than": "old", "on": "all"}}
    first = write_results("first", effects(0.1), **claim)
    second = write_results("second", effects(0.05, topics=4))
    found = differences(Folder(first), Folder(second)).replications
    assert [one.pair for one in found] == ["so-en", "sw-en", "all pairs"]
    base, other = 0.255, 0.245  # 0.2, 0.03 of the seeds, 0.025 and 0.015 of the topics
    for one, gain in zip(found, (0.2, 0.1, 0.15), strict=True):
        assert one.effect_ratio == pytest.approx(0.5)
        delta = gain / base - gain / 2 / other
        assert one.delta_relative_improvement == pytest.approx(delta)
    done = command("compare", first, second)
    assert done.returncode == 0, done.stderr
    assert "new less old, MAP: B as a replication of A" in done.stdout
    for one in found:
        ri = number(one.delta_relative_improvement or 0, sign=True)
        assert re.search(rf"{one.pair} +│ +\+\S+ │ +\+\S+ │ +\.50 │ +{re.escape(ri)} ", done.stdout)
    back = command("compare", first, second, "--effect", "old", "new")
    assert "old less new, MAP: B as a replication of A" in back.stdout
    wrong = command("compare", first, second, "--effect", "new", "newer")
    assert wrong.returncode == 2
    assert "both have both methods; methods in both: new, old" in wrong.stderr


def test_without_a_hypothesis_nothing_is_replicated(write_results: Write, command: Call) -> None:
    """No methods are named, so none are compared so."""
    folders = [write_results(name, effects(0.1)) for name in ("first", "second")]
    done = command("compare", *folders)
    assert done.returncode == 0, done.stderr
    assert "replication" not in done.stdout
