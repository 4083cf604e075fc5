from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from clirbench.errors import DataError, SuiteError
from clirbench.models.build import build_encoder
from clirbench.models.encoder import Encoder
from clirbench.models.folder import Folder
from clirbench.models.lengths import open_tokens
from clirbench.models.open import open_backbone
from clirbench.running.plan import plan_stages
from clirbench.running.stage import walk
from clirbench.spec.cell import cells
from clirbench.spec.model import Teacher
from clirbench.spec.read import read_suite

Make = Callable[..., Path]
WEIGHTS = "model.safetensors"


def build(folder: Path, **settings: Any) -> Encoder:  # noqa: ANN401 - keys of the section
    """The encoder of a section that names the folder."""
    given = {"query_length": 16, "document_length": 32}
    return build_encoder(Teacher(backbone=str(folder), **{**given, **settings}), list)


def change(folder: Path, **config: object) -> None:
    """Change its config.json."""
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **config}))


def pointer(folder: Path) -> None:
    """What git leaves where its large files are not fetched."""
    (folder / WEIGHTS).write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 90868376\n"
    )


def half(folder: Path) -> None:
    """A copy that was stopped."""
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(content[: len(content) // 2])


def beginning(folder: Path) -> None:
    """A copy that was stopped early."""
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:100])


def sharded(folder: Path) -> None:
    """One of two files is not there."""
    index = {"weight_map": {"a": WEIGHTS, "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def bare(folder: Path) -> None:
    """Without the tokenizer."""
    for path in folder.glob("tokenizer*"):
        path.unlink()


def pieces(folder: Path) -> None:
    """With a tokenizer that its own package reads, alone."""
    bare(folder)
    (folder / "spiece.model").write_bytes(b"\n")


def unset(folder: Path) -> None:
    """Without its settings."""
    (folder / "config.json").unlink()


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (pointer, r'model\.safetensors" is a Git LFS pointer of 73 bytes.*git lfs pull'),
        (half, r'model\.safetensors" has [\d,]+ of [\d,]+ bytes; copy it again'),
        (beginning, r'model\.safetensors" \(100 bytes\) is not a whole safetensors file'),
        (
            sharded,
            r'model-00002-of-00002\.safetensors" is missing, but model\.safetensors\.index',
        ),
        (bare, r'no tokenizer in ".*"; copy the tokenizer\'s files'),
        (pieces, r'spiece\.model" needs the package sentencepiece.*clirbench\[sentencepiece\]'),
        (unset, r"no config\.json in"),
    ],
)
def test_damage_is_told_when_planning(
    harm: Callable[[Path], None],
    message: str,
    backbone: Make,
    tiny: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before anything heavy is loaded: the file, what is wrong with it, and what to do."""
    monkeypatch.setattr("clirbench.models.folder.find_spec", lambda name: None)
    folder = backbone()
    harm(folder)
    with pytest.raises(SuiteError, match=r"^teacher\.backbone: .*" + message):
        _plan(tiny, folder)


def _plan(tiny: Path, folder: Path, *overrides: str) -> str:
    """The identity of the teacher in a suite that has the folder as its backbone."""
    text = tiny.read_text()
    path = tiny.with_name("pretrained.toml")
    dropped = ("scratch =", "training =")
    path.write_text("\n".join(x for x in text.splitlines() if not x.startswith(dropped)))
    suite = read_suite(path, [f"teacher.backbone={folder}", *overrides]).suite
    stages = walk(plan_stages(suite, cells(suite)).values())
    return next(stage.identity() for stage in stages if stage.kind == "teacher")


def test_positions_are_told_when_planning(backbone: Make, tiny: Path) -> None:
    """BERT's settings say how long a text it reads."""
    folder = backbone()
    assert _plan(tiny, folder, "teacher.document_length=64")
    with pytest.raises(SuiteError, match=r"teacher\.document_length: must be <= 64, the positions"):
        _plan(tiny, folder, "teacher.document_length=65")


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"model_type": "roberta", "max_position_embeddings": 514, "pad_token_id": 1}, 512),
        ({"model_type": "gpt2", "n_positions": 1024}, 1024),
        ({"model_type": "t5", "n_positions": 512}, None),
        ({"model_type": "qwen3", "max_position_embeddings": 512}, None),
    ],
)
def test_positions(config: dict[str, Any], expected: int | None, tmp_path: Path) -> None:
    """Only those of models that have a vector for each are a limit."""
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert Folder(path=tmp_path).positions() == expected


