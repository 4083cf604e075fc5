from __future__ import annotations

from pathlib import Path

import ir_measures
import numpy as np
import pytest

from clirbench.retrieval.measures import evaluate, meant, unmeasurable
from clirbench.retrieval.run import Ranked, rank, write_run
from clirbench.running.rankings import load_rankings

MEASURES = ("AP", "nDCG@10", "RR@10", "R@5", "P(judged_only=True)@5", "nDCG(judged_only=True)@5")


def of(run: dict[str, dict[str, float]]) -> dict[str, Ranked]:
    """As `evaluate` takes it."""
    return {topic: Ranked.of(found) for topic, found in run.items()}


def test_scores_are_those_of_ir_measures_on_the_written_run(tmp_path: Path) -> None:
    """Per topic and on average, to 1e-12, ties and all."""
    generator = np.random.default_rng(1)
    documents = [f"d{i}" for i in range(50)]
    rankings = {
        f"q{q}": rank(generator.integers(0, 9, 50).astype(np.float32), documents, 50)
        for q in range(20)
    }
    judgments = {
        f"q{q}": {f"d{i}": int(i % 3 == 0) for i in range(q % 7, 50, 4)} for q in range(20)
    }
    write_run(tmp_path / "run.trec.gz", rankings, "tag")
    found = evaluate(load_rankings(tmp_path), judgments, MEASURES)
    qrels = [
        ir_measures.Qrel(q, d, g) for q, grades in judgments.items() for d, g in grades.items()
    ]
    # ir-measures reads no compressed runs.
    import gzip

    text = gzip.decompress((tmp_path / "run.trec.gz").read_bytes()).decode()
    run = list(ir_measures.read_trec_run(text))
    parsed = [ir_measures.parse_measure(name) for name in MEASURES]
    for metric in ir_measures.iter_calc(parsed, qrels, run):
        assert found[metric.query_id][str(metric.measure)] == pytest.approx(metric.value, abs=1e-12)
    for measure, mean in ir_measures.calc_aggregate(parsed, qrels, run).items():
        ours = np.mean([values[str(measure)] for values in found.values()])
        assert ours == pytest.approx(mean, abs=1e-12)


def test_topics_without_results_count_zero() -> None:
    """Each judged topic has a score; results for others have none."""
    judgments = {"a": {"d": 1}, "b": {"d": 1}, "c": {"d": 0}}
    scores = evaluate(of({"a": {"d": 1.0}, "x": {"d": 1.0}, "c": {}}), judgments, ["AP"])
    assert scores == {"a": {"AP": 1.0}, "b": {"AP": 0.0}, "c": {"AP": 0.0}}


@pytest.mark.parametrize("measure", ["ERR@10", "nDCG(dcg='exp-log2')@10"])
def test_names_of_topics_change_nothing(measure: str) -> None:
    """A provider in Perl wants them to end in a number, and reads no further than a hyphen before."""
    if why := unmeasurable(measure):
        pytest.skip(why)
    judgments = {"1": {"d": 1, "e": 2}, "2": {"d": 0, "e": 1}, "3": {"d": 2}}
    run = of({"1": {"d": 2.0, "e": 1.0}, "2": {"d": 2.0, "e": 1.0}, "3": {"x": 1.0}})
    names = {"1": "en-1", "2": "sw-1", "3": "erste Frage"}
    expected = evaluate(run, judgments, [measure])
    found = evaluate(
        {names[topic]: own for topic, own in run.items()},
        {names[topic]: own for topic, own in judgments.items()},
        [measure],
    )
    assert found == {names[topic]: own for topic, own in expected.items()}
    assert expected["1"][measure] != expected["2"][measure] > expected["3"][measure] == 0


def test_evaluating_twice_gives_the_same() -> None:
    """Nothing is kept between calls."""
    judgments, run = {"a": {"d": 1}}, of({"a": {"d": 1.0}})
    assert evaluate(run, judgments, MEASURES) == evaluate(run, judgments, MEASURES)


def test_what_cannot_be_measured_is_known_without_a_run() -> None:
    """With the provider's reason, and only for what would fail once it is needed."""
    assert [unmeasurable(name) for name in (*MEASURES, "RR", "Bpref", "Compat(p=0.8)")] == [
        None
    ] * 9
    assert unmeasurable("INST(T=1)") == "invalid param T=1"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("map", "AP"),
        ("map_cut_10", "AP@10"),
        ("ndcg_cut_10", "nDCG@10"),
        ("ndcg_cut.10", "nDCG@10"),
        ("ndcg", "nDCG"),
        ("ndcg@10", "nDCG@10"),
        ("recip_rank", "RR"),
        ("mrr@10", "RR@10"),
        ("P_10", "P@10"),
        ("recall_100", "R@100"),
        ("success_1", "Success@1"),
        ("set_P", "SetP"),
        ("P_0", None),
        ("10", None),
        ("", None),
    ],
)
def test_names_of_other_programs(name: str, expected: str | None) -> None:
    """Those of trec_eval, and ours in other letters, are understood, so that ours can be offered."""
    assert meant(name) == (f'; did you mean "{expected}"?' if expected else "")
    if expected and "@" not in name and name.lower() != "mrr":
        assert expected in map(str, ir_measures.parse_trec_measure(name))


def test_only_what_is_there_is_offered() -> None:
    """Of results, a measure that they lack is no help."""
    assert meant("map", ["AP", "RR"]) == '; did you mean "AP"?'
    assert meant("ndcg_cut_10", ["AP", "RR"]) == ""
    assert meant("nDCG@100", ["AP", "nDCG@10"]) == '; did you mean "nDCG@10"?'
