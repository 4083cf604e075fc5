"""The parts of the page, each by itself."""

from __future__ import annotations

import gzip
import itertools
import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clirbench.analysis.focus import focus_of
from clirbench.analysis.learning_curves import learning_curves
from clirbench.analysis.seed_means import seed_means
from clirbench.artifacts.record import read_record, write_record
from clirbench.data.lock import Lock
from clirbench.errors import DataError
from clirbench.report.figures.labels import set_apart
from clirbench.report.page.answer import minus, span
from clirbench.report.page.cost import cost
from clirbench.report.page.examples import examples, wanted_documents
from clirbench.report.page.forest import forests
from clirbench.report.page.heatmap import plan_maps
from clirbench.report.page.languages import languages
from clirbench.report.page.lines import Line, line_chart
from clirbench.report.page.svg import Scale, scale_over, tag, tick_text
from clirbench.report.page.texts import at_hand, read_texts
from clirbench.report.page.topics import CODE, cut, encode
from clirbench.report.table import result_table
from clirbench.results.folder import Folder
from clirbench.statistics import Interval, number

Make = Callable[..., Path]
SCORES = st.floats(0, 1)


def decode(two: str) -> int:
    """What the script makes of two characters."""
    return 64 * CODE.index(two[0]) + CODE.index(two[1])


@given(SCORES)
def test_encoded_scores_are_those_that_tables_show(score: float) -> None:
    """Thousandths, rounded by the one rule."""
    assert decode(encode(score)) == round(1000 * float(number(score)))


@pytest.mark.parametrize(("score", "places"), [(0.0625, 62), (4.2, 4095), (-0.1, 0), (1.0, 1000)])
def test_encoded_scores_at_the_ends(score: float, places: int) -> None:
    """What does not fit is held at the ends."""
    assert decode(encode(score)) == places


@given(st.text(max_size=60), st.integers(8, 40))
def test_cut_texts_begin_as_they_did(text: str, length: int) -> None:
    """No longer than asked for and an ellipsis; short ones only lose doubled spaces."""
    shown = cut(text, length)
    whole = " ".join(text.split())
    assert len(shown) <= length + 1
    assert shown == whole or (shown.endswith("…") and whole.startswith(shown[:-1]))


@given(st.text(), st.text())
def test_elements_escape_text_and_values(text: str, value: str) -> None:
    """What comes between the tags is no markup, whatever it is."""
    made = tag("text", text, class_=value, text_anchor=None)
    assert re.sub(r"&(amp|lt|gt|#34|#39);", "", made).count("<") == (2 if text else 1)
    assert made.count('"') == 2
    assert "text-anchor" not in made


def test_elements_hold_elements_and_short_numbers() -> None:
    """Elements stay elements; numbers have at most two places."""
    inner = tag("title", "a < b")
    assert tag("g", inner, x=1 / 3, y=-0.001) == '<g x="0.33" y="0"><title>a &lt; b</title></g>'


@given(st.floats(-5, 5), st.floats(1e-4, 5))
def test_scales_have_a_few_round_ticks(low: float, span_: float) -> None:
    """One to six ticks, all on the scale, of a step that is 1, 2 or 5 times a power of ten."""
    scale = scale_over(low, low + span_)
    ticks = list(scale.ticks())
    assert 2 <= len(ticks) <= 6
    assert all(scale.low - 1e-6 <= tick <= scale.high + 1e-6 for tick in ticks)
    mantissa = scale.step / 10 ** math.floor(math.log10(scale.step) + 1e-9)
    assert min(abs(mantissa - factor) for factor in (1, 2, 5)) < 1e-6
    texts = [tick_text(tick, scale.step) for tick in ticks]
    assert len(set(texts)) == len(texts)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=8).map(sorted))
def test_spread_labels_do_not_touch(places: list[float]) -> None:
    """Labels keep their order and their distance, and end at the last place."""
    moved = set_apart(places, apart=12, high=100)
    assert all(b - a >= 12 - 1e-9 for a, b in itertools.pairwise(moved))
    assert moved[-1] <= 100
    if all(b - a >= 12 for a, b in itertools.pairwise(places)):
        assert moved == places


def test_minus_signs_are_set_before_numbers_alone() -> None:
    """Names keep their hyphens."""
    assert minus("sw-en a-1 -.018 [-.033, -1.2] t -x") == "sw-en a-1 −.018 [−.033, −1.2] t -x"
    assert span(Interval(-0.5, 0.25)) == "[−.500,\u00a0.250]"
    assert span(None) == "–"