def test_a_folder_that_reads_otherwise_is_another_teacher(layered_folder: Make, tiny: Path) -> None:
    """Pooling and the weights on top are known by their content, whether they are read or not."""
    dense = {"in_features": 16, "out_features": 4, "bias": True}
    folder = layered_folder(
        [
            ("sentence_transformers.models.Pooling", {"pooling_mode": "mean"}),
            ("sentence_transformers.models.Dense", dense),
        ]
    )
    single = "teacher.interaction=single"
    before, late = _plan(tiny, folder, single), _plan(tiny, folder)
    weights = load_file(folder / "2_Dense" / WEIGHTS)
    save_file({k: v + 1 for k, v in weights.items()}, folder / "2_Dense" / WEIGHTS)
    changed = _plan(tiny, folder, single)
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode": "cls"}')
    assert len({before, changed, _plan(tiny, folder, single)}) == 3
    assert _plan(tiny, folder) != late


def test_weights_that_are_missing_or_left(backbone: Make) -> None:
    """A layer too many or too few, or other names, are errors with the names; a pooler is none."""
    folder = backbone()
    weights = load_file(folder / WEIGHTS)
    change(folder, num_hidden_layers=4)
    with pytest.raises(DataError, match=r"would be random: encoder\.layer\.3\..* and 13 more"):
        build(folder)
    change(folder, num_hidden_layers=2)
    with pytest.raises(DataError, match=r"does not use: encoder\.layer\.2\..* and 13 more"):
        build(folder)
    change(folder, num_hidden_layers=3)
    head = {"pooler.dense.weight": torch.zeros(16, 16), "cls.predictions.bias": torch.zeros(3)}
    save_file({**weights, **head}, folder / WEIGHTS, {"format": "pt"})
    assert build(folder)
    constants = {"embeddings.position_ids": torch.arange(64)[None]}  # in files of before 2023
    save_file({**weights, **constants}, folder / WEIGHTS, {"format": "pt"})
    assert build(folder)
    save_file({**weights, "top.weight": torch.zeros(3)}, folder / WEIGHTS, {"format": "pt"})
    with pytest.raises(DataError, match=r'use: top\.weight; .*adapter = "transformers"'):
        build(folder)
    assert build(folder, adapter="transformers")
    save_file({f"x.{k}": v for k, v in weights.items()}, folder / WEIGHTS, {"format": "pt"})
    with pytest.raises(DataError, match=r"would be random: embeddings\.LayerNorm\.bias"):
        build(folder, adapter="transformers")


def test_weights_of_another_size(backbone: Make) -> None:
    """They are named, and nothing else is drawn in their place."""
    folder = backbone()
    change(folder, vocab_size=99)
    with pytest.raises(DataError, match="cannot be loaded"):
        build(folder)


def test_a_tokenizer_that_is_not_the_models(
    backbone: Make, encoder: Callable[..., Encoder]
) -> None:
    """One with more tokens than the embedding has rows, or with none but special ones."""
    folder, small = backbone(), backbone("small", vocab_size=40)
    with pytest.raises(DataError, match=r"tokens up to number 5\d, but its embedding has 40 rows"):
        build(small)
    bare(folder)
    (folder / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n")
    with pytest.raises(DataError, match=r"has 5 tokens, all special"):
        build(folder)


def test_a_hub_id_that_reads_otherwise_has_to_be_named(
    colbert_folder: Make, backbone: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are not known when its identity is made; a plain one's say nothing new."""
    folder = colbert_folder()
    monkeypatch.setattr("clirbench.models.open.fetch", lambda *_: (folder, "0" * 40))
    hub = Teacher(backbone="some/model", query_length=16, document_length=32)
    with pytest.raises(DataError, match='Write adapter = "colbert" in'):
        open_backbone(hub)
    named = Teacher(backbone="some/model", adapter="colbert", query_length=12, document_length=20)
    encoder = build_encoder(named, list)
    assert encoder.revision == "0" * 40
    assert encoder.dense is not None
    monkeypatch.setattr("clirbench.models.open.fetch", lambda *_: (backbone(), "0" * 40))
    assert open_backbone(hub).reading.adapter == "transformers"


def test_sentence_pieces_with_their_package(backbone: Make) -> None:
    """Where it is installed, a tokenizer of that form is read."""
    trainer = pytest.importorskip("sentencepiece").SentencePieceTrainer
    folder = backbone("pieces", vocab_size=200)
    bare(folder)
    trainer.train(
        sentence_iterator=iter([f"word number {i} neno la kwa namba" for i in range(50)]),
        model_prefix=str(folder / "spiece"),
        vocab_size=30,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
    )
    settings = {"tokenizer_class": "T5Tokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    tokens = open_tokens(Teacher(backbone=str(folder)))
    assert [piece.word for piece in tokens.pieces("neno la", 30)][-3:] == [1, 1, None]
