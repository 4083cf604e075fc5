"""Methods that rank the documents themselves, clirbench's and strangers'."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from clirbench.cli import main
from clirbench.data.base import Document
from clirbench.data.sources.synthetic import Synthetic
from clirbench.errors import CellError, DataError, SuiteError
from clirbench.methods import METHODS, Given, Need, Searcher
from clirbench.methods.bm25 import BM25
from clirbench.methods.registry import find, register
from clirbench.retrieval.run import Ranked, read_run
from clirbench.running.plan import plan_stages
from clirbench.running.rankings import load_rankings
from clirbench.running.stage import Context, Data, walk
from clirbench.running.stages.run import SearchStage
from clirbench.settings import settings
from clirbench.spec.cell import Cell, cells
from clirbench.spec.read import read_suite


def test_what_is_not_required_is_not_given() -> None:
    """A need that is not named is an error of the method, with its name; a need is loaded once."""
    loaded: list[str] = []

    def judged() -> list[str]:
        loaded.append("judged")
        return ["q"]

    given = Given({"q": "text"}, 3, documents=lambda: iter([Document("d", "x")]), judged=judged)
    assert given.judged is given.judged
    assert loaded == ["judged"]
    assert [len(list(given.documents)) for _ in range(2)] == [1, 1]
    with pytest.raises(CellError, match='uses "lexicon", which is missing in its `requires`'):
        _ = given.lexicon
    with pytest.raises(AttributeError, match="lexikon"):
        given.lexikon  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("name", METHODS)
def test_own_searchers_ask_for_what_they_require(name: str) -> None:
    """Neither more, which would be an error, nor less, which would be made for nothing."""
    searcher = METHODS[name]().searcher
    if searcher is None:
        return
    source = Path(sys.modules[type(searcher).__module__].__file__ or "").read_text()
    asked = {need for need in Given.__annotations__ if f"given.{need}" in source}
    own = {"topics", "depth", "files", "device", "progress"}
    assert asked - own == set(searcher.requires) - {"held-out"}


class Answer(NamedTuple):
    """What a searcher gives."""

    found: Mapping[str, Ranked]


@settings
class Told(Searcher):
    """Gives what it is told to."""

    name: ClassVar[str] = "told"
    needs: ClassVar[str] = "nothing"
    reference: ClassVar[str] = "none"
    answer: ClassVar[dict[str, Ranked]] = {}

    def search(self, given: Given) -> Mapping[str, Ranked]:
        """The answer."""
        return self.answer


def made(answer: Mapping[str, Ranked], folder: Path, depth: int = 10) -> dict[str, Ranked]:
    """What becomes of an answer."""
    Told.answer.clear()
    Told.answer.update(answer)
    source = Synthetic(concepts=60, topic_count=3, document_count=30, training_query_count=0)
    data = Data(source=source, checksums=None)
    stage = SearchStage(method=Told(), collection=data, language="qde", documents="en", depth=depth)
    stage.make(folder, {}, Context(fetch=lambda _: Path()))
    return load_rankings(folder)


def topics() -> list[str]:
    """Those of the collection."""
    source = Synthetic(concepts=60, topic_count=3, document_count=30, training_query_count=0)
    return list(source.topics(lambda _: Path(), "qde"))


def test_rankings_are_put_in_order(tmp_path: Path) -> None:
    """By score, ties by hash, cut at the depth, scores strictly falling; none found is none."""
    one, two, _ = topics()
    scores = np.array([1.0, 3.0, 3.0, 2.0])
    found = made({one: Ranked(["a", "b", "c", "d"], scores), two: Ranked.of({})}, tmp_path, depth=3)
    assert list(found) == [one]
    assert found[one].documents == ["c", "b", "d"]
    assert found[one].scores.dtype == np.float32
    assert found[one].scores.tolist() == [3.0, float(np.nextafter(np.float32(3), np.float32(0))), 2]
    assert [*read_run(tmp_path / "run.trec.gz")[one]] == ["c", "b", "d"]


@pytest.mark.parametrize(
    ("ranked", "fault"),
    [
        (Ranked(["a", "a"], np.array([2, 1], dtype=np.float32)), "a document is given twice"),
        (
            Ranked(["a"], np.array([np.nan], dtype=np.float32)),
            "a score is not a finite 32-bit number",
        ),
        (Ranked(["a"], np.array([1e300])), "a score is not a finite 32-bit number"),
        (Ranked(["a", "b"], np.array([1.0])), "needs one score for each document"),
        (None, "no such topic"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
def test_what_is_no_ranking_is_refused(ranked: Ranked | None, fault: str, tmp_path: Path) -> None:
    """Whose and where it is, is said."""
    topic = topics()[0] if ranked else "nowhere"
    with pytest.raises(DataError, match=f'told: ranking of topic "{topic}": {fault}'):
        made({topic: ranked or Ranked.of({})}, tmp_path)


@settings
class Second(Searcher):
    """The first run, backwards."""

    name: ClassVar[str] = "second"
    needs: ClassVar[str] = "nothing"
    reference: ClassVar[str] = "none"
    requires: ClassVar[frozenset[Need]] = frozenset(
        {"first", "teacher", "vectors", "bitext", "lexicon", "judged"}
    )

    first: str = "zero-shot"
    """Label."""

    def search(self, given: Given) -> Mapping[str, Ranked]:
        """Turn it round, having looked at all that is given."""
        ids, index = given.vectors
        assert len(ids) == index.size
        assert given.teacher.encode(["a"], 8).size == 1
        assert given.bitext[0].english
        assert given.lexicon.source
        assert set(given.judged) <= set(given.topics)
        return {
            topic: Ranked(found.documents, -found.scores) for topic, found in given.first.items()
        }


@settings
class Sparse(Told):
    """Reads a model, by whatever name."""

    name: ClassVar[str] = "sparse"
    models: ClassVar[frozenset[str]] = frozenset({"model"})

    model: str
    """A hub id or a folder."""


def test_a_local_model_is_known_by_its_content(
    write_suite: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by where it lies; a hub id is known by its name; pickled weights are refused."""
    monkeypatch.setattr("clirbench.methods.registry._REGISTERED", {})
    register(Sparse)
    for name, content in (("a", 1.0), ("b", 1.0), ("c", 2.0)):
        (tmp_path / name).mkdir()
        save_file({"weight": np.array([content])}, tmp_path / name / "model.safetensors")

    def identity(model: str) -> str:
        suite = read_suite(
            write_suite(('name = "bm25"', f'name = "sparse"\nmodel = "{model}"'))
        ).suite
        (stage,) = plan_stages(suite, [Cell("qde-en", "sparse")]).values()
        return stage.run.identity()

    assert identity("a") == identity("./b") != identity("c")
    assert len({identity("some/model"), identity("other/model"), identity("a")}) == 3
    (tmp_path / "c" / "model.safetensors").rename(tmp_path / "c" / "pytorch_model.bin")
    with pytest.raises(SuiteError, match=r"method\.sparse: no \.safetensors file"):
        identity("c")


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class of this process."""
    monkeypatch.setattr("clirbench.methods.registry._REGISTERED", {})
    register(Second)


@pytest.mark.usefixtures("registered")
def test_every_need_is_met(
    write_suite: Callable[..., Path], places: list[str], tmp_path: Path
) -> None:
    """A class of this process gets run, vectors, teacher, bitext and lexicon; what it rests on is made."""
    path = write_suite(('name = "bm25"', 'name = "second"'))
    suite = read_suite(path).suite
    found = [c for c in cells(suite) if str(c) == "qde-en/second"]
    kinds = sorted(stage.kind for stage in walk(plan_stages(suite, found).values()))
    assert kinds == [
        *("cell", "documents", "lexicon", "run", "run", "sentences", "teacher", "tokens")
    ]
    only = ["--only", "qde-en/zero-shot", "--only", "qde-en/second"]
    assert main(["run", str(path), *places, *only]) == 0
    one, other = (
        read_run(tmp_path / "results" / "cells" / "qde-en" / label / "run.trec.gz")
        for label in ("zero-shot", "second")
    )
    assert {q: [*own][::-1] for q, own in one.items()} == {q: [*own] for q, own in other.items()}


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("tables", "error"),
    [
        ('name = "second"\nfirst = "optical"', 'no method without seeds "optical"'),
        ('name = "second"\nfirst = "second"', "re-ranks its own run: second ← second"),
        (
            'name = "second"\nfirst = "b"\n\n[[method]]\nname = "second"\nlabel = "b"\nfirst = "second"',
            "re-ranks its own run: second ← b ← second",
        ),
    ],
)
def test_a_first_stage_that_is_none(
    tables: str, error: str, write_suite: Callable[..., Path]
) -> None:
    """It has to be there before, and have no seeds."""
    with pytest.raises(SuiteError) as caught:
        read_suite(write_suite(('name = "bm25"', tables)))
    assert error in caught.value.errors[0]


@pytest.mark.parametrize(
    ("requires", "error"),
    [
        ({"documents", "lexikon"}, '"lexikon", which does not exist; did you mean "lexicon"'),
        (["documents"], "must be a frozenset of needs"),
        ({"first"}, 'requires "first" but has no setting `first`'),
    ],
)
def test_needs_are_checked_when_a_class_is_found(requires: object, error: str) -> None:
    """Before anything is run."""
    own = {"requires": frozenset(requires) if isinstance(requires, set) else requires}
    own["__module__"] = __name__
    with pytest.raises(SuiteError, match=error):
        register(settings(type("Odd", (Told,), own)))


def test_settings_that_are_paths_start_from_the_suite(
    example: Path, write_suite: Callable[..., Path], tmp_path: Path
) -> None:
    """And what is not there is named."""
    path = write_suite(
        ('name = "bm25"', 'name = "bm25"\n\n[[method]]\nname = "cross-encoder"\nmodel = "m"')
    )
    with pytest.raises(SuiteError) as caught:
        read_suite(path)
    assert f'no file or folder "{tmp_path / "m"}"' in caught.value.errors[0]


@pytest.fixture
def example(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The worked example, as if its package were installed."""
    site = tmp_path / "site"
    info = site / "example-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: example\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[clirbench.methods]\ncross-encoder = cross_encoder:CrossEncoder\n"
    )
    source = root / "examples" / "own-searcher" / "cross_encoder.py"
    (site / "cross_encoder.py").write_bytes(source.read_bytes())
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site), prepend=os.pathsep)
    monkeypatch.delitem(sys.modules, "cross_encoder", raising=False)
    return site


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A small cross-encoder with random weights, as transformers saves it."""
    from transformers import BertConfig, BertForSequenceClassification

    from clirbench.models.scratch import build_scratch
    from clirbench.models.settings import Scratch

    folder = tmp_path / "model"
    with torch.random.fork_rng():
        torch.manual_seed(3)
        shape = Scratch(layers=1, width=16, heads=2, vocabulary=200)
        encoder, tokenizer = build_scratch(
            shape, [f"some text {n} of words" for n in range(99)], 64
        )
        made = BertConfig(**{**encoder.config.to_dict(), "num_labels": 1})
        BertForSequenceClassification(made).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_the_example_scores_as_its_model_does(example: Path, model: Path) -> None:
    """Pair by pair, without padding, the scores are those of its batches."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    texts = {"d1": "some words", "d2": "text of many more words and text 3", "d3": "of"}
    first = {
        "q": BM25().search(
            Given(
                {"q": "words text of"},
                9,
                documents=lambda: [Document(i, t) for i, t in texts.items()],
            )
        )["q"]
    }
    given = Given(
        {"q": "words text of", "none": "nothing"},
        9,
        first=lambda: first,
        texts=lambda: lambda ids: {each: texts[each] for each in ids},
    )
    found = find("cross-encoder")(model=model, batch=2).search(given)  # type: ignore[call-arg, attr-defined]
    assert found["none"].documents == []
    assert set(found["q"].documents) == set(texts)
    tokenizer = AutoTokenizer.from_pretrained(model)
    network = AutoModelForSequenceClassification.from_pretrained(model).eval()
    for document, score in zip(*found["q"][:2], strict=True):
        tokens = tokenizer("words text of", texts[document], return_tensors="pt")
        expected = float(network(**tokens).logits[0, 0].detach())
        assert score == pytest.approx(expected, abs=1e-5)


