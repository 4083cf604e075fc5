"""Encoders beside the teacher: what students start from, and those of other systems."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch

from clirbench.data.download import Cache
from clirbench.errors import SuiteError
from clirbench.models.encoder import Encoder
from clirbench.models.fitting import fit_start
from clirbench.models.ragged import Ragged
from clirbench.models.scratch import train_tokenizer
from clirbench.report.notes import encoder_notes
from clirbench.results.names import BACKBONE
from clirbench.running.origins import write_origins
from clirbench.running.plan import plan_stages
from clirbench.running.rankings import load_rankings
from clirbench.running.stage import Context, Stage, walk
from clirbench.running.stages.bitext import read_bitext
from clirbench.running.stages.encoder import load_start, open_encoder
from clirbench.running.stages.sentences import read_pairs
from clirbench.running.store import Store
from clirbench.spec.cell import Cell, cells
from clirbench.spec.read import read_suite

LETTERS = "abcdefghijklmnopqrstuvwxyz .,!?'-"
LOSSES = ("sentence-contrastive", "sentence-mse", "token-contrastive", "optical")
FITTED = ("query_length = 40", 'query_length = 40\nprojection = "fitted"')
STUDENT = '[student]\nbackbone = "./start"\nquery_length = 40\n\n[training]'


def write_backbone(folder: Path, width: int = 24, *, scale: float = 0.2) -> None:
    """A small BERT, random, with a tokenizer that reads letter by letter."""
    from transformers import BertConfig, BertModel

    tokenizer = train_tokenizer([LETTERS] * 2, 50)
    tokenizer.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=64,
        initializer_range=scale,
    )
    with torch.random.fork_rng():
        torch.manual_seed(width)
        BertModel(config, add_pooling_layer=False).save_pretrained(folder)


@pytest.fixture
def suite(write_suite: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """Writes the tiny suite with a student of its own, four losses, and methods without any."""

    def write(*replacements: tuple[str, str], width: int = 24) -> Path:
        write_backbone(tmp_path / "start", width)
        methods = "\n\n".join(f'[[method]]\nname = "{name}"' for name in LOSSES[1:3])
        return write_suite(
            ("[training]", STUDENT),
            ("seeds = [1, 2]", "seeds = [1]"),
            ('[[method]]\nname = "bm25"', methods),
            *replacements,
        )

    return write


class Planned(NamedTuple):
    """A suite's cells, and where what they are made of lies."""

    stages: dict[Cell, Stage]
    store: Store
    context: Context

    def find(self, kind: str, cell: str) -> Stage:
        """The stage of a kind that a cell rests on."""
        return next(s for s in walk([self.stages[Cell.parse(cell)]]) if s.kind == kind)

    def make(self, cell: str, *, until: str = "run") -> Path:
        """Make what a cell rests on, as far as a kind; gives the last one's folder."""
        last = self.find(until, cell)
        for stage in walk([last]):
            if not self.store.done(stage):
                self.store.make(stage, self.context)
        return self.store.folder(last)


def planned(path: Path, name: str = "one", *overrides: str, **context: object) -> Planned:
    """Plan all cells of a suite, over a store of that name."""
    suite, folder = read_suite(path, overrides).suite, path.parent / name
    return Planned(
        dict(plan_stages(suite, cells(suite))),
        Store(shared=folder / "store", results=folder / "results"),
        Context(fetch=Cache(path.parent / "cache"), **context),  # type: ignore[arg-type]
    )


