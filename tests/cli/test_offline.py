"""Without internet: what a suite needs is fetched into one folder, carried over, and found there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from clirbench.data.lock import Lock
from clirbench.models.hub import Model
from clirbench.models.scratch import train_tokenizer
from clirbench.running.needs import needs_of
from clirbench.running.plan import plan_stages
from clirbench.running.stage import walk
from clirbench.spec.cell import cells
from clirbench.spec.read import read_suite

Write = Callable[..., Path]
Serve = Callable[..., str]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAME = "some/bert"
URL = "https://object.pouta.csc.fi/OPUS-Own/v1/moses/en-qsw.txt.zip"
ALONE = ["unshare", "--map-root-user", "--net"]
"""Begins a command in a network name space without any interface that is up."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a small BERT with random weights."""
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("bert")
    tokenizer = train_tokenizer(["abcdefghijklmnopqrstuvwxyz .,!?"] * 2, 100)
    tokenizer.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def suite(write_suite: Write) -> Path:
    """A suite with a teacher and another encoder of a hub, and a corpus of OPUS."""
    return write_suite(
        ('backbone = "scratch"', f'backbone = "{NAME}"'),
        ("scratch = { layers = 1, width = 16, heads = 2, vocabulary = 400 }\n", ""),
        ("training = { epochs = 1, batch_size = 16 }\n", ""),
        (
            'bitext = ["synthetic"]\n\n[[pair]]\nquery = "qde"',
            'bitext = [{ source = "opus", corpus = "Own", release = "v1" }]\n\n[[pair]]\nquery = "qde"',
        ),
        ('name = "oracle"', f'name = "encoder"\nlabel = "other"\nbackbone = "{NAME}"'),
        ("seeds = [1, 2]", "seeds = [1]"),
    )


@pytest.fixture
def opus(tmp_path: Path) -> Path:
    """A mirror with the corpus."""
    path = tmp_path / "upstream" / URL.removeprefix("https://")
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        lines = {"qsw": "".join(f"moja neno {n} la kwanza\n" for n in range(60))}
        lines["en"] = "".join(f"one word {n} of the first\n" for n in range(60))
        for language, text in lines.items():
            archive.writestr(f"Own.en-qsw.{language}", text)
    return tmp_path / "upstream"


