"""The file of comparisons."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from clirbench.errors import StatisticsError
from clirbench.statistics import Comparisons, Design, Scores, compare, from_json, to_json
from clirbench.statistics.records import Record


@pytest.fixture
def found(
    make_records: Callable[..., list[Record]], make_design: Callable[..., Design]
) -> Comparisons:
    """A comparison with a lost seed, so that it holds missing parts as well."""
    records = [r for r in make_records() if r[:3] != ("m3", "p1", 2)]
    design = make_design(zero_shot="m0", smallest_effect=0.02)
    return compare(Scores.from_records(records, measure="AP"), design=design)


def test_round_trip(found: Comparisons) -> None:
    """What is read is what was written, bit for bit, for one measure and for several."""
    text = to_json([found])
    assert from_json(text) == (found,)
    assert to_json(from_json(text)) == text
    assert from_json(to_json([found, found])) == (found, found)


def test_a_missing_hypothesis_comes_back_as_missing(
    make_records: Callable[..., list[Record]], make_design: Callable[..., Design]
) -> None:
    """Either kind of answer to the hypothesis keeps its kind."""
    records = [r for r in make_records() if r[:3] != ("m2", "p1", 2)]
    lost = compare(Scores.from_records(records, measure="AP"), design=make_design())
    assert from_json(to_json([lost])) == (lost,)


def test_the_format_is_plain(found: Comparisons) -> None:
    """The file names its format and version and holds no NaN; fields are those of the classes."""
    document = json.loads(to_json([found]))
    assert document["format"] == "clirbench-comparisons"
    assert document["version"] == 3
    (measure,) = document["measures"]
    assert measure["measure"] == "AP"
    assert measure["design"]["translated"] is True
    assert measure["primary"]["first"] == "m2"
    assert measure["comparisons"][0]["family"] == "pairs"
    assert "NaN" not in to_json([found])


def test_version_2_is_read(found: Comparisons) -> None:
    """It took each topic for a unit, and had no degrees of freedom nor deviations by seed."""
    document = json.loads(to_json([found]))
    document["version"] = 2
    (measure,) = document["measures"]
    del measure["cluster"]
    for one in (*measure["comparisons"], measure["primary"], *measure["means"]):
        for field in ("clusters", "df", "seed_sd", "seed_df") if "p" in one else ("clusters",):
            del one[field]
    (read,) = from_json(json.dumps(document))
    untold = {"df": None, "seed_sd": None, "seed_df": None}
    assert read == replace(
        found,
        primary=replace(found.primary, **untold),
        comparisons=tuple(replace(one, **untold) for one in found.comparisons),
    )


def test_the_same_comparison_gives_the_same_file(
    make_scores: Callable[..., Scores], make_design: Callable[..., Design]
) -> None:
    """Comparing twice writes the same bytes."""
    first, second = (to_json([compare(make_scores(), design=make_design())]) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda d: d.update(format="x"), '"format" is not'),
        (lambda d: d.update(version=1), "version 1, but this clirbench reads 3"),
        (lambda d: d["measures"][0].update(extra=1), "extra"),
        (lambda d: d["measures"][0].pop("means"), "means"),
        (lambda d: d["measures"][0]["comparisons"][0].update(p="small"), "damaged"),
        (lambda d: d["measures"][0]["comparisons"][0].pop("tally"), "tally"),
        (lambda d: d["measures"][0]["design"].update(alpha=2), "alpha must be between"),
    ],
)
def test_damaged_files_are_refused(
    found: Comparisons, change: Callable[[dict[str, object]], object], text: str
) -> None:
    """A wrong format, version, field or value is an error that names it."""
    document = json.loads(to_json([found]))
    change(document)
    with pytest.raises(StatisticsError, match=text):
        from_json(json.dumps(document))


def test_what_is_not_json_is_refused() -> None:
    """Neither broken text nor another document is read."""
    with pytest.raises(StatisticsError, match="not a file of comparisons"):
        from_json("{")
    with pytest.raises(StatisticsError, match="not a file of comparisons"):
        from_json("[]")
