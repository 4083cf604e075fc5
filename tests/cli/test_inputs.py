"""What a run reads is what its identity says: files that are edited meanwhile spoil nothing."""

from __future__ import annotations

import importlib
import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from safetensors.torch import load_file, save_file

from clirbench import session
from clirbench.data.base import SentencePair
from clirbench.data.sources import opus
from clirbench.data.sources.opus import read_moses
from clirbench.models.scratch import train_tokenizer

Call = Callable[..., subprocess.CompletedProcess[str]]
Own = Callable[[str], Path]
SUITE = """\
[suite]
name = "own"
seeds = [1]
measures = ["RR"]
[collection]
source = "files"
folder = "data"
[teacher]
backbone = "./model"
document_length = 64
query_length = 64
[training]
epochs = 1
batch_size = 2
[statistics]
flips = 1000
resamples = 1000
[[pair]]
query = "sw"
resource = "low"
bitext = [{ source = "files", folder = "bitext" }]
[[method]]
name = "METHOD"
"""
WORDS = ["one two", "three four", "five six", "seven eight"]


@pytest.fixture
def own(tmp_path: Path) -> Own:
    """Writes a suite of one method on files of the user's, with a model of the user's."""

    def write(method: str) -> Path:
        from transformers import BertConfig, BertModel

        data = tmp_path / "data"
        data.mkdir()
        (tmp_path / "bitext").mkdir()
        documents = [f'{{"id": "d{n}", "text": "{text}"}}\n' for n, text in enumerate(WORDS)]
        (data / "docs.jsonl").write_text("".join(documents))
        topics = "".join(f"t{n}\t{text}\n" for n, text in enumerate(WORDS))
        for language in ("sw", "en"):
            (data / f"topics.{language}.tsv").write_text(topics)
        (data / "qrels").write_text("".join(f"t{n} 0 d{n} 1\n" for n in range(len(WORDS))))
        pairs = "".join(f"{text} neno {n}\t{text} word {n}\n" for n, text in enumerate(WORDS * 3))
        (tmp_path / "bitext" / "bitext.sw.tsv").write_text(pairs)
        run = "".join(f"t{n} Q0 d{n} 1 1.0 x\n" for n in range(len(WORDS)))
        (tmp_path / "sw-en.trec").write_text(run)
        tokenizer = train_tokenizer(["abcdefghijklmnopqrstuvwxyz .,!?"] * 2, 100)
        tokenizer.save_pretrained(tmp_path / "model")
        config = BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
        )
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = BertModel(config, add_pooling_layer=False)
        model.save_pretrained(tmp_path / "model")
        suite = tmp_path / "own.toml"
        suite.write_text(SUITE.replace('"METHOD"', method))
        return suite

    return write


class Edit(NamedTuple):
    """A file that is edited while a stage reads it."""

    method: str
    reads: str
    """Function that is busy with the file: its module, a colon, and its name there."""
    file: str
    old: str
    new: str
    stage: str


EDITS = {
    "collection": Edit(
        '"bm25"', "methods.bm25:BM25.search", "data/docs.jsonl", "one", "two", "run"
    ),
    "bitext": Edit(
        '"psq"',
        "running.stages.sentences:assemble",
        "bitext/bitext.sw.tsv",
        *("three", "seven", "sentences"),
    ),
    "backbone": Edit(
        '"zero-shot"',
        "models.build:build_encoder",
        "model/tokenizer.json",
        *('"id": 0', '"id":  0', "teacher"),
    ),
    "imported run": Edit(
        '"outside"\nruns = "{pair}.trec"',
        "methods.outside:Outside.search",
        "sw-en.trec",
        *("t0 Q0 d0", "t0 Q0 d1", "run"),
    ),
    "judgments": Edit(
        '"bm25"', "running.stages.cell:judge", "data/qrels", "t0 0 d0", "t0 0 d1", "cell"
    ),
}