def places(strip: str, name: str) -> list[tuple[float, ...]]:
    """Where the marks of a class lie, in percent."""
    found = re.findall(rf'<\w+ ([^>]*)class="{name}[^"]*"', strip)
    keys = ("x1", "x2", "cx", "x", "width")
    return [
        tuple(float(v) for k, v in re.findall(r'(\w+)="([-.\d]+)%"', attrs) if k in keys)
        for attrs in found
    ]


def test_forest_strips_are_the_comparisons_to_scale(whole_folder: Path) -> None:
    """Points and ends of intervals lie on one line against their numbers, in every panel."""
    comparisons = Folder(whole_folder).measures[0]
    table = result_table(comparisons, suite="")
    drawn = forests(table, comparisons)
    assert [[panel.method for panel in forest.panels] for forest in drawn] == [
        ["mse", "optical"],
        ["zero-shot"],
    ]
    for forest in drawn:
        against: list[tuple[float, float]] = []
        for panel in forest.panels:
            for row in panel.rows:
                assert row.found is not None
                assert row.found == comparisons.between(panel.method, "contrastive", row.on)
                against.append((row.found.difference, places(row.strip, "dot")[0][0]))
                assert row.found.interval is not None
                against += zip(row.found.interval, places(row.strip, "thick")[0], strict=True)
                against.append((0.0, places(row.strip, "zero")[0][0]))
                significant = row.found.p_adjusted <= 0.05
                assert ('class="dot none"' in row.strip) == (not significant)
        (x0, y0), (x1, y1) = min(against), max(against)
        for x, y in against:
            assert y == pytest.approx(y0 + (x - x0) * (y1 - y0) / (x1 - x0), abs=0.02)


def test_language_bars_are_the_means_to_scale(whole_folder: Path) -> None:
    """Bars, bounds and seeds lie where their numbers put them, from 0."""
    contents = Folder(whole_folder)
    comparisons = contents.measures[0]
    table = result_table(comparisons, suite="")
    seeds = seed_means(contents.cells, "AP")
    chart = languages(table, comparisons, seeds, focus_of(comparisons))
    assert [panel.pair for panel in chart.panels] == ["tl-en", "mr-en", "fi-en", "de-en"]
    unit = None
    for panel in chart.panels:
        for row in panel.rows:
            mean = comparisons.mean(row.method, panel.pair)
            assert mean.mean is not None
            unit = unit or places(row.strip, "bar")[0][1] / mean.mean
            assert places(row.strip, "bar")[0] == pytest.approx((0, unit * mean.mean), abs=0.02)
            for name, bound in (("floor", "zero-shot"), ("ceiling", "oracle")):
                at = comparisons.mean(bound, panel.pair).mean
                assert at is not None
                assert places(row.strip, name)[0] == pytest.approx((unit * at,) * 2, abs=0.02)
            runs = [x for (x,) in places(row.strip, "seed")]
            assert runs == pytest.approx([unit * run for run in row.seeds], abs=0.02)
            assert sum(row.seeds) / 2 == pytest.approx(mean.mean)
    roles = {row.method: row.role for row in chart.panels[0].rows}
    assert roles == {"mse": "other", "contrastive": "second", "optical": "first"}


