from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from string import punctuation
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from clirbench.models.build import build_encoder
from clirbench.models.encoder import Encoder
from clirbench.models.settings import Scratch
from clirbench.spec.model import Teacher

TEXT = [f"word {'for ' * (i % 3)}number {i} neno la kwa namba" for i in range(40)]


@pytest.fixture
def encoder() -> Callable[..., Encoder]:
    """Makes small encoders, each from the same start."""

    def make(**settings: object) -> Encoder:
        teacher = Teacher(
            backbone="scratch",
            scratch=Scratch(layers=1, width=16, heads=2, vocabulary=120),
            document_length=32,
            query_length=16,
            **settings,  # type: ignore[arg-type]
        )
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return build_encoder(teacher, lambda: TEXT)

    return make


WORDS = (
    "query passage what is the of a number word neno la kwa namba seven eight un ##un ##read ##able"
)


@pytest.fixture
def backbone(tmp_path: Path) -> Callable[..., Path]:
    """Makes folders of a small BERT with a word-piece tokenizer, as transformers writes them."""

    def make(name: str = "backbone", **config: object) -> Path:
        from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
        from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        pieces = [*special, "[unused0]", "[unused1]", *punctuation, *WORDS.split()]
        vocabulary = {piece: number for number, piece in enumerate(pieces)}
        words = models.WordPiece(vocabulary, unk_token=special[1])
        tokenizer = Tokenizer(words)
        tokenizer.normalizer = normalizers.Lowercase()
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
        )
        names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
        folder = tmp_path / name
        PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, **dict(zip(names, special, strict=True))
        ).save_pretrained(folder)
        size = {
            "vocab_size": len(pieces),
            "hidden_size": 16,
            "num_hidden_layers": 3,
            "num_attention_heads": 2,
            "intermediate_size": 32,
            "max_position_embeddings": 64,
            "initializer_range": 0.5,  # else all of a text's vectors are much alike
        }
        with torch.random.fork_rng():
            torch.manual_seed(3)
            BertModel(BertConfig(**{**size, **config}), add_pooling_layer=False).save_pretrained(
                folder
            )
        return folder

    return make


@pytest.fixture
def colbert_folder(backbone: Callable[..., Path]) -> Callable[..., Path]:
    """Makes folders as ColBERT writes them: all weights in one file, the backbone's under bert."""

    def make(**metadata: Any) -> Path:  # noqa: ANN401 - ColBERT's settings
        folder = backbone("colbert")
        weights = load_file(folder / "model.safetensors")
        linear = torch.randn(8, 16, generator=torch.Generator().manual_seed(1))
        save_file(
            {**{f"bert.{name}": value for name, value in weights.items()}, "linear.weight": linear},
            folder / "model.safetensors",
            {"format": "pt"},
        )
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "architectures": ["HF_ColBERT"]}))
        said = {
            "query_token_id": "[unused0]",
            "doc_token_id": "[unused1]",
            "query_token": "[Q]",
            "doc_token": "[D]",
            "dim": 8,
            "similarity": "cosine",
            "query_maxlen": 12,
            "doc_maxlen": 20,
            "mask_punctuation": True,
            "attend_to_mask_tokens": False,
        }
        (folder / "artifact.metadata").write_text(json.dumps({**said, **metadata}))
        return folder

    return make


@pytest.fixture
def layered_folder(backbone: Callable[..., Path]) -> Callable[..., Path]:
    """Makes folders of modules, as sentence-transformers and PyLate write them."""

    def make(
        kinds: Sequence[tuple[str, dict[str, Any]]],
        settings: dict[str, Any] | None = None,
        transformer: dict[str, Any] | None = None,
    ) -> Path:
        folder = backbone("layered")
        modules = [{"path": "", "type": "sentence_transformers.models.Transformer"}]
        generator = torch.Generator().manual_seed(2)
        for number, (kind, config) in enumerate(kinds, 1):
            path = f"{number}_{kind.rpartition('.')[2]}"
            modules.append({"path": path, "type": kind})
            (folder / path).mkdir()
            (folder / path / "config.json").write_text(json.dumps(config))
            if "in_features" in config:
                size = config["out_features"], config["in_features"]
                weights = {"linear.weight": torch.randn(size, generator=generator)}
                if config["bias"]:
                    weights["linear.bias"] = torch.randn(size[0], generator=generator)
                if config.get("use_residual") and size[0] != size[1]:
                    weights["residual.weight"] = torch.randn(size, generator=generator)
                save_file(weights, folder / path / "model.safetensors")
        listed = [{"idx": i, "name": str(i), **each} for i, each in enumerate(modules)]
        (folder / "modules.json").write_text(json.dumps(listed))
        for name, values in (
            ("config_sentence_transformers.json", settings or {}),
            (
                "sentence_bert_config.json",
                {"max_seq_length": 20, "do_lower_case": False, **(transformer or {})},
            ),
        ):
            (folder / name).write_text(json.dumps(values))
        return folder

    return make