def files(folder: Path) -> dict[str, bytes]:
    """What an artifact holds, but for what it cost."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "record.json"
    }


def test_it_is_trained_into_the_teachers_space(suite: Callable[..., Path]) -> None:
    """Each loss falls; the student keeps its tokenizer, and its vectors come to the teacher's size."""
    plan = planned(suite())
    for loss in LOSSES:
        student = plan.make(f"qsw-en/{loss}/seed=1", until="student")
        log = [json.loads(line) for line in (student / "training.jsonl").read_text().splitlines()]
        half = len(log) // 2
        losses = [step["loss"] for step in log]
        assert sum(losses[half:]) / (len(log) - half) < sum(losses[:half]) / half
        encoder = open_encoder(plan.find("student", f"qsw-en/{loss}/seed=1"), plan.store.folder)
        assert (encoder.size, encoder.backbone.config.hidden_size) == (16, 24)
        assert len(encoder.tokenizer) < 60
        run, start = (plan.find(kind, f"qsw-en/{loss}/seed=1") for kind in ("run", "encoder"))
        assert run.inputs["encoder.over"] == start  # which the student is laid over
        assert not (student / "model.safetensors").exists()
        assert encoder.encode(["mwalimu"], 40).vectors.shape[1] == 16
        (shown, *_) = json.loads((student / "plans.json").read_text())
        assert len(shown["source"]) > len(shown["target"])  # letters against pieces


def test_who_reads_what(suite: Callable[..., Path]) -> None:
    """Foreign topics the student, English documents the teacher's one index; zero-shot is the teacher."""
    plan = planned(suite())
    (own, plain) = (plan.make(f"qsw-en/{cell}") for cell in ("optical/seed=1", "zero-shot"))
    student, teacher = (
        open_encoder(plan.find(kind, "qsw-en/optical/seed=1"), plan.store.folder).eval()
        for kind in ("student", "teacher")
    )
    (index,) = (plan.store.shared / "documents").iterdir()
    ids = json.loads((index / "ids.json").read_text())
    source, fetch = (
        read_suite(plan.store.shared.parents[1] / "suite.toml").suite.collection,
        (plan.context.fetch),
    )
    documents = {d.id: d.text for d in source.documents(fetch, "en")}
    topics = source.topics(fetch, "qsw")
    passages = [teacher.encode([documents[id_]], 48, side="passage").vectors for id_ in ids]
    for folder, reader, length in ((own, student, 40), (plain, teacher, 24)):
        found = load_rankings(folder)
        for topic, text in topics.items():
            query = reader.encode([text], length).vectors
            scores = {
                id_: float((query @ passage.T).amax(dim=1).sum())
                for id_, passage in zip(ids, passages, strict=True)
            }
            ranked = found[topic]
            expected = [scores[id_] for id_ in ranked.documents]
            np.testing.assert_allclose(np.asarray(ranked.scores), expected, atol=1e-4)
    assert plan.find("run", "qsw-en/zero-shot").inputs.keys() == {"encoder", "documents"}
    kinds = {s.kind for s in walk([plan.stages[Cell.parse("qsw-en/zero-shot")]])}
    assert "encoder" not in kinds


@pytest.mark.parametrize(
    ("loss", "keys"),
    [
        *((loss, ()) for loss in LOSSES),
        ("optical", (FITTED,)),
        ("optical", (('name = "optical"', 'name = "optical"\nunit = "word"\nmarginals = "idf"'),)),
    ],
)
def test_resumed_equals_uninterrupted(
    loss: str, keys: Sequence[tuple[str, str]], suite: Callable[..., Path]
) -> None:
    """Stopped after three steps and gone on in another process's place, all files are the same."""
    path, cell = suite(*keys), f"qsw-en/{loss}/seed=1"
    expected = files(planned(path).make(cell, until="student"))
    steps: list[int] = []

    def stop(done: int, total: int, note: str) -> None:
        del total
        if note.startswith("loss"):
            steps.append(done)
            if len(steps) == 3:
                raise KeyboardInterrupt

    first = planned(path, "two")
    for needed in ("encoder", "bitext"):
        first.make(cell, until=needed)
    student = first.find("student", cell)
    stopping = planned(path, "two", stopping=lambda: True, progress=stop)
    with pytest.raises(KeyboardInterrupt):
        stopping.store.make(student, stopping.context)
    saved = list((path.parent / "two").rglob("*.safetensors"))
    assert any("checkpoint" in str(each) for each in saved)
    again = planned(path, "two")
    assert files(again.make(cell, until="student")) == expected


