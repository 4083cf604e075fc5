from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from clirbench.errors import CellError, DataError
from clirbench.models.build import build_encoder
from clirbench.models.encoder import Encoder
from clirbench.models.loading import load_backbone
from clirbench.spec.model import Teacher

Make = Callable[..., Encoder]

TEXTS = ["word number 1", "neno la kwa namba word for for number 12", "", "number"]


def test_batched_equals_alone(encoder: Make) -> None:
    """Neither neighbours nor padding change a text's vectors."""
    model = encoder()
    together = model.encode(TEXTS, 16)
    for index, text in enumerate(TEXTS):
        alone = model.encode([text], 16)
        part = together.vectors[together.offsets[index] : together.offsets[index + 1]]
        torch.testing.assert_close(part, alone.vectors, atol=1e-6, rtol=1e-5)


def test_late_vectors_are_of_unit_length(encoder: Make) -> None:
    """One vector a token, each of length 1."""
    model = encoder()
    vectors = model.encode(TEXTS, 16)
    assert vectors.lengths.tolist() == [len(ids) for ids in model.tokenize(TEXTS, 16)]
    torch.testing.assert_close(vectors.vectors.norm(dim=-1), torch.ones(len(vectors.vectors)))


def test_special_tokens_can_be_dropped(encoder: Make) -> None:
    """Without special tokens two vectors fewer are left, but never none."""
    kept, dropped = encoder().encode(TEXTS, 16), encoder(special_tokens="drop").encode(TEXTS, 16)
    expected = [max(n - 2, 2 if n == 2 else 1) for n in kept.lengths.tolist()]
    assert dropped.lengths.tolist() == expected


def test_single_vector_is_the_mean(encoder: Make) -> None:
    """One vector a text: the mean of its token vectors, scaled to length 1."""
    model = encoder(interaction="single")
    pooled, tokens = model.encode(TEXTS, 16), model.tokens(TEXTS, 16)
    assert pooled.lengths.tolist() == [1] * len(TEXTS)
    for index in range(len(TEXTS)):
        mean = tokens.vectors[tokens.offsets[index] : tokens.offsets[index + 1]].mean(0)
        torch.testing.assert_close(pooled.vectors[index], mean / mean.norm(), atol=1e-6, rtol=1e-5)


def test_texts_are_cut(encoder: Make) -> None:
    """No text is longer than asked for, and it ends as a text ends."""
    model = encoder()
    (ids,) = model.tokenize(["word " * 100], 8)
    assert len(ids) == 8
    assert ids[-1] == model.tokenizer.sep_token_id


@pytest.mark.parametrize("settings", [{}, {"interaction": "single"}, {"projection": 4}])
def test_saved_encoder_is_the_same(
    settings: dict[str, object], encoder: Make, tmp_path: Path
) -> None:
    """What is saved is loaded, to the last bit; only safetensors hold weights."""
    model = encoder(**settings)
    model.save(tmp_path)
    again = Encoder.load(tmp_path)
    assert torch.equal(again.encode(TEXTS, 16).vectors, model.encode(TEXTS, 16).vectors)
    assert not list(tmp_path.glob("*.bin")) + list(tmp_path.glob("*.pt"))


def test_training_mode_is_kept(encoder: Make) -> None:
    """Encoding switches dropout off for itself only."""
    model = encoder().train()
    first = model.encode(TEXTS, 16).vectors
    assert model.training
    assert torch.equal(first, model.encode(TEXTS, 16).vectors)


def test_texts_without_pieces_have_a_vector(encoder: Make) -> None:
    """An empty text has one also where the tokenizer adds no pieces of its own, alone or not."""
    from tokenizers import processors

    model = encoder()
    model.tokenizer.backend_tokenizer.post_processor = processors.Sequence([])
    for texts in (TEXTS, ["", ""]):
        vectors = model.encode(texts, 16)
        assert vectors.lengths.min() == 1
        assert vectors.vectors.isfinite().all()


def test_missing_backbone_is_named(tmp_path: Path) -> None:
    """A folder without a model says what is expected."""
    with pytest.raises(DataError, match=r'backbone ".*" cannot be loaded: .*expected a folder'):
        load_backbone(str(tmp_path))