@pytest.mark.parametrize("case", [f"{k}, {b}" for k in EDITS for b in ("stays", "put back")])
def test_edited_while_it_is_read(
    own: Own, places: list[str], tmp_path: Path, command: Call, case: str
) -> None:
    """Nothing is kept of it, the file is named, and the next run gives what a first one gives."""
    kind, back = case.split(", ")
    edit = EDITS[kind]
    suite, path = own(edit.method), tmp_path / edit.file
    text, stat = path.read_text(), path.stat()
    assert edit.old in text
    module, _, name = edit.reads.partition(":")
    *owner, name = name.split(".")
    holder = importlib.import_module(f"clirbench.{module}")
    for each in owner:
        holder = getattr(holder, each)
    original = getattr(holder, name)

    def busy(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - of any function
        path.write_text(text.replace(edit.old, edit.new))
        found = original(*arguments, **options)
        if back == "put back":  # with its old time, too
            path.write_text(text)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(holder, name, busy)
        done = command("run", suite, *places)
    assert done.returncode == 4, done.stdout + done.stderr
    since = "since the run began" if back == "stays" else f"while {edit.stage} "
    assert f"{path}: changed {since}" in done.stdout
    assert "Traceback" not in done.stdout
    assert not list((tmp_path / "store").glob(f"{edit.stage}/*/record.json"))
    assert not list((tmp_path / "results").rglob("scores.csv"))
    other = ["--results", str(tmp_path / "r2"), "--store", str(tmp_path / "s2")]
    for own_places in (places, other):
        assert command("run", suite, *own_places).returncode == 0
    (first,), (second,) = ([*(tmp_path / r).rglob("scores.csv")] for r in ("results", "r2"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("back", ["stays", "put back", "moved back"])
def test_a_download_that_is_edited_while_it_is_read(
    own: Own, tmp_path: Path, command: Call, monkeypatch: pytest.MonkeyPatch, back: str
) -> None:
    """Nothing is kept of it, the file in the cache is named, and the next run fetches it anew."""
    suite = own('"psq"')
    of_opus = '{ source = "opus", corpus = "Own", release = "v1" }'
    of_files = '{ source = "files", folder = "bitext" }'
    suite.write_text(suite.read_text().replace(of_files, of_opus))
    url = "object.pouta.csc.fi/OPUS-Own/v1/moses/en-sw.txt.zip"
    upstream, path = tmp_path / "upstream" / url, tmp_path / "cache" / "downloads" / url
    upstream.parent.mkdir(parents=True)
    with zipfile.ZipFile(upstream, "w") as archive:
        for language, word in (("sw", "neno"), ("en", "word")):
            lines = "".join(f"{word} {n} {text}\n" for n, text in enumerate(WORDS * 3))
            archive.writestr(f"Own.en-sw.{language}", lines)
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "cache"))

    def busy(given: Path, language: str) -> list[SentencePair]:
        assert given == path
        content, stat, away = path.read_bytes(), path.stat(), tmp_path / "away"
        if back == "moved back":
            path.rename(away)
        path.write_bytes(content.replace(b"three", b"seven"))
        found = read_moses(path, language)
        if back == "put back":
            path.write_bytes(content)
        if back == "moved back":
            away.replace(path)
        if back != "stays":
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        return found

    words = ("run", suite, "--mirror", tmp_path / "upstream")
    places, other = (
        ("--results", tmp_path / f"r{n}", "--store", tmp_path / f"s{n}") for n in (1, 2)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opus, "read_moses", busy)
        patch.setattr(
            zipfile.ZipExtFile, "_update_crc", lambda *_: None
        )  # it would be noticed, too
        done = command(*words, *places)
    assert done.returncode == 4, done.stdout + done.stderr
    assert f"{path}: changed while sentences sw" in done.stdout
    assert not list((tmp_path / "s1").glob("sentences/*/record.json"))
    for own_places in (places, other):
        done = command(*words, *own_places)
        assert done.returncode == 0, done.stdout + done.stderr
    assert path.read_bytes() == upstream.read_bytes()
    (first,), (second,) = ([*(tmp_path / r).rglob("scores.csv")] for r in ("r1", "r2"))
    assert first.read_bytes() == second.read_bytes()


def test_edited_between_plan_and_stage(
    own: Own, places: list[str], tmp_path: Path, command: Call
) -> None:
    """A file that is edited before its stage begins is told, too."""
    suite, path = own('"bm25"'), tmp_path / "data" / "docs.jsonl"
    made = session.make_stages
    with pytest.MonkeyPatch.context() as patch:

        def late(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as it is called
            path.write_text(path.read_text().replace("one", "two"))
            return made(*arguments, **options)

        patch.setattr(session, "make_stages", late)
        done = command("run", suite, *places)
    assert done.returncode == 4
    assert f"{path}: changed since the run began; nothing made from it is kept" in done.stdout
    assert command("run", suite, *places).returncode == 0


COUNTS = (
    *("source.spm", "vocab.bpe", "merges", "qwen.tiktoken", "chat_template.jinja", "bpe.codes"),
    *("1_Pooling/config.json", "a/b/c.json", "tokenizer.model", "artifact.metadata"),
)
COUNTS_NOT = (
    *("README.md", ".gitattributes", ".git/config", "picture.png", "optimizer.pt"),
    *("events.jsonl", "training.log", "eval/similarity_evaluation_results.csv"),
    *("pytorch_model.bin", "onnx/model.json"),
)


def test_every_file_that_may_be_loaded_counts(
    own: Own, places: list[str], tmp_path: Path, command: Call
) -> None:
    """A change of what a model or tokenizer loads is another teacher; of what nothing loads, none."""
    suite, model = own('"zero-shot"'), tmp_path / "model"
    for name in (*COUNTS, *COUNTS_NOT):
        (model / name).parent.mkdir(parents=True, exist_ok=True)
        (model / name).write_text("{}")
    assert command("run", suite, *places).returncode == 0
    for name in (*COUNTS_NOT, *COUNTS):
        (model / name).write_text("{ }")
        done = int(name in COUNTS_NOT)
        assert f"own: 1 cell, {done} done" in command("plan", suite, *places).stdout, name
        (model / name).write_text("{}")
    assert "own: 1 cell, 1 done" in command("plan", suite, *places).stdout


def test_a_link_counts_by_what_it_leads_to(
    own: Own, places: list[str], tmp_path: Path, command: Call
) -> None:
    """What lies elsewhere and is linked to is a file as any other."""
    suite, file, folder = own('"zero-shot"'), tmp_path / "far.spm", tmp_path / "far"
    folder.mkdir()
    (folder / "x.json").write_text("{}")
    file.write_text("1")
    (tmp_path / "model" / "source.spm").symlink_to(file)
    (tmp_path / "model" / "2_Dense").symlink_to(folder)
    (tmp_path / "model" / "round").symlink_to(tmp_path / "model")
    assert command("run", suite, *places).returncode == 0
    for path in (file, folder / "x.json"):
        assert "1 done" in command("plan", suite, *places).stdout
        path.write_text(path.read_text() + " ")
        assert "0 done" in command("plan", suite, *places).stdout
        assert command("run", suite, *places).returncode == 0


def test_a_module_that_lies_elsewhere(
    own: Own, places: list[str], tmp_path: Path, command: Call
) -> None:
    """A list of modules does not lead out of the model's folder."""
    suite = own('"zero-shot"')
    (tmp_path / "model" / "modules.json").write_text(
        '[{"type": "x.Transformer", "path": ""}, {"type": "x.Pooling", "path": "../elsewhere"}]'
    )
    done = command("plan", suite, *places)
    assert done.returncode == 2
    assert '"../elsewhere" must be a folder in that of the model' in done.stderr


def test_a_model_whose_vectors_are_not_finite(
    own: Own, places: list[str], tmp_path: Path, command: Call
) -> None:
    """It is an error where texts are encoded, never a ranking by scores that are none."""
    suite, weights = own('"zero-shot"'), tmp_path / "model" / "model.safetensors"
    tensors = load_file(weights)
    name = "embeddings.LayerNorm.weight"
    save_file({**tensors, name: tensors[name] * torch.nan}, weights, {"format": "pt"})
    done = command("run", suite, *places)
    assert done.returncode == 4
    assert "not finite" in done.stdout
    assert not list((tmp_path / "results").rglob("scores.csv"))
