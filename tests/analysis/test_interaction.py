"""A difference of two differences: against sums by hand, and against the plain comparison it comes down to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest

import clirbench
from clirbench.analysis.analysis_plan import plan_of
from clirbench.analysis.interaction import interaction_of
from clirbench.errors import SuiteError
from clirbench.front.results import Results
from clirbench.report.interaction import interaction_notes
from clirbench.spec.cell import Cell
from clirbench.spec.model import Suite
from clirbench.spec.read import read_suite
from clirbench.statistics import Comparison

ROOT = Path(__file__).resolve().parents[2]
Steps = tuple[tuple[str, str], tuple[str, str]]


@pytest.fixture(scope="module")
def results() -> Results:
    """Results on seven languages, three seeds."""
    return clirbench.load(ROOT / "results" / "ntrex-small")


def asking(suite: Suite, steps: Steps) -> Suite:
    """The suite, which asks for an interaction."""
    return replace(suite, statistics=replace(suite.statistics, interaction=steps))


def test_against_the_plain_comparison(results: Results) -> None:
    """(a - z) - (b - z), with an untrained z, is a - b: in difference, interval and p, on all pairs."""
    steps = (("optical", "zero-shot"), ("sentence-contrastive", "zero-shot"))
    suite = asking(results.suite, steps)
    found = interaction_of(suite, results.cells.scores, results.clusters, "AP")
    assert found is not None
    assert len(found.comparisons) == len(found.design.scopes)
    for one in found.comparisons:
        plain = results.measures[0].between("optical", "sentence-contrastive", one.on)
        assert isinstance(plain, Comparison)
        assert one.difference == pytest.approx(plain.difference, abs=1e-12)
        assert one.p == pytest.approx(plain.p, abs=1e-9)
        assert one.claimed_interval == pytest.approx(plain.claimed_interval, abs=1e-9)


def test_against_means_by_hand(results: Results) -> None:
    """Of four methods: the mean over topics and seeds, as arithmetic gives it."""
    steps = (("optical", "token-contrastive"), ("sentence-mse", "sentence-contrastive"))
    suite = asking(results.suite, steps)
    found = interaction_of(suite, results.cells.scores, results.clusters, "AP")
    assert found is not None
    (one,) = (each for each in found.comparisons if each.on == "so-en")

    def mean(method: str) -> float:
        cells = [Cell("so-en", method, seed) for seed in suite.seeds]
        return fmean(
            values["AP"] for cell in cells for values in results.cells.scores[cell].values()
        )

    a, b, c, d = (mean(method) for step in steps for method in step)
    assert one.first_mean == pytest.approx(a - b, abs=1e-12)
    assert one.second_mean == pytest.approx(c - d, abs=1e-12)
    assert one.difference == pytest.approx((a - b) - (c - d), abs=1e-12)


def test_what_is_missing(results: Results) -> None:
    """Without the cells of one of the four there is no estimate, and the notes say nothing."""
    steps = (("optical", "token-contrastive"), ("sentence-mse", "sentence-contrastive"))
    scores = {c: own for c, own in results.cells.scores.items() if c.method != "token-contrastive"}
    assert interaction_of(asking(results.suite, steps), scores, results.clusters, "AP") is None
    assert list(interaction_notes(results, "AP")) == []


def test_in_a_suite(write_suite: Callable[..., Path]) -> None:
    """The plan of analysis has it; labels that are not there are refused with their place."""
    asked = '[["optical", "zero-shot"], ["sentence-contrastive", "zero-shot"]]'
    path = write_suite(("[statistics]", f"[statistics]\ninteraction = {asked}"))
    plan = plan_of(read_suite(path).suite)
    assert plan["interaction"] == [
        ["optical", "zero-shot"],
        ["sentence-contrastive", "zero-shot"],
    ]
    assert "interaction" not in plan_of(read_suite(write_suite()).suite)
    for wrong, message in (
        ('[["optical", "bm52"], ["zero-shot", "bm25"]]', 'no method "bm52"; did you mean "bm25"?'),
        ('[["optical", "optical"], ["zero-shot", "bm25"]]', "compares a method with itself"),
        ('[["optical", "bm25"], ["bm25", "optical"]]', "compares a difference with itself"),
    ):
        path = write_suite(("[statistics]", f"[statistics]\ninteraction = {wrong}"))
        with pytest.raises(SuiteError, match=r"statistics\.interaction") as caught:
            read_suite(path)
        assert any(message in error for error in caught.value.errors)
