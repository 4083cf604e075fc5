from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from clirbench.errors import DataError
from clirbench.models.build import build_encoder
from clirbench.models.encoder import Encoder
from clirbench.models.folder import Folder
from clirbench.models.loading import positions
from clirbench.spec.model import Teacher

TEXTS = ["word number 1", "neno la kwa namba word for for number 12 " * 3]

_PLAIN: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 80,
    "pad_token_id": 0,
}
_SMALL = {**_PLAIN, "embedding_size": 16}
_BOTH: dict[str, Any] = {
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
    "max_position_embeddings": 80,
    "pad_token_id": 0,
    "decoder_start_token_id": 2,
}
_T5 = {"d_model": 16, "d_ff": 32, "d_kv": 8, "num_layers": 1, "num_heads": 2, "pad_token_id": 0}
_RELATIVE = {**_PLAIN, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]}
_GROUPED = {**_PLAIN, "num_key_value_heads": 1}

READ: dict[str, dict[str, Any]] = {
    "albert": _SMALL,
    "bert": _PLAIN,
    "big_bird": {**_PLAIN, "block_size": 16, "num_random_blocks": 1},
    "bloom": {"hidden_size": 16, "n_layer": 1, "n_head": 2},
    "camembert": _PLAIN,
    "deberta": _RELATIVE,
    "deberta-v2": _RELATIVE,
    "distilbert": {"dim": 16, "hidden_dim": 32, "n_layers": 2, "n_heads": 2, "pad_token_id": 0},
    "electra": _SMALL,
    "ernie": _PLAIN,
    "gpt2": {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 80},
    "gpt_neox": _PLAIN,
    "llama": _GROUPED,
    "longformer": {**_PLAIN, "attention_window": 8},
    "mobilebert": {**_SMALL, "intra_bottleneck_size": 16, "true_hidden_size": 16},
    "modernbert": {**_PLAIN, "global_attn_every_n_layers": 2, "local_attention": 8},
    "mpnet": _PLAIN,
    "qwen3": {**_GROUPED, "head_dim": 8},
    "rembert": {**_PLAIN, "input_embedding_size": 16},
    "roberta": _PLAIN,
    "roformer": _SMALL,
    "squeezebert": _SMALL,
    "xlm": {"emb_dim": 16, "n_layers": 2, "n_heads": 2, "pad_index": 0},
    "xlm-roberta": _PLAIN,
    "xlnet": {"d_model": 16, "n_layer": 2, "n_head": 2, "d_inner": 32},
}
"""Models whose texts do not see one another."""
HALF: dict[str, dict[str, Any]] = {
    "bart": _BOTH,
    "m2m_100": _BOTH,
    "marian": _BOTH,
    "mbart": _BOTH,
    "mt5": _T5,
    "pegasus": _BOTH,
    "t5": _T5,
    "umt5": _T5,
}
"""Encoder-decoders."""
REFUSED: dict[str, dict[str, Any]] = {
    "big_bird": {**_PLAIN, "block_size": 2, "num_random_blocks": 1, "initializer_range": 0.5},
    "canine": {**_PLAIN, "num_hash_buckets": 64, "local_transformer_stride": 8},
    "convbert": {**_SMALL, "head_ratio": 1},
    "fnet": _PLAIN,
    "funnel": {
        "architectures": ["FunnelModel"],
        "block_sizes": [1, 1],
        "block_repeats": [1, 1],
        "d_model": 16,
        "n_head": 2,
        "d_head": 8,
        "d_inner": 32,
        "num_decoder_layers": 1,
    },
    "nystromformer": {**_PLAIN, "num_landmarks": 4, "segment_means_seq_len": 4},
}
"""Models that mix a text with the padding beside it, or read long texts in another way than short ones."""


