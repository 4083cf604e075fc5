"""Pairs that are searched with what was learned for another pair."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from clirbench.cli import main
from clirbench.data.base import Download
from clirbench.errors import SuiteError
from clirbench.models.encoder import Encoder
from clirbench.results.folder import Folder
from clirbench.results.names import RUN
from clirbench.retrieval.run import read_run
from clirbench.retrieval.search import search
from clirbench.running.plan import plan_stages
from clirbench.running.stage import Context, walk
from clirbench.running.stages.documents import read_documents
from clirbench.running.stages.run import EncoderRunStage
from clirbench.running.stages.student import StudentStage
from clirbench.running.stages.tokens import length_of
from clirbench.running.store import Store
from clirbench.spec.cell import Cell, cells
from clirbench.spec.model import Suite
from clirbench.spec.read import read_suite

Write = Callable[..., Path]
TRANSFER = (
    'query = "qde"\nresource = "high"\nbitext = ["synthetic"]',
    'query = "qde"\nresource = "high"\nstudent = "qsw-en"',
)
EVERY = (
    'name = "bm25"',
    (
        'name = "psq"\n[[method]]\nname = "procrustes"\n[[method]]\nname = "nmt"\n'
        'training = { epochs = 1 }\n[[method]]\nname = "code-switch"\n[[method]]\nname = "bm25"'
    ),
)
LEARNED = {"student", "ranker", "map", "lexicon", "translator", "bitext", "sentences"}


def learned(suite: Suite, pair: str, method: str) -> set[str]:
    """The identities of what a pair's cells of a method rest on and was learned."""
    chosen = [cell for cell in cells(suite) if (cell.pair, cell.method) == (pair, method)]
    assert chosen
    stages = walk(plan_stages(suite, chosen).values())
    return {stage.identity() for stage in stages if stage.kind in LEARNED}


@pytest.mark.parametrize(
    "method", ["sentence-contrastive", "optical", "psq", "procrustes", "nmt", "code-switch"]
)
def test_what_is_learned_is_the_other_pairs(write_suite: Write, method: str) -> None:
    """Students, rankers, maps, lexicons and translators: the same artifacts, and no other."""
    plain = read_suite(write_suite(EVERY)).suite
    suite = read_suite(write_suite(EVERY, TRANSFER)).suite
    own = learned(suite, "qsw-en", method)
    assert own
    assert learned(suite, "qde-en", method) == own
    assert learned(plain, "qde-en", method) != learned(plain, "qsw-en", method)
    stages = plan_stages(suite, [c for c in cells(suite) if c.method == method])
    runs = {stage.run.identity() for stage in stages.values()}
    assert len(runs) == len(stages)  # the topics are those of each pair


def test_a_joint_student_learns_from_the_others(write_suite: Write) -> None:
    """A pair that is searched with another's students gives a joint student nothing."""
    joint = ("epochs = 2", 'epochs = 2\nscope = "joint"')
    suite = read_suite(write_suite(joint, TRANSFER)).suite
    (stage,) = {
        stage.identity(): stage
        for stage in walk(plan_stages(suite, cells(suite)).values())
        if stage.kind == "bitext" and stage.title == "joint"
    }.values()
    assert [own.title for own in stage.inputs.values()] == ["qsw-en"]


def test_perturbed_topics_and_trials(write_suite: Write) -> None:
    """Perturbed, the pair is still read by the other's students, and trials are those of the other."""
    robust = ("[statistics]", "[robustness]\nqueries = { typos = [0.5] }\n[statistics]")
    tune = ("[statistics]", "[tune]\nlearning_rates = [1e-3, 2e-3]\n[statistics]")
    rate = ("learning_rate = 1e-3\n", "")
    suite = read_suite(write_suite(robust, TRANSFER)).suite
    own = learned(suite, "qsw-en", "optical")
    assert learned(suite, "qde-en~typos=0.5", "optical") == own
    tuned = read_suite(write_suite(tune, rate, TRANSFER)).suite
    stages = list(walk(plan_stages(tuned, cells(tuned)).values()))
    choices = {stage.title for stage in stages if stage.kind == "choice"}
    assert choices == {"qsw-en/optical", "qsw-en/sentence-contrastive"}


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (
            '"qsw-en"',
            '"qsww-en"',
            r'40:1: pair\[2\]\.student: no pair "qsww-en"; did you mean "qsw-en"',
        ),
        ('"qsw-en"', '"qde-en"', r"40:1: pair\[2\]\.student: names the pair itself"),
        ('"qsw-en"', '"qsw-en"\nbitext = ["synthetic"]', r"bitext: has no effect beside `student`"),
        (
            'resource = "low"\nbitext = ["synthetic"]',
            'resource = "low"\nstudent = "qde-en"',
            r"student: qde-en names it as its student, but qsw-en itself learns nothing",
        ),
    ],
)
def test_what_is_wrong(write_suite: Write, old: str, new: str, error: str) -> None:
    """Is told with its place."""
    with pytest.raises(SuiteError, match=error):
        read_suite(write_suite(TRANSFER, (old, new)))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, tiny_text: str) -> Path:
    """A finished run."""
    folder = tmp_path_factory.mktemp("transfer")
    (folder / "tiny.toml").write_text(tiny_text.replace(*TRANSFER))
    places = ["--results", str(folder / "results"), "--store", str(folder / "store")]
    assert main(["run", str(folder / "tiny.toml"), *places]) == 0
    return folder


def test_scores_are_those_of_a_search_by_hand(finished: Path) -> None:
    """The student that qsw-en trained, made again, ranks the topics of qde as the run has it."""
    suite = read_suite(finished / "tiny.toml").suite
    cell = Cell("qsw-en", "optical", 1)
    run = cast("EncoderRunStage", plan_stages(suite, [cell])[cell].run)
    student, documents = cast("StudentStage", run.encoder), run.documents
    store = Store(shared=finished / "store", results=finished / "results")

    def fetch(download: Download) -> Path:
        raise AssertionError(download)

    store.make(student, Context(fetch=fetch))
    encoder = Encoder.load(store.folder(student), store.folder(student.over))
    topics = suite.tested.topics(fetch, "qde")
    vectors = encoder.encode(list(topics.values()), length_of(run.length, None))
    ids, index = read_documents(store.folder(documents))
    found = search(vectors, index, list(topics), ids, depth=suite.retrieval.depth)
    kept = read_run(finished / "results" / "cells" / "qde-en" / "optical" / "seed=1" / RUN)
    assert kept.keys() == found.keys() == topics.keys()
    for topic, own in found.items():
        assert kept[topic] == pytest.approx(
            dict(zip(own.documents, own.scores.tolist(), strict=True)), abs=1e-5
        )


def test_the_table_says_so(finished: Path) -> None:
    """A note below it; the log of training counts once."""
    text = (finished / "results" / "table.md").read_text()
    assert (
        "Transfer: qde-en: searched with the students, maps, lexicons and translators of qsw-en; nothing was "
        "trained for it."
    ) in text
    training = (finished / "results" / "training.csv").read_text()
    assert "qsw-en,optical" in training
    assert "qde-en" not in training
    assert Folder(finished / "results").suite.pairs[1].student == "qsw-en"
