"""The libraries' own vectors, of the folders that they themselves write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from string import punctuation
from typing import Any

import numpy as np
import pytest
import torch

from clirbench.models.build import build_encoder
from clirbench.spec.model import Teacher

pytest.importorskip("sentence_transformers", reason='pip install "clirbench[agreement]"')
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

Make = Callable[..., Path]
QUERIES = ["what is the word", "number seven, of eight!", "a"]
PASSAGES = ["the word: unreadable; a number, seven.", "passage", "query of a word " * 6]


def _teacher(folder: Path, **settings: Any) -> Teacher:  # noqa: ANN401 - keys of the section
    return Teacher(backbone=str(folder), query_length=12, document_length=20, **settings)


@pytest.mark.parametrize("pooling", ["mean", "cls", "lasttoken"])
@pytest.mark.parametrize("layers", [0, 2])
def test_sentence_transformers(pooling: str, layers: int, backbone: Make, tmp_path: Path) -> None:
    """A SentenceTransformer with prompts, one of its poolings, Dense layers and Normalize."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Dense, Normalize, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    torch.manual_seed(5)
    dense = [Dense(16, 8, activation_function=torch.nn.Tanh()), Dense(8, 8, use_residual=True)]
    model = SentenceTransformer(
        modules=[
            Transformer(str(backbone()), max_seq_length=20),
            Pooling(16, pooling_mode=pooling),
            *dense[:layers],
            Normalize(),
        ],
        prompts={"query": "query of ", "document": "passage: "},
        device="cpu",
    )
    model.save(str(tmp_path / "model"))
    encoder = build_encoder(_teacher(tmp_path / "model", interaction="single"), list)
    assert encoder.reading.adapter == "sentence-transformers"
    np.testing.assert_allclose(
        encoder.encode(QUERIES, 20, side="query").vectors, model.encode_query(QUERIES), atol=1e-5
    )
    np.testing.assert_allclose(
        encoder.encode(PASSAGES, 20, side="passage").vectors,
        model.encode_document(PASSAGES),
        atol=1e-5,
    )


@pytest.mark.parametrize("kind", ["colbert", "pylate", "sentence-transformers"])
@pytest.mark.parametrize("attend", [False, True])
def test_late_interaction(
    kind: str,
    attend: bool,  # noqa: FBT001
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    """What sentence-transformers makes of the files of ColBERT, of PyLate, and of its own."""
    from sentence_transformers import MultiVectorEncoder

    source = "pylate" if kind == "pylate" else "colbert"
    folder: Path = request.getfixturevalue(source)(attend)
    model = MultiVectorEncoder(str(folder), device="cpu")
    if kind == "sentence-transformers":
        folder = tmp_path / "saved"
        model.save(str(folder))
    encoder = build_encoder(_teacher(folder), list)
    assert encoder.reading.adapter == kind
    for side, texts, length, theirs in (
        ("query", QUERIES, 12, model.encode_query(QUERIES)),
        ("passage", PASSAGES, 20, model.encode_document(PASSAGES)),
    ):
        own = encoder.encode(texts, length, side=side)  # type: ignore[arg-type]
        for index, expected in enumerate(theirs):
            found = own.vectors[own.offsets[index] : own.offsets[index + 1]]
            np.testing.assert_allclose(found, np.asarray(expected), atol=1e-5)


@pytest.fixture
def colbert(colbert_folder: Make) -> Callable[[bool], Path]:
    """A folder as ColBERT writes it."""
    return lambda attend: colbert_folder(attend_to_mask_tokens=attend)


@pytest.fixture
def pylate(layered_folder: Make) -> Callable[[bool], Path]:
    """A folder as PyLate writes it."""

    def make(attend: bool) -> Path:  # noqa: FBT001
        linear = {
            "in_features": 16,
            "out_features": 8,
            "bias": False,
            "activation_function": "torch.nn.modules.linear.Identity",
        }
        settings = {
            "model_type": "ColBERT",
            "query_prefix": "[unused0]",
            "document_prefix": "[unused1]",
            "query_length": 12,
            "document_length": 20,
            "attend_to_expansion_tokens": attend,
            "skiplist_words": list(punctuation),
            "do_query_expansion": True,
        }
        return layered_folder([("pylate.models.Dense.Dense", linear)], settings)

    return make