@pytest.fixture
def folder(encoder: Callable[..., Encoder], tmp_path: Path) -> Callable[..., Path]:
    """Makes folders of small random models with the tokenizer of a small encoder."""

    def make(kind: str, settings: dict[str, Any]) -> Path:
        from transformers import AutoConfig, AutoModel

        tokenizer = encoder().tokenizer
        words = {} if kind == "canine" else {"vocab_size": len(tokenizer)}
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = AutoModel.from_config(AutoConfig.for_model(kind, **words, **settings))
        model.save_pretrained(tmp_path / kind)
        tokenizer.save_pretrained(tmp_path / kind)
        return tmp_path / kind

    return make


def _teacher(folder: Path, **settings: Any) -> Teacher:  # noqa: ANN401 - keys of the section
    return Teacher(backbone=str(folder), **{"query_length": 16, "document_length": 32, **settings})


@pytest.mark.parametrize("kind", [*READ, *HALF])
@pytest.mark.filterwarnings("ignore")  # of the models' own code
def test_a_text_is_read_alone(kind: str, folder: Callable[..., Path], tmp_path: Path) -> None:
    """Its vectors beside a longer text are those that it has alone, also after saving, to the bit."""
    where = folder(kind, {**READ, **HALF}[kind])
    model = build_encoder(_teacher(where), list)
    assert Folder(path=where).positions() in {None, positions(model.backbone)}
    assert model.reading.part == ("encoder" if kind in HALF else "all")
    alone, beside = model.encode(TEXTS[:1], 32).vectors, model.encode(TEXTS, 32)
    torch.testing.assert_close(alone, beside.vectors[: beside.offsets[1]], atol=1e-5, rtol=0)
    model.save(tmp_path / "saved")
    again = Encoder.load(tmp_path / "saved")
    assert torch.equal(again.encode(TEXTS, 32).vectors, beside.vectors)
    assert not list((tmp_path / "saved").glob("*.bin"))


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.filterwarnings("ignore")
def test_a_text_that_sees_its_neighbours_is_refused(kind: str, folder: Callable[..., Path]) -> None:
    """Before anything is trained or encoded."""
    with pytest.raises(DataError, match="depend on batches; choose another backbone"):
        build_encoder(_teacher(folder(kind, REFUSED[kind])), list)


def test_an_encoder_decoder_gives_its_encoder(folder: Callable[..., Path]) -> None:
    """BART's vectors are its encoder's, not those of the decoder that is fed the same text."""
    from transformers import BartModel

    where = folder("bart", _BOTH)
    model = build_encoder(_teacher(where), list)
    ids = torch.tensor(model.tokenize(TEXTS[:1], 16))
    whole = BartModel.from_pretrained(where).eval()
    with torch.no_grad():
        found = whole(input_ids=ids)
    tokens = model.tokens(TEXTS[:1], 16).vectors
    torch.testing.assert_close(tokens, found.encoder_last_hidden_state[0], atol=1e-6, rtol=1e-5)
    assert not torch.allclose(tokens, found.last_hidden_state[0], atol=0.1)
    assert not [name for name, _ in model.named_parameters() if "decoder" in name]


@pytest.mark.parametrize(("kind", "settings"), [("gpt2", READ["gpt2"]), ("bart", _BOTH)])
def test_positions_under_other_names(
    kind: str, settings: dict[str, Any], folder: Callable[..., Path]
) -> None:
    """GPT-2's wpe and BART's embed_positions, of whose rows two are no positions, end at 80."""
    where = folder(kind, settings)
    assert build_encoder(_teacher(where, document_length=80), list)
    with pytest.raises(DataError, match=r"teacher\.document_length must be <= 80"):
        build_encoder(_teacher(where, document_length=81), list)


def test_models_without_positions_have_no_limit(folder: Callable[..., Path]) -> None:
    """T5 and ModernBERT know distances alone, whatever their settings call positions."""
    for kind in ("t5", "modernbert"):
        where = folder(kind, {**READ, **HALF}[kind])
        assert build_encoder(_teacher(where, document_length=120), list)
