from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from clirbench.cli import main
from clirbench.errors import DataError, SuiteError
from clirbench.methods.nmt import NMT
from clirbench.models.settings import Scratch
from clirbench.models.translator import Translator
from clirbench.results.scores import read_scores
from clirbench.retrieval.run import read_run
from clirbench.running.plan import plan_stages
from clirbench.running.stage import Context, walk
from clirbench.running.stages.ranker import RankerStage
from clirbench.spec.cell import Cell, cells
from clirbench.spec.read import read_suite

Write = Callable[..., Path]

METHODS = """\
name = "procrustes"

[[method]]
name = "gaussian-map"

[[method]]
name = "psq"

[[method]]
name = "nmt"
training = { epochs = 2 }
scratch = { layers = 1, width = 16, heads = 2, vocabulary = 300 }
length = 24

[[method]]
name = "nmt"
label = "nmt-bm25"
then = "bm25"
training = { epochs = 2 }
scratch = { layers = 1, width = 16, heads = 2, vocabulary = 300 }
length = 24

[[method]]
name = "nmt"
label = "folder"
model = "./{query}-{documents}"
length = 12
beams = 2

[[method]]
name = "sentence-crd"

[[method]]
name = "sentence-contrastive"
label = "queue"
queue = 16
both = true

[[method]]
label = "mix"
loss = [{ method = "optical" }, { method = "greedy", weight = 0.5 }]

[[method]]
name = "optical"
label = "words"
unit = "word"
marginals = "idf"

[[method]]
name = "translate-train"

[[method]]
name = "code-switch"

[[method]]
name = "score-kl"
passages = 3

[[method]]
name = "margin-mse"
passages = 2
"""
LABELS = {
    "procrustes", "gaussian-map", "psq", "nmt", "nmt-bm25", "folder", "sentence-crd", "queue", "mix",
    "words",
    "translate-train", "code-switch", "score-kl", "margin-mse",
}  # fmt: skip


@pytest.fixture
def suite(write_suite: Write) -> Path:
    """The tiny suite with a method of every kind."""
    return write_suite(('name = "bm25"\n', METHODS))