def test_pickled_weights_are_refused(encoder: Make, tmp_path: Path) -> None:
    """Weights that would have to be unpickled are not loaded."""
    model = encoder()
    model.save(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    torch.save(model.backbone.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(DataError, match=r"model\.safetensors"):
        load_backbone(str(tmp_path))


@pytest.mark.parametrize("projection", [0, 5])
def test_follows_a_map(projection: int, tmp_path: Path, encoder: Callable[..., Encoder]) -> None:
    """Its token vectors are mapped, with or without a projection before, also when loaded again."""
    model = encoder(projection=projection)
    texts = ["word for number 3", "neno"]
    before = model.tokens(texts, 16).vectors
    size = before.shape[1]
    matrix = torch.randn(size, size, generator=torch.Generator().manual_seed(9))
    shift = torch.arange(float(size))
    once = before @ matrix.T + shift
    model.follow(matrix.double(), shift.double())
    model.save(tmp_path)
    for one in (model, Encoder.load(tmp_path)):
        torch.testing.assert_close(one.tokens(texts, 16).vectors, once, atol=1e-4, rtol=1e-4)
    model.follow(matrix.double(), shift.double())
    twice = once @ matrix.T + shift
    torch.testing.assert_close(model.tokens(texts, 16).vectors, twice, atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize(
    ("query", "document", "message"),
    [
        (64, 32, r"teacher\.query_length must be <= 32, the positions of .* \(got 64\)"),
        (16, 33, r"teacher\.document_length must be <= 32, the positions of .* \(got 33\)"),
        (2, 32, r"teacher\.query_length must be > 2, the special tokens of .* \(got 2\)"),
        (16, 1, r"teacher\.document_length must be > 2, the special tokens of .* \(got 1\)"),
    ],
)
def test_lengths_that_the_backbone_cannot_read_are_refused(
    query: int, document: int, message: str, encoder: Make, tmp_path: Path
) -> None:
    """Before anything is trained or encoded: there is no such position, or nothing of a text is left."""
    encoder().save(tmp_path)
    with pytest.raises(DataError, match=message):
        build_encoder(
            Teacher(backbone=str(tmp_path), query_length=query, document_length=document), list
        )


def test_positions_after_that_of_padding(encoder: Make, tmp_path: Path) -> None:
    """RoBERTa and its like lose two of their positions."""
    from transformers import RobertaConfig, RobertaModel

    model = encoder()
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    model.backbone = RobertaModel(
        RobertaConfig(
            **size, intermediate_size=32, vocab_size=200, max_position_embeddings=20, pad_token_id=1
        ),
        add_pooling_layer=False,
    )
    model.save(tmp_path)
    teacher = Teacher(backbone=str(tmp_path), query_length=8, document_length=18)
    assert build_encoder(teacher, list).encode(["number " * 40], 18).lengths.tolist() == [18]
    with pytest.raises(DataError, match=r"teacher\.document_length must be <= 18"):
        build_encoder(replace(teacher, document_length=19), list)


def test_a_layer_that_is_not_there_is_refused(backbone: Callable[..., Path]) -> None:
    """The last one's number is as good as none: the same vectors."""
    given = {"backbone": str(backbone()), "query_length": 16, "document_length": 32}
    last = build_encoder(Teacher(**given, layer=3), list)
    assert torch.equal(
        last.encode(TEXTS, 16).vectors,
        build_encoder(Teacher(**given), list).encode(TEXTS, 16).vectors,
    )
    with pytest.raises(DataError, match=r"teacher\.layer must be <= 3, the layers of .* \(got 4\)"):
        build_encoder(Teacher(**given, layer=4), list)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_vectors_that_are_not_finite(encoder: Make, value: float) -> None:
    """They are an error where they arise, which shows the text."""
    own = encoder()
    with torch.no_grad():
        next(own.backbone.parameters()).fill_(value)
    for vectors in (own.encode, own.tokens):
        with pytest.raises(CellError, match=r'vectors of "one word" are not finite'):
            vectors(["one word"], 16)