def test_the_projection_is_drawn_from_the_seed(suite: Callable[..., Path]) -> None:
    """The same for all methods of a seed, another for another seed; none where sizes are the same."""
    plan = planned(suite())
    for kind in ("encoder", "bitext"):
        plan.make("qsw-en/optical/seed=1", until=kind)
    inputs = {
        name: plan.store.folder(plan.find(kind, "qsw-en/optical/seed=1"))
        for name, kind in (("start", "encoder"), ("teacher", "teacher"))
    }
    before = torch.random.get_rng_state()
    one, same, other = (load_start(inputs, 16, seed, "qsw-en").projection for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert one is not None
    assert same is not None
    assert other is not None
    assert torch.equal(one.weight, same.weight)
    assert not torch.equal(one.weight, other.weight)
    assert load_start(inputs, 24, 1, "qsw-en").projection is None


@pytest.mark.parametrize("width", [24, 16])
def test_a_fitted_projection(width: int, suite: Callable[..., Path]) -> None:
    """Nothing is drawn, also where sizes are the same; English is read near where the teacher reads it."""
    plan = planned(suite(FITTED, width=width))
    stage = plan.find("student", "qsw-en/optical/seed=1")
    plan.make("qsw-en/optical/seed=1", until="bitext")
    plan.make("qsw-en/optical/seed=1", until="encoder")
    inputs = {
        name: plan.store.folder(stage.inputs[name]) for name in ("start", "teacher", "bitext")
    }
    starts = [load_start(inputs, 16, seed, "qsw-en", fitted=True) for seed in (1, 2)]
    assert [start.projection for start in starts] == [None, None]
    english = [pair.english for pair in read_bitext(inputs["bitext"])]
    teacher = Ragged.load(inputs["bitext"] / "vectors.safetensors")
    for start in starts:
        fit_start(start, english, teacher, 40)
    fitted = starts[0]
    assert all(
        torch.equal(*(start.state_dict()[name] for start in starts)) for name in fitted.state_dict()
    )
    found, wanted = fitted.tokens(english, 40).means(), teacher.means()
    drawn = load_start(inputs, 16, 1, "qsw-en").tokens(english, 40).means()
    even = (wanted - wanted.mean(0)).square().sum()
    assert (found - wanted).square().sum() < 0.9 * even < (drawn - wanted).square().sum()


def test_methods_of_queries_from_a_fitted_start(suite: Callable[..., Path]) -> None:
    """What they are fitted on are the English queries."""
    plan = planned(suite(('name = "sentence-mse"', 'name = "code-switch"'), FITTED))
    folder = plan.make("qsw-en/code-switch/seed=1", until="student")
    start = plan.store.folder(plan.find("encoder", "qsw-en/code-switch/seed=1"))
    projection = Encoder.load(folder, start).projection
    assert projection is not None
    assert projection.bias is not None  # a drawn one has none


def test_it_is_known_by_its_content(suite: Callable[..., Path], tmp_path: Path) -> None:
    """Of what changes, what rests on it is made again: of another place nothing, of other weights students."""
    path = suite()

    def identities(*overrides: str) -> dict[str, str]:
        stages = planned(path, "one", *overrides).stages
        return {str(cell): stage.run.identity() for cell, stage in stages.items()}  # type: ignore[attr-defined]

    def changed(*overrides: str) -> set[str]:
        after = identities(*overrides)
        return {Cell.parse(cell).method for cell in before if before[cell] != after[cell]}

    before = identities()
    shutil.copytree(tmp_path / "start", tmp_path / "copy")
    write_backbone(tmp_path / "other", scale=0.3)
    assert changed(f"student.backbone={tmp_path / 'copy'}") == set()
    assert changed(f"student.backbone={tmp_path / 'other'}") == set(LOSSES)
    assert changed("student.query_length=41") == set(LOSSES)
    assert changed("student.layer=1") == set(LOSSES)
    assert changed("student.projection=fitted") == set(LOSSES)
    assert changed("student.projection=drawn") == set()  # what it is without
    assert changed("student.document_length=48") == set()  # what it is without


def test_what_the_tokens_of_each_side_are_counted_by(suite: Callable[..., Path]) -> None:
    """Foreign sides are cut in the student's tokens, English ones in the teacher's."""
    plan = planned(suite(("query_length = 40", "query_length = 12")))
    folder = plan.make("qsw-en/optical/seed=1", until="sentences")
    (counts,) = json.loads((folder / "counts.json").read_text())
    pairs = read_pairs(folder)
    tokenizer = train_tokenizer([LETTERS] * 2, 50)
    whole = [len(tokenizer(pair.foreign)["input_ids"]) for pair in pairs]
    assert counts["cut_foreign"] == sum(length > 12 for length in whole) > 0
    assert (counts["english_length"], counts["foreign_length"]) == (24, 12)
    assert counts["cut_english"] < counts["cut_foreign"]


RANKING: Sequence[tuple[str, str]] = (
    ('name = "sentence-mse"', 'name = "code-switch"'),
    ('name = "token-contrastive"', 'name = "procrustes"'),
)


def test_methods_that_learn_from_queries(suite: Callable[..., Path]) -> None:
    """They start from it as well; a map is of the teacher's vectors, and stays the teacher's."""
    plan = planned(suite(*RANKING))
    plan.make(cell := "qsw-en/code-switch/seed=1", until="student")
    assert (
        open_encoder(plan.find("student", cell), plan.store.folder).backbone.config.hidden_size
        == 24
    )
    plan.make("qsw-en/code-switch/seed=1")
    plan.make("qsw-en/procrustes", until="map")
    mapped = open_encoder(plan.find("map", "qsw-en/procrustes"), plan.store.folder)
    assert mapped.backbone.config.hidden_size == 16
    plan.make("qsw-en/procrustes")


def test_foreign_documents(suite: Callable[..., Path]) -> None:
    """They are read by the student, at its own length."""
    plan = planned(
        suite(('query = "qsw"\n', 'query = "en"\ndocuments = "qsw"\n')),
        "one",
        "student.document_length=50",
    )
    cell = "en-qsw/optical/seed=1"
    documents = plan.find("documents", cell)
    assert documents.settings()["length"] == 50
    assert plan.find("run", cell).settings()["length"] == 24
    plan.make(cell)


def test_what_is_refused(suite: Callable[..., Path]) -> None:
    """What does not go together is said with its place, as for the teacher."""
    path = suite()
    for override, text in (
        ("student.backbone=scratch", "student.backbone: must be a pretrained model"),
        ("student.pooling=mean", 'student.pooling: only for interaction = "single"'),
        ("student.interaction=late", "student.interaction: unknown key"),
        ("student.projection=64", "student.projection: expected 'drawn' or 'fitted'"),
        ("student.backbone=./nowhere", 'student.backbone: no folder "'),
    ):
        with pytest.raises(SuiteError, match=text):
            read_suite(path, [override])
    with pytest.raises(SuiteError, match=r"student\.query_length: must be <= 64, the positions of"):
        planned(path, "one", "student.query_length=65")
    text = path.read_text()
    for loss in LOSSES:
        text = text.replace(f'[[method]]\nname = "{loss}"', "")
    hypothesis = next(line for line in text.splitlines() if line.startswith("hypothesis"))
    path.write_text(text.replace(hypothesis, ""))
    with pytest.raises(SuiteError, match="student: no method of the suite trains a student"):
        read_suite(path)


OTHER = (
    'name = "sentence-mse"',
    'name = "encoder"\nlabel = "other"\nbackbone = "./start"\ninteraction = "single"',
)


def test_another_systems_encoder(suite: Callable[..., Path]) -> None:
    """It reads topics and documents of all languages as it is, with an index of its own."""
    path = suite(OTHER)
    plan = planned(path)
    folder = plan.make("qsw-en/other")
    assert {s.kind for s in walk([plan.find("run", "qsw-en/other")])} == {
        *("encoder", "documents", "run")
    }
    (made,) = (plan.store.shared / "encoder").iterdir()
    encoder = Encoder.load(made).eval()
    assert encoder.interaction == "single"
    source, fetch = read_suite(path).suite.collection, plan.context.fetch
    documents = {d.id: d.text for d in source.documents(fetch, "en")}
    passages = encoder.encode(list(documents.values()), 48, side="passage").vectors
    found = load_rankings(folder)
    for topic, text in source.topics(fetch, "qsw").items():
        scores = (passages @ encoder.encode([text], 24).vectors[0]).tolist()
        own = dict(zip(documents, scores, strict=True))
        ranked = found[topic]
        expected = [own[id_] for id_ in ranked.documents]
        np.testing.assert_allclose(np.asarray(ranked.scores), expected, atol=1e-5)
    start = plan.find("encoder", "qsw-en/optical/seed=1")
    assert start.identity() != plan.find("encoder", "qsw-en/other").identity()
    (index,) = {plan.find("documents", f"{pair}/other").identity() for pair in ("qsw-en", "qde-en")}
    assert index != plan.find("documents", "qsw-en/zero-shot").identity()


def test_keys_of_another_systems_encoder(suite: Callable[..., Path]) -> None:
    """A model has to be named; a change of it changes its cells alone."""
    path = suite(OTHER)
    for override, text in (
        ("method.other.backbone=scratch", "backbone: must name a pretrained model"),
        ("method.other.interaction=late", None),
        ("method.other.layer=0", r"layer: must be > 0"),
        ("method.other.backbone=./nowhere", 'backbone: no folder "'),
    ):
        if text is not None:
            with pytest.raises(SuiteError, match=text):
                read_suite(path, [override])
            continue
        before, after = planned(path).stages, planned(path, "one", override).stages
        changed = {
            cell.method
            for cell, stage in before.items()
            if stage.inputs["run"].identity() != after[cell].inputs["run"].identity()
        }
        assert changed == {"other"}
    with pytest.raises(SuiteError, match=r'pooling: only for interaction = "single"'):
        read_suite(path, ["method.other.interaction=late", "method.other.pooling=cls"])
    path.write_text(path.read_text().replace('label = "other"\nbackbone = "./start"\n', ""))
    with pytest.raises(SuiteError, match="must name a pretrained model"):
        read_suite(path)
    with pytest.raises(
        SuiteError, match=r"method\.other\.query_length: must be <= 64, the positions of"
    ):
        planned(suite(OTHER), "one", "method.other.query_length=65")


def test_the_table_names_the_models(suite: Callable[..., Path]) -> None:
    """Below it stand what students start from, and each encoder of another system."""
    read = read_suite(suite(OTHER)).suite
    assert list(encoder_notes(read)) == [
        "Students start from start; their teacher is scratch.",
        "other: start unchanged, a single vector, with an index of its own.",
    ]
    assert list(encoder_notes(replace(read, student=None, methods=read.methods[:2]))) == []


def test_commits_of_a_hub_are_kept(suite: Callable[..., Path]) -> None:
    """Which commit each of them was is copied from their artifacts into the results."""
    plan = planned(suite(OTHER))
    stages = [plan.find("encoder", f"qsw-en/{cell}") for cell in ("optical/seed=1", "other")]
    for number, stage in enumerate(stages):
        plan.store.make(stage, plan.context)
        known = {"name": f"some/model-{number}", "revision": f"abc{number}"}
        (plan.store.folder(stage) / BACKBONE).write_text(json.dumps(known))
    plan.store.results.mkdir()
    write_origins(plan.store, stages)
    assert json.loads((plan.store.results / "encoders.json").read_text()) == [
        {"name": "some/model-0", "revision": "abc0"},
        {"name": "some/model-1", "revision": "abc1"},
    ]


def test_trials_start_from_it(suite: Callable[..., Path]) -> None:
    """What [tune] tries is trained from the same start as what it is tried for."""
    path = suite(
        ("[statistics]", "[tune]\nlearning_rates = [1e-4, 1e-3]\n\n[statistics]"),
        ("learning_rate = 1e-3\n", ""),
    )
    plan = planned(path)
    choice = plan.find("choice", "qsw-en/optical/seed=1")
    trials = choice.inputs.values()
    assert all("encoder" in {s.kind for s in trial.inputs.values()} for trial in trials)
    plan.make("qsw-en/optical/seed=1", until="student")
    student = open_encoder(plan.find("student", "qsw-en/optical/seed=1"), plan.store.folder)
    assert student.backbone.config.hidden_size == 24