def test_every_kind_of_method_runs(suite: Path, tmp_path: Path, places: list[str]) -> None:
    """From the suite file to scores of every topic; what is trained leaves its log in the cell."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        texts = [f"some words to say {n}" for n in range(50)]
        shape = Scratch(layers=1, width=16, heads=2, vocabulary=120)
        Translator.build(shape, texts, 16).save(tmp_path / "qde-en")
    patterns = [word for label in sorted(LABELS) for word in ("--only", f"qde-en/{label}/seed=1")]
    assert main(["run", str(suite), *places, *patterns]) == 0
    results = tmp_path / "results" / "cells" / "qde-en"
    for label in LABELS:
        folder = (
            results / label
            if (results / label / "scores.csv").exists()
            else results / label / "seed=1"
        )
        topics = read_scores(folder / "scores.csv")
        assert len(topics) == 12, label
        assert set(read_run(folder / "run.trec.gz")) <= set(topics)
        assert (folder / "training.jsonl").exists() == (folder.name == "seed=1"), label
    steps = (results / "nmt" / "seed=1" / "training.jsonl").read_text().splitlines()
    assert json.loads(steps[-1])["steps"] == 2 * 8  # 64 pairs in batches of 8
    assert not list((tmp_path / "store" / "student").iterdir())
    assert not list((tmp_path / "store" / "map").iterdir())
    assert not list((tmp_path / "store" / "translator").iterdir())


def test_work_is_shared(suite: Path) -> None:
    """One lexicon a pair, one reading of the queries for all, one translation for two rankers."""
    parsed = read_suite(suite).suite
    kinds = Counter(stage.kind for stage in walk(plan_stages(parsed, cells(parsed)).values()))
    pairs, seeds = 2, 2
    assert kinds["lexicon"] == pairs
    assert kinds["queries"] == 1
    assert kinds["translator"] == pairs * seeds
    assert kinds["translation"] == pairs * seeds + pairs  # one a pair is by a model as it is
    assert kinds["map"] == pairs * 2


@pytest.mark.parametrize(
    ("override", "changed"),
    [
        ("method.nmt.beams=1", {"nmt"}),
        ("method.nmt.then=bm25", {"nmt"}),
        ("method.psq.iterations=4", {"psq"}),
        ("method.gaussian-map.shrinkage=0.5", {"gaussian-map"}),
        ("method.code-switch.share=0.9", {"code-switch"}),
        ("method.margin-mse.passages=3", {"margin-mse"}),
        ("method.mix.loss.greedy.weight=0.7", {"mix"}),
        ("method.queue.queue=8", {"queue"}),
        ("training.epochs=3", {"sentence-crd", "queue", "mix", "words", "translate-train", "code-switch", "score-kl", "margin-mse", "optical", "sentence-contrastive"}),
    ],
)  # fmt: skip
def test_a_setting_changes_what_depends_on_it(
    override: str, changed: set[str], suite: Path
) -> None:
    """Neither more is made again than has to be, nor less; `nmt` has epochs of its own."""

    def identities(*overrides: str) -> dict[Cell, str]:
        parsed = read_suite(suite, overrides).suite
        return {c: stage.run.identity() for c, stage in plan_stages(parsed, cells(parsed)).items()}

    before, after = identities(), identities(override)
    assert {cell.method for cell in before if before[cell] != after[cell]} == changed


def test_nmt_without_seeds(write_suite: Write, tmp_path: Path) -> None:
    """A model as it is has no seeds, and no bitext is asked for; it is known by its content."""
    for name, content in (("a-qde", 1.0), ("b-qde", 1.0), ("c-qde", 2.0)):
        (tmp_path / name).mkdir()
        save_file({"weight": torch.tensor([content])}, tmp_path / name / "model.safetensors")

    def identity(name: str) -> str:
        path = write_suite(('name = "bm25"', f'name = "nmt"\nmodel = "./{name}"'))
        found = plan_stages(parsed := read_suite(path).suite, cells(parsed))
        return found[Cell("qde-en", "nmt")].run.identity()

    assert identity("a-{query}") == identity("b-qde") != identity("c-qde")
    (tmp_path / "c-qde" / "model.safetensors").rename(tmp_path / "c-qde" / "pytorch_model.bin")
    with pytest.raises(SuiteError, match=r"method\.nmt\.model: no \.safetensors file"):
        identity("c-qde")


def test_queries_without_translations(
    suite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A collection that has none is told so, with what does without."""
    parsed = read_suite(suite).suite
    stage = next(
        s
        for s in walk(plan_stages(parsed, [Cell("qde-en", "score-kl", 1)]).values())
        if isinstance(s, RankerStage)
    )
    monkeypatch.setattr(type(parsed.collection), "translated_queries", lambda *_: iter(()))
    with pytest.raises(
        DataError, match="synthetic: no translations of its training queries into qde"
    ):
        stage._readings(["a"], {}, Context(fetch=lambda _: Path()))  # noqa: SLF001 - before all training


def test_a_method_with_training_of_its_own(write_suite: Write) -> None:
    """What does not suit it is not taken from [training]; its table in the suite goes before both."""
    tables = 'name = "nmt"\n\n[[method]]\nname = "nmt"\nlabel = "short"\ntraining = { epochs = 3 }'
    suite = read_suite(write_suite(('name = "bm25"', tables))).suite
    plain, short = (entry.training for entry in suite.methods[2:4])
    assert (suite.training.epochs, short.epochs) == (2, 3)
    assert plain.epochs == NMT.own_training["epochs"]
    assert plain.learning_rate == short.learning_rate == NMT.own_training["learning_rate"]
    assert plain.batch_size == suite.training.batch_size
    with pytest.raises(SuiteError, match="nmt trains nothing"):
        read_suite(
            write_suite(('name = "bm25"', 'name = "nmt"\nmodel = "a/b"\ntraining = { epochs = 3 }'))
        )
