"""Scores: a labelled array whose gaps stay in sight."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clirbench.errors import StatisticsError
from clirbench.statistics import MissingCell, Scores
from clirbench.statistics.records import Record

RECORDS = [
    ("ot", "sw", 2, "b", 0.4),
    ("ot", "sw", 2, "a", 0.8),
    ("ot", "sw", 1, "a", 0.2),
    ("ot", "sw", 1, "b", 0.6),
    ("zero", "sw", None, "a", 0.1),
    ("zero", "sw", None, "b", 0.3),
]


def test_axes_and_values() -> None:
    """Topics and seeds are sorted, methods and pairs keep their order, runs follow the seeds."""
    scores = Scores.from_records(RECORDS, measure="AP")
    assert (scores.methods, scores.pairs, scores.seeds) == (("ot", "zero"), ("sw",), (1, 2))
    assert scores.topics == {"sw": ("a", "b")}
    assert scores.runs("ot") == (1, 2)
    assert scores.runs("zero") == (None,)
    assert scores.values["ot", "sw"].tolist() == [[0.2, 0.6], [0.8, 0.4]]


def test_order_of_records_does_not_matter() -> None:
    """Shuffled records give the same arrays, bit for bit."""
    records = [
        ("m", "p", seed, f"t{topic}", math.sin(seed * 17 + topic))
        for seed in range(5)
        for topic in range(50)
    ]
    first = Scores.from_records(records, measure="utility")
    mixed = [records[i] for i in np.random.default_rng(0).permutation(len(records))]
    second = Scores.from_records(mixed, measure="utility")
    assert np.array_equal(first.values["m", "p"], second.values["m", "p"])


def test_a_missing_seed_is_listed() -> None:
    """A seed that one method lacks is named, with the number of its topics."""
    scores = Scores.from_records([*RECORDS, ("kd", "sw", 1, "a", 0.5)], measure="AP")
    assert scores.missing() == (
        MissingCell("kd", "sw", 1, 1, 2),
        MissingCell("kd", "sw", 2, 2, 2),
    )
    assert not scores.complete("kd", "sw")
    assert scores.complete("ot", "sw")
    assert [str(cell) for cell in scores.missing()] == [
        "kd on sw, seed 1: 1 of 2 topics have no score",
        "kd on sw, seed 2: no scores",
    ]


def test_what_is_missing_keeps_its_topic() -> None:
    """A topic whose only value is None stays a topic."""
    records = [("m", "p", None, "a", 0.5), ("m", "p", None, "b", None)]
    scores = Scores.from_records(records, measure="AP")
    assert scores.topics["p"] == ("a", "b")
    assert scores.missing() == (MissingCell("m", "p", None, 1, 2),)


@pytest.mark.parametrize("measure", ["AP", "nDCG@10", "R@2kt", "RBP(p=0.8)@20", "Judged@10", "MRR"])
def test_scores_beyond_their_measure_are_refused(measure: str) -> None:
    """Nothing above 1 nor below 0, but for rounding; counts and what is not known may be any number."""
    for value in (7.5, 1.001, -0.01):
        with pytest.raises(
            StatisticsError, match=rf"topic a scores {value}, but .* must be in \[0, 1\]"
        ):
            Scores.from_records([("m", "p", 1, "a", value)], measure=measure)
        Scores.from_records([("m", "p", 1, "a", value)], measure="NumRet")
    for value in (0.0, 1.0, 1 + 1e-12, -1e-12):
        Scores.from_records([("m", "p", 1, "a", value)], measure=measure)


def test_declared_axes_show_what_no_record_holds() -> None:
    """A method, pair, seed or topic that is named and has no record is missing."""
    scores = Scores.from_records(
        RECORDS,
        measure="AP",
        methods=["ot", "zero", "oracle"],
        pairs=["sw", "so"],
        seeds=[3, 2, 1],
        untrained=["zero", "oracle"],
        topics={"sw": ["a", "b", "c"]},
    )
    assert scores.seeds == (1, 2, 3)
    assert MissingCell("ot", "sw", 3, 3, 3) in scores.missing()
    assert MissingCell("ot", "sw", 1, 1, 3) in scores.missing()
    assert MissingCell("oracle", "sw", None, 3, 3) in scores.missing()
    assert MissingCell("zero", "so", None, 0, 0) in scores.missing()
    assert not scores.complete("ot", "so")


def test_on_axes_equals_declaring_them() -> None:
    """Moving scores onto axes gives what collecting them on these axes gives."""
    axes = {
        "methods": ["zero", "ot", "kd"],
        "pairs": ["so", "sw"],
        "seeds": [1, 2, 7],
        "untrained": ["zero"],
    }
    moved = Scores.from_records(RECORDS, measure="AP").on_axes(**axes)
    made = Scores.from_records(RECORDS, measure="AP", **axes)
    assert moved.missing() == made.missing()
    for cell, array in made.values.items():
        assert np.array_equal(moved.values[cell], array, equal_nan=True)


@pytest.mark.parametrize(
    ("records", "given", "text"),
    [
        ([], {}, "no scores at all"),
        ([("m", "p", 1, "a", math.inf)], {}, "m on p, seed 1: topic a scores inf; leave out"),
        ([("m", "p", None, "a", math.nan)], {}, "m on p: topic a scores nan; leave out"),
        ([("m", "p", 1, "a", 0.1)] * 2, {}, "two scores"),
        ([("m", "p", 1, "a", 0.1), ("m", "p", None, "a", 0.1)], {}, "one run without a seed"),
        ([("m", "p", 1, "a", 0.1)], {"untrained": ["m"]}, "one run without a seed"),
        ([("m", "p", 1, "a", 0.1)], {"methods": ["x"]}, "unknown method m; expected x"),
        ([("m", "p", 1, "a", 0.1)], {"pairs": ["x"]}, "unknown pair p"),
        ([("m", "p", 1, "a", 0.1)], {"seeds": [2]}, "unknown seed 1"),
        ([("m", "p", 1, "a", 0.1)], {"topics": {"p": ["b"]}}, "unknown topic a"),
    ],
)
def test_bad_records_are_refused(
    records: list[Record], given: dict[str, object], text: str
) -> None:
    """What cannot be placed is an error that names it."""
    with pytest.raises(StatisticsError, match=text):
        Scores.from_records(records, measure="AP", **given)


def test_unknown_names_are_refused() -> None:
    """Asking for what is not there names what is."""
    scores = Scores.from_records(RECORDS, measure="AP")
    with pytest.raises(StatisticsError, match='unknown method "x"; known: ot, zero'):
        scores.complete("x", "sw")
    with pytest.raises(StatisticsError, match='no method "ot" on pair "x"'):
        scores.complete("ot", "x")
    with pytest.raises(StatisticsError, match="unknown method ot; expected zero"):
        scores.on_axes(methods=["zero"], pairs=["sw"], seeds=[1, 2], untrained=["zero"])
    with pytest.raises(StatisticsError, match="zero: an untrained method has one run"):
        scores.on_axes(methods=["zero", "ot"], pairs=["sw"], seeds=[1, 2], untrained=[])
