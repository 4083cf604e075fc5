"""Backbones of other makers, from the suite file to the table."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from clirbench.cli import main
from clirbench.models.encoder import Encoder
from clirbench.models.scratch import train_tokenizer
from clirbench.results.folder import Folder
from clirbench.running.stages.student import StudentStage
from clirbench.spec.read import read_suite

Write = Callable[..., Path]
SCRATCH = "scratch = { layers = 1, width = 16, heads = 2, vocabulary = 400 }\n"
TRAINING = "training = { epochs = 1, batch_size = 16 }\n"


def colbert(folder: Path) -> None:
    """A small ColBERT with a tokenizer of letters."""
    from transformers import BertConfig, BertModel

    tokenizer = train_tokenizer(["abcdefghijklmnopqrstuvwxyz .,!?"] * 2, 100)
    tokenizer.add_tokens(["[unused0]", "[unused1]"])
    tokenizer.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        architectures=["HF_ColBERT"],
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(config, add_pooling_layer=False).save_pretrained(folder)
        weights = load_file(folder / "model.safetensors")
        weights = {f"bert.{name}": value for name, value in weights.items()}
        weights["linear.weight"] = torch.randn(8, 16)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    (folder / "artifact.metadata").write_text(json.dumps({"query_maxlen": 16}))


@pytest.mark.parametrize("training", ["", TRAINING])
def test_a_colbert_as_teacher(
    training: str,
    write_suite: Write,
    places: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is searched with, trained, learned from and mapped, and its students read as it does."""
    suite = write_suite(
        ('backbone = "scratch"', 'backbone = "./colbert"'),
        (SCRATCH, ""),
        (TRAINING, training),
        ('name = "bm25"', 'name = "procrustes"'),
    )
    colbert(suite.parent / "colbert")
    monkeypatch.setenv("CLIRBENCH_CACHE", str(suite.parent / "cache"))
    monkeypatch.setattr(StudentStage, "transient", False)
    cells = ("zero-shot", "oracle", "procrustes", "optical/seed=1")
    only = [part for cell in cells for part in ("--only", f"qsw-en/{cell}")]
    assert main(["run", str(suite), *places, *only]) == 0
    printed = capsys.readouterr().out
    assert printed.count("read as colbert does") == 1
    assert "filled up to 16 with" in printed
    for kind in ("teacher", "student"):
        (made,) = (suite.parent / "store" / kind).iterdir()
        (start,) = (suite.parent / "store" / "teacher").iterdir()
        encoder = Encoder.load(made, start if kind == "student" else None)
        assert encoder.reading.adapter == "colbert"
        assert len(encoder.tokenize(["a"], 24)[0]) == 16
        assert encoder.encode(["a"], 24).vectors.shape == (16, 8)


def test_a_colbert_as_what_students_start_from(
    write_suite: Write,
    places: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Run, run again, shown: its layer of size 8 stays, and a projection to the teacher's 16 follows."""
    suite = write_suite(
        ("[training]", '[student]\nbackbone = "./colbert"\n\n[training]'),
        ('name = "bm25"', 'name = "encoder"\nlabel = "ColBERT"\nbackbone = "./colbert"'),
    )
    colbert(suite.parent / "colbert")
    monkeypatch.setenv("CLIRBENCH_CACHE", str(suite.parent / "cache"))
    monkeypatch.setattr(StudentStage, "transient", False)
    cells = ("zero-shot", "ColBERT", "oracle", "optical/seed=1", "sentence-contrastive/seed=1")
    only = [part for cell in cells for part in ("--only", f"qsw-en/{cell}")]
    assert main(["run", str(suite), *places, *only]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert printed.count("read as colbert does") == 1  # for students and as another system's alike
    assert "Students start from colbert; their teacher is scratch." in printed
    assert "ColBERT: colbert unchanged, late interaction, with an index of its own." in printed
    students = list((tmp_path / "store" / "student").iterdir())
    start = next((tmp_path / "store" / "encoder").iterdir())  # all are of the same files
    assert len(students) == 2
    for made in students:
        encoder = Encoder.load(made, start)
        assert len(encoder.tokenize(["a"], 24)[0]) == 16
        assert encoder.reading.dense[0].size == (16, 8)
        assert encoder.encode(["a"], 24).vectors.shape == (16, 16)
    assert main(["run", str(suite), *places, *only]) == 0
    assert "nothing to do: all 5 cells are done" in capsys.readouterr().out
    pair = ["--pair", "qsw-en", "--method", "optical", "neno", "word"]
    assert main(["align", str(suite), *places, *pair]) == 0
    assert "plan by ipot" in " ".join(capsys.readouterr().out.split())
    results = Folder(tmp_path / "results")
    assert results.suite == read_suite(suite).suite