def test_the_suite_of_the_example_is_sound(example: Path, model: Path, root: Path) -> None:
    """It re-ranks the runs of two methods."""
    labels = ("cross-encoder", "after-the-teacher")
    overrides = [f"method.{label}.model={model}" for label in labels]
    suite = read_suite(root / "examples" / "own-searcher" / "suite.toml", overrides).suite
    stages = {str(c): s.run for c, s in plan_stages(suite, cells(suite)).items()}
    firsts = [stages[f"qsw-en/{label}"].first for label in labels]
    assert firsts == [stages["qsw-en/bm25"], stages["qsw-en/zero-shot"]]


RERANKED = """\
name = "bm25"

[[method]]
name = "cross-encoder"
model = "model"
top = 5

[[method]]
name = "cross-encoder"
label = "after"
model = "./model"
first = "zero-shot"
length = 64
"""


@pytest.fixture
def rerank(
    example: Path,
    model: Path,
    write_suite: Callable[..., Path],
    places: list[str],
    clirbench: Callable[..., subprocess.CompletedProcess[str]],
) -> Callable[[], None]:
    """Runs two cross-encoders of another package, in a process of its own."""
    assert example.exists()
    assert model.exists()
    path = write_suite(('name = "bm25"\n', RERANKED))

    def run() -> None:
        only = ["--only", "qde-en/cross-encoder", "--only", "qde-en/after"]
        done = clirbench("run", path, *places, *only)
        assert done.returncode == 0, done.stdout + done.stderr

    return run


def test_the_example_runs(
    rerank: Callable[[], None], example: Path, model: Path, tmp_path: Path
) -> None:
    """From the command line: run, kept, and made anew with another model or other code."""
    pair = tmp_path / "results" / "cells" / "qde-en"
    cell = pair / "cross-encoder"

    def made() -> tuple[str, int]:
        rerank()
        identity = json.loads((cell / "record.json").read_text())["identity"]
        return identity, (cell / "scores.csv").stat().st_mtime_ns

    first = made()
    assert {len(own) for own in read_run(cell / "run.trec.gz").values()} <= set(range(1, 6))
    assert {len(own) for own in read_run(pair / "after" / "run.trec.gz").values()} == {100}
    assert made() == first
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps({**config, "comment": "another file"}))
    second = made()
    code = example / "cross_encoder.py"
    code.write_text(code.read_text() + "# changed\n")
    assert len({first[0], second[0], made()[0]}) == 3