def test_curves_keep_the_mean_of_the_losses(whole_folder: Path) -> None:
    """Where each point is the mean of as many steps, the mean of the points is that of the log."""
    contents = Folder(whole_folder)
    found = {(curve.pair, curve.method): curve for curve in learning_curves(contents)}
    assert len(found) == 4 * 3
    curve = found["fi-en", "optical"]
    assert curve.runs == 2
    assert len(curve.steps) == 24
    losses = [2 / i + 0.1 * seed for i in range(1, 61) for seed in (1, 2)]
    weights = [sum((i * 24) // 60 == place for i in range(60)) for place in range(24)]
    mean = sum(w * x for w, x in zip(weights, curve.losses, strict=True)) / 60
    assert mean == pytest.approx(sum(losses) / len(losses))
    assert curve.steps == tuple(sorted(curve.steps))


def test_damaged_logs_are_passed_over(make_folder: Make) -> None:
    """Half a line, a step without loss and a loss that is no number leave the others.

    A log that was changed since it was made is an error.
    """
    results = make_folder(pairs={"sw-en": "low"}, seeds=(1,))
    log = results / "cells/sw-en/optical/seed=1/training.jsonl"
    log.write_text('{"step": 1, "loss": 2.0}\n{"step": 2, "loss": NaN}\n{"step": 3}\n{"st')
    with pytest.raises(DataError, match=r"seed=1/training\.jsonl: was changed since it was made"):
        learning_curves(Folder(results))
    record = read_record(log.parent)
    assert record is not None
    own = {"bytes": log.stat().st_size, "sha256": sha256(log.read_bytes()).hexdigest()}
    write_record(log.parent, replace(record, files={**record.files, log.name: own}))
    (curve,) = (c for c in learning_curves(Folder(results)) if c.method == "optical")
    assert (curve.steps, curve.losses) == ((1.0,), (2.0,))


@pytest.mark.parametrize("x", [0.0, 1.0])
def test_a_line_of_one_point_is_drawn(x: float) -> None:
    """As while a sweep has but one value: at 0, which no margin widens, as well."""
    line = Line("a", [(x, 0.4)], "first")
    drawn = line_chart([line], key="k", title="t", description="d", across="a", log=x > 0)
    (point,) = re.findall(r'points="([^"]*)"', drawn)
    assert all(math.isfinite(float(place)) for place in point.split(","))


def test_line_charts_put_points_where_they_belong() -> None:
    """Equal ratios are equal distances on a logarithmic axis; names of lines are cut, not markup."""
    line = Line("<b>" + 40 * "x", [(1000, 0.1), (10_000, 0.2), (100_000, 0.3)], "low")
    drawn = line_chart([line], key="k", title="t", description="d", across="a", log=True)
    (points,) = re.findall(r'points="([^"]*)"', drawn)
    (ax, ay), (bx, by), (cx, cy) = (map(float, point.split(",")) for point in points.split())
    assert bx - ax == pytest.approx(cx - bx, abs=0.2)
    assert ay - by == pytest.approx(by - cy, abs=0.2)
    assert ">1,000<" in drawn
    assert "<b>" not in drawn
    assert 'aria-labelledby="k-title k-desc"' in drawn


def test_numbers_on_a_narrow_axis_do_not_overlap() -> None:
    """Every tick is drawn; those that have no room have no number, and powers of ten come first."""
    line = Line("a method with a name", [(250, 0.1), (1000, 0.2), (13_308, 0.3)], "low")
    drawn = line_chart([line], key="k", title="t", description="d", across="a", log=True)
    texts = re.findall(r'<text x="([^"]*)"[^>]*text-anchor="middle"[^>]*>([\d,]+)<', drawn)
    places = sorted((float(x), text) for x, text in texts)
    assert {"1,000", "10,000"} <= {text for _, text in places} < {
        "500", "1,000", "2,000", "5,000", "10,000",
    }  # fmt: skip
    for (one, text), (other, longer) in itertools.pairwise(places):
        assert other - one > 5.5 * (len(text) + len(longer)) / 2
    assert drawn.count('class="tick"') == 5


def test_plans_are_drawn_and_malformed_ones_left_out(make_folder: Make) -> None:
    """A map has a square for each mass that can be seen; what is no plan is not drawn."""
    results = make_folder(pairs={"sw-en": "low"})
    folder = results / "cells/sw-en"
    good = {
        "source": ["maji", "safi"],
        "target": ["clean", "water"],
        "plan": [[0, 0.5], [0.4, 0.1]],
    }
    bad: list[object] = [7, {}, {"source": ["a"], "target": ["b"], "plan": [[1, 2]]}]
    bad.append({"source": [], "target": [], "plan": []})
    (folder / "contrastive/seed=1/plans.json").write_text(json.dumps([good, bad[0]]))
    (folder / "optical/seed=1/plans.json").write_text(json.dumps([good]))
    (folder / "optical/seed=2/plans.json").write_text(json.dumps([good]))
    (folder / "mse/seed=1/plans.json").write_text(json.dumps(bad))
    contents = Folder(results)
    found = plan_maps(contents, focus_of(contents.measures[0]))
    assert [str(one.cell) for one in found] == ["sw-en/optical/seed=1", "sw-en/contrastive/seed=1"]
    assert found[0].drawing.count('class="mass"') == 3
    assert found[0].aligned == (("maji", "water", "100%"), ("safi", "clean", "80%"))
    ids = re.findall(r' id="([^"]*)"', found[0].drawing + found[1].drawing)
    assert len(set(ids)) == 4
    (folder / "mse/seed=2/plans.json").write_text("{")
    with pytest.raises(DataError, match=r"mse/seed=2/plans\.json: not JSON"):
        plan_maps(contents, focus_of(contents.measures[0]))


def test_costs_are_those_recorded(make_folder: Make) -> None:
    """By method and stage, in units that people read; what was not recorded is –."""
    found = cost(Folder(make_folder(pairs={"sw-en": "low"})))
    rows = {row.name: dict(zip(found.columns, row.values, strict=True)) for row in found.methods}
    assert list(rows) == ["zero-shot", "oracle", "mse", "contrastive", "optical"]
    assert rows["optical"] == {
        "time": "2:05 min",
        "GPU time": "2:05 min",
        "trained on": "50,000",
        "examples/s": "400",
        "tokens/s": "8,000",
        "energy": "2.0 Wh",
        "peak memory": "1.00 GiB",
        "peak GPU memory": "2.00 GiB",
    }
    assert rows["oracle"]["time"] == "2.5 s"
    assert set(rows["oracle"].values()) == {"2.5 s", "–"}
    assert [(row.name, row.values[:2]) for row in found.shared] == [
        ("documents made", ("1:01:40 h", "–"))
    ]
    assert found.wall == "1:00 min"
    assert found.all is not None
    assert found.all.values[0] == "1:08:00 h"


def test_examples_are_the_largest_differences_with_the_heads_of_runs(whole_folder: Path) -> None:
    """No other topic differs more; rankings are by score, of the first seed."""
    contents = Folder(whole_folder)
    focus = focus_of(contents.measures[0])
    assert focus is not None
    found = examples(contents, "AP", focus)
    assert [one.pair for one in found] == ["tl-en", "mr-en", "de-en", "fi-en"]
    assert str(found[0].runs[0]) == "tl-en/optical/seed=1"
    by_topic = {
        topic: sum(
            sign * scores[topic]["AP"] / 2
            for method, sign in (("optical", 1), ("contrastive", -1))
            for cell, scores in contents.cells.scores.items()
            if (cell.pair, cell.method) == ("tl-en", method)
        )
        for topic in (f"t{i:04}" for i in range(12))
    }
    falling = sorted(by_topic, key=lambda topic: -by_topic[topic])
    assert [one.topic for one in found[0].wins] == falling[:3]
    assert found[0].wins[0].difference == pytest.approx(by_topic[falling[0]])
    losing = [topic for topic in reversed(falling) if by_topic[topic] < 0][:3]
    assert [one.topic for one in found[0].losses] == losing
    ranking = found[0].wins[0].rankings[0]
    assert ranking is not None
    start = int(falling[0][1:]) * 7
    assert [document.id for document in ranking] == [f"d{(start + k) % 50}" for k in range(5)]
    assert {document.id for document in ranking} <= wanted_documents(found)["tl-en"]


def test_damaged_runs_are_named(make_folder: Make) -> None:
    """A run that was changed since it was made is an error; one that is not there is told as missing."""
    results = make_folder(pairs={"sw-en": "low"})
    run = results / "cells/sw-en/optical/seed=1/run.trec.gz"
    run.write_bytes(gzip.compress(b"t0001 Q0 d1\n" * 3) + b"x")
    contents = Folder(results)
    focus = focus_of(contents.measures[0])
    assert focus is not None
    with pytest.raises(DataError, match=r"seed=1/run\.trec\.gz: was changed since it was made"):
        examples(contents, "AP", focus)
    run.unlink()
    (found,) = examples(contents, "AP", focus)
    assert [str(cell) for cell in found.missing] == ["sw-en/optical/seed=1"]


def test_nothing_is_fetched(tmp_path: Path) -> None:
    """A download that is not in the cache is refused, not fetched."""
    from clirbench.data.base import Download

    download = Download(url="https://example.org/x", sha256=64 * "0", bytes=1)
    with pytest.raises(DataError, match="is not in the cache"):
        at_hand(tmp_path, None, Lock(tmp_path / "no.lock"))(download)


def test_texts_say_why_there_are_none(make_folder: Make, tmp_path: Path) -> None:
    """Without the suite's files the reason is kept, on one line."""
    texts = read_texts(
        Folder(make_folder()), {}, at_hand(tmp_path, None, Lock(tmp_path / "no.lock"))
    )
    assert texts.pairs == {}
    assert "\n" not in texts.why
    assert "data" in texts.why


def test_scale_places() -> None:
    """The ends of the data lie at the ends of the drawing."""
    scale = Scale(low=-1, high=3, start=10, end=50)
    assert [scale(-1), scale(3), scale(0)] == [10, 50, 20]
    assert list(Scale(low=-0.1, high=0.1).ticks()) == pytest.approx([-0.1, -0.05, 0, 0.05, 0.1])