def clirbench(
    home: Path, *words: str | Path, before: tuple[str, ...] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line on a machine whose caches are in `home`, and where no hub answers."""
    environment = {
        **os.environ,
        "CLIRBENCH_CACHE": str(home / "cache"),
        "HF_HOME": str(home / "hf"),
        "HF_ENDPOINT": "http://127.0.0.1:9",
        **variables,
    }
    for name in ("HF_HUB_CACHE", "HF_HUB_OFFLINE", "CLIRBENCH_MIRROR"):
        environment.pop(name, None)
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [*before, sys.executable, "-m", "clirbench", *map(str, words)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=home,
        check=False,
    )


@pytest.fixture
def carried(
    suite: Path, opus: Path, model: dict[str, bytes], serve_hub: Serve, tmp_path: Path
) -> Path:
    """The folder that `data get --to` wrote, where there was a network."""
    folder = tmp_path / "carried"
    words = ("data", "get", suite, "--mirror", opus, "--to", folder)
    done = clirbench(tmp_path / "online", *words, HF_ENDPOINT=serve_hub(NAME, model, COMMIT))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"model {NAME}: commit {COMMIT}, in " in done.stdout
    assert f"`clirbench run SUITE --offline --mirror {folder.name}`" in done.stdout
    return folder


def test_the_folder(carried: Path, suite: Path, model: dict[str, bytes]) -> None:
    """Files and models lie in it whole, each in the index; the lock file has their versions."""
    index = {
        each["path"]: each for each in json.loads((carried / "index.json").read_text())["files"]
    }
    there = {
        path.relative_to(carried).as_posix() for path in carried.rglob("*") if path.is_file()
    } - {"index.json"}
    home = "hub/models--some--bert"
    assert URL.removeprefix("https://") in there
    assert {f"{home}/snapshots/{COMMIT}/{name}" for name in model} <= there
    assert (carried / home / "refs" / "main").read_text() == COMMIT
    assert set(index) == there
    assert all(each["bytes"] == (carried / path).stat().st_size for path, each in index.items())
    lock = Lock.beside(suite)
    assert lock.commit(NAME, None) == COMMIT
    assert f"{COMMIT} model {NAME}" in lock.path.read_text().splitlines()


@pytest.fixture
def alone() -> tuple[str, ...]:
    """What begins a command in a network name space of its own, without any interface that is up."""
    if not shutil.which("unshare") or subprocess.run([*ALONE, "true"], check=False).returncode:
        pytest.skip("needs unshare, and leave to make a network name space")
    return tuple(ALONE)


def test_a_run_without_any_interface(
    carried: Path, suite: Path, tmp_path: Path, alone: tuple[str, ...]
) -> None:
    """In a network name space of its own, a run from the folder ends with the table."""
    shutil.rmtree(tmp_path / "online")
    places = ("--results", tmp_path / "results", "--store", tmp_path / "store")
    words = ("run", suite, *places, "--processes", "2", "--offline", "--mirror", carried)
    done = clirbench(tmp_path / "cluster", *words, before=alone)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all measures: " in done.stdout
    assert (tmp_path / "results" / "table.md").exists()
    told = json.loads((tmp_path / "results" / "backbone.json").read_text())
    assert told == {"name": NAME, "revision": COMMIT}
    again = clirbench(tmp_path / "cluster", *words[:-2], before=alone)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "nothing to do: all 10 cells are done" in again.stdout


@pytest.mark.slow
def test_the_quick_suite_without_any_interface(
    root: Path, tmp_path: Path, alone: tuple[str, ...]
) -> None:
    """A suite that needs no download at all is carried over in the same way; made small, it ends, too."""
    suite = tmp_path / "quick.toml"
    shutil.copy(root / "suites" / "quick.toml", suite)
    done = clirbench(tmp_path / "online", "data", "get", suite, "--to", tmp_path / "carried")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "with the suite, and your own files" in done.stdout
    settings = (
        *("collection.concepts=60", "collection.topic_count=12", "collection.document_count=120"),
        *("collection.training_query_count=64", "collection.pairs_low=48", "training.epochs=1"),
        "teacher.scratch={ layers = 1, width = 16, heads = 2, vocabulary = 400 }",
        "teacher.training={ epochs = 1, batch_size = 16 }",
    )
    words = ["run", suite, "--offline", "--mirror", tmp_path / "carried", "--results", "results"]
    words += ["--only", "qsw-en/*/seed=1", *(w for each in settings for w in ("--set", each))]
    done = clirbench(tmp_path / "cluster", *words, before=alone)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all measures: results/table.md" in done.stdout
    assert len(list((tmp_path / "cluster" / "results").rglob("scores.csv"))) == 7


def test_all_that_is_missing_is_said_first(suite: Path, tmp_path: Path) -> None:
    """Files and models, in one message, before anything is written; `plan` says the same."""
    places = ("--results", tmp_path / "results", "--store", tmp_path / "store")
    for words in (("run", suite), ("plan", suite)):
        done = clirbench(tmp_path / "cluster", *words, *places, "--offline")
        assert done.returncode == 2, done.stdout + done.stderr
        first, *missing, last = done.stderr.splitlines()
        assert first == "clirbench: --offline: 2 things that this needs are missing here:"
        assert missing[0] == f"  file {URL}"
        assert missing[1].startswith(f"  model {NAME}: not in the hub's local cache (")
        assert "`clirbench data get SUITE --to FOLDER`" in last
        assert not (tmp_path / "results").exists()
        assert not (tmp_path / "store").exists()


def test_what_is_not_needed_may_be_missing(suite: Path, opus: Path, tmp_path: Path) -> None:
    """A cell that no model is needed for is made without one."""
    places = ("--results", tmp_path / "results", "--store", tmp_path / "store")
    words = ("run", suite, *places, "--offline", "--mirror", opus, "--only", "qde-en/bm25")
    done = clirbench(tmp_path / "cluster", *words)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_damaged_folder(carried: Path, suite: Path, tmp_path: Path) -> None:
    """A model that was not carried over whole is named, and nothing of it is taken."""
    weights = carried / "hub/models--some--bert/snapshots" / COMMIT / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    words = ("plan", suite, "--offline", "--mirror", carried)
    done = clirbench(tmp_path / "cluster", *words)
    assert done.returncode == 2
    assert f"{weights}: failed the checksum of index.json; copy the folder again" in done.stderr
    assert not list((tmp_path / "cluster").rglob("*.safetensors"))
    ref = carried / "hub/models--some--bert/refs/main"
    ref.write_text("../../../../elsewhere")
    suite.with_suffix(".lock").unlink()
    done = clirbench(tmp_path / "cluster", *words)
    assert f"{ref}: expected a commit, 40 hexadecimal digits; copy the folder again" in done.stderr


def test_a_locked_commit_is_as_one_that_the_suite_names(suite: Path, tmp_path: Path) -> None:
    """The same stages, and other ones than without: another commit may be another model."""
    lock = Lock(tmp_path / "some.lock")
    lock.add_model(NAME, None, COMMIT)
    free = read_suite(suite).suite
    named = [f"teacher.revision={COMMIT}", f"method.other.revision={COMMIT}"]
    plans = [
        plan_stages(free, cells(free), lock),
        plan_stages(read_suite(suite, named).suite, cells(free)),
        plan_stages(free, cells(free)),
    ]
    locked, given, unlocked = (
        {str(cell): stage.identity() for cell, stage in plan.items()} for plan in plans
    )
    assert locked == given
    assert locked["qde-en/other"] != unlocked["qde-en/other"]
    assert locked["qde-en/zero-shot"] != unlocked["qde-en/zero-shot"]
    assert locked["qde-en/bm25"] == unlocked["qde-en/bm25"]
    (model,) = needs_of(walk(plans[0].values())).models
    assert model == Model(NAME, COMMIT)
