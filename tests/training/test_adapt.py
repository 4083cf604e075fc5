from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from clirbench.data.base import JSON, SentencePair, TrainingQuery
from clirbench.errors import CellError
from clirbench.methods.optical import Optical
from clirbench.methods.sentence_contrastive import SentenceContrastive
from clirbench.methods.sentence_mse import SentenceMSE
from clirbench.models.build import build_encoder
from clirbench.models.encoder import Encoder
from clirbench.models.settings import LoRA, Scratch
from clirbench.spec.model import Teacher, TeacherTraining, Training
from clirbench.training.adapt import adapted, parts
from clirbench.training.loop import Step
from clirbench.training.student import train_student
from clirbench.training.teacher import train_teacher

FOREIGN = [f"neno la {'kwa ' * (i % 4)}namba {i}" for i in range(24)]
ENGLISH = [f"word {'for ' * (i % 3)}number {i}" for i in range(24)]
PAIRS = [SentencePair(*pair) for pair in zip(FOREIGN, ENGLISH, strict=True)]
Make = Callable[..., Encoder]

_PLAIN: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 80,
    "pad_token_id": 0,
}
_SMALL = {**_PLAIN, "embedding_size": 16}
_T5 = {"d_model": 16, "d_ff": 32, "d_kv": 8, "num_layers": 3, "num_heads": 2, "pad_token_id": 0}
_BOTH = {
    "d_model": 16,
    "encoder_layers": 3,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
    "max_position_embeddings": 80,
    "pad_token_id": 0,
    "decoder_start_token_id": 2,
}
KINDS: dict[str, dict[str, Any]] = {
    "bart": _BOTH,
    "bert": _PLAIN,
    "bloom": {"hidden_size": 16, "n_layer": 3, "n_head": 2},
    "deberta-v2": {**_PLAIN, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
    "distilbert": {"dim": 16, "hidden_dim": 32, "n_layers": 3, "n_heads": 2, "pad_token_id": 0},
    "electra": _SMALL,
    "gpt2": {"n_embd": 16, "n_layer": 3, "n_head": 2, "n_positions": 80},
    "llama": {**_PLAIN, "num_key_value_heads": 1},
    "longformer": {**_PLAIN, "attention_window": 8},
    "mobilebert": {**_SMALL, "intra_bottleneck_size": 16, "true_hidden_size": 16},
    "modernbert": {**_PLAIN, "global_attn_every_n_layers": 2, "local_attention": 8},
    "mpnet": _PLAIN,
    "qwen3": {**_PLAIN, "num_key_value_heads": 1, "head_dim": 8},
    "rembert": {**_PLAIN, "input_embedding_size": 16},
    "roberta": _PLAIN,
    "roformer": _SMALL,
    "squeezebert": _SMALL,
    "t5": _T5,
    "xlm": {"emb_dim": 16, "n_layers": 3, "n_heads": 2, "pad_index": 0},
    "xlm-roberta": _PLAIN,
    "xlnet": {"d_model": 16, "n_layer": 3, "n_head": 2, "d_inner": 32},
}
"""Small models of three layers."""


@pytest.fixture
def small(encoder: Make, tmp_path: Path) -> Callable[[str], Encoder]:
    """Makes encoders of any kind, with random weights from one start."""

    def make(kind: str) -> Encoder:
        from transformers import AutoConfig, AutoModel

        tokenizer = encoder().tokenizer
        config = AutoConfig.for_model(kind, vocab_size=len(tokenizer), **KINDS[kind])
        with torch.random.fork_rng():
            torch.manual_seed(0)
            AutoModel.from_config(config).save_pretrained(tmp_path / kind)
        tokenizer.save_pretrained(tmp_path / kind)
        teacher = Teacher(backbone=str(tmp_path / kind), query_length=16, document_length=32)
        return build_encoder(teacher, list)

    return make


def taught(student: Encoder, **settings: Any) -> list[Step]:  # noqa: ANN401 - keys of [training]
    """A short training."""
    targets = student.tokens(ENGLISH, 16)
    how = Training(**{"epochs": 1, "batch_size": 8, "learning_rate": 1e-2, **settings})
    return list(_steps(student, targets, how))


def _steps(student: Encoder, targets: Any, how: Training, **going_on: Any) -> Iterator[Step]:  # noqa: ANN401
    return train_student(
        student,
        PAIRS,
        targets,
        method=SentenceContrastive(),
        training=how,
        length=16,
        pair="sw-en",
        seed=1,
        **going_on,
    )


def _changed(student: Encoder, before: dict[str, Tensor]) -> set[str]:
    return {
        name
        for name, own in student.named_parameters()
        if not torch.equal(own.detach(), before[name])
    }


def _copy(student: Encoder) -> dict[str, Tensor]:
    return {name: own.detach().clone() for name, own in student.named_parameters()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore")  # of the models' own code
def test_frozen_parts_stay_as_they_are(kind: str, small: Callable[[str], Encoder]) -> None:
    """To the bit, and are in no optimiser: they decay not either; other layers learn."""
    student = small(kind)
    before = _copy(student)
    known = parts(student.backbone)
    assert list(known) == ["embeddings", 1, 2, 3]
    frozen = {id(own) for part in ("embeddings", 1, 2) for own in known[part]}
    still = {name for name, own in student.named_parameters() if id(own) in frozen}
    table = student.backbone.get_input_embeddings().weight
    assert id(table) in frozen
    last = {id(own) for own in known[3]}
    assert not frozen & last
    taught(student, freeze=("embeddings", 1, 2), weight_decay=0.5)
    changed = _changed(student, before)
    assert not changed & still
    assert {name for name, own in student.named_parameters() if id(own) in last} & changed
    assert all(own.requires_grad for own in student.parameters())


def test_no_gradient_goes_through_what_is_frozen(encoder: Make) -> None:
    """Else frozen layers would cost as much as others: with their tables a model's first normalisation is frozen."""
    student = encoder(projection=8)
    with adapted(student, Training(freeze=("embeddings", 1)), 0):
        found = student.backbone(input_ids=torch.tensor([[5, 6, 7]])).last_hidden_state
    assert not found.requires_grad


def test_layers_that_share_weights_are_one(encoder: Make) -> None:
    """ALBERT has one set of weights for all layers."""
    from transformers import AlbertConfig, AlbertModel

    albert = AlbertModel(AlbertConfig(vocab_size=50, **{**_SMALL, "num_hidden_layers": 4}))
    assert list(parts(albert)) == ["embeddings", 1]


def test_what_is_not_there_cannot_be_frozen(encoder: Make) -> None:
    """The parts that there are stand in the message."""
    with pytest.raises(
        CellError,
        match=r'training\.freeze: no 2 in backbone BertModel; it has "embeddings", 1$',
    ):
        taught(encoder(), freeze=(2,))


def test_frozen_moments_are_not_saved(encoder: Make) -> None:
    """A checkpoint holds what is trained alone."""
    student, kept = encoder(), Kept()
    targets = student.tokens(ENGLISH, 16)
    how = Training(epochs=1, batch_size=8, freeze=("embeddings",))
    next(_steps(student, targets, how, checkpoint=kept))
    assert kept.saved is not None
    names = {name.removeprefix("model.") for name in kept.saved[0] if name.startswith("model.")}
    every = {name for name, _ in encoder().named_parameters()}
    assert names == {name for name in every if "embeddings" not in name}


def test_a_teacher_with_frozen_parts(encoder: Make) -> None:
    """Its new projection learns alone."""
    start = encoder(projection=8)
    before = _copy(start)
    data = [TrainingQuery(*pair) for pair in zip(FOREIGN, ENGLISH, strict=True)]
    teacher = Teacher(backbone="scratch", query_length=16, document_length=32)
    how = TeacherTraining(epochs=1, batch_size=8, freeze=("embeddings", 1))
    list(train_teacher(start, data, teacher, how))
    assert _changed(start, before) == {"projection.weight"}


class Kept:
    """A checkpoint in memory, saved after every step."""

    def __init__(self) -> None:
        self.saved: tuple[dict[str, Tensor], JSON] | None = None

    def due(self) -> bool:
        return True

    def save(self, tensors: dict[str, Tensor], state: JSON) -> None:
        self.saved = {name: tensor.clone() for name, tensor in tensors.items()}, state

    def load(self) -> tuple[dict[str, Tensor], JSON] | None:
        return self.saved


@pytest.mark.parametrize(
    "settings",
    [{"lora": LoRA(rank=2, alpha=4)}, {"freeze": ("embeddings",)}],
    ids=["lora", "freeze"],
)
@pytest.mark.parametrize("stopped", [1, 4])
def test_resumed_equals_uninterrupted(
    settings: dict[str, Any], stopped: int, encoder: Make
) -> None:
    """Stopped after any step and gone on with a fresh student, weights and log are the same to the bit."""
    how = Training(epochs=2, batch_size=8, learning_rate=1e-2, dropout=True, **settings)
    targets = encoder().tokens(ENGLISH, 16)
    whole = encoder()
    expected = list(_steps(whole, targets, how))
    kept = Kept()
    steps = _steps(encoder(), targets, how, checkpoint=kept)
    for _ in itertools.repeat(None, stopped):
        next(steps)
    steps.close()
    again = encoder()
    assert list(_steps(again, targets, how, checkpoint=kept)) == expected
    state = whole.state_dict()
    assert all(torch.equal(own, state[name]) for name, own in again.state_dict().items())
    assert state.keys() == encoder().state_dict().keys()


@pytest.mark.parametrize("kind", ["bert", "gpt2", "t5", "xlm-roberta", "modernbert"])
@pytest.mark.filterwarnings("ignore")
def test_merged_changes_give_the_same_vectors(kind: str, small: Callable[[str], Encoder]) -> None:
    """What is saved reads as what was trained; the changes are of low rank, and of linear maps alone."""
    student = small(kind)
    before = _copy(student)
    how = Training(epochs=1, batch_size=8, learning_rate=1e-2, lora=LoRA(rank=2))
    with adapted(student, how, 7):
        trained = [name for name, own in student.named_parameters() if own.requires_grad]
        assert trained
        assert all("lora_" in name for name in trained)
        with torch.random.fork_rng():
            torch.manual_seed(1)
            for name, own in student.named_parameters():
                if name in trained:
                    own.data.normal_(std=0.2)
        apart = student.encode(FOREIGN, 16)
    merged = student.encode(FOREIGN, 16)
    torch.testing.assert_close(merged.vectors, apart.vectors, atol=1e-5, rtol=0)
    assert not torch.allclose(merged.vectors, small(kind).encode(FOREIGN, 16).vectors, atol=1e-3)
    changed = _changed(student, before)
    assert changed
    for name in changed:
        own = dict(student.named_parameters())[name]
        assert own.ndim == 2
        assert torch.linalg.matrix_rank(own.detach() - before[name], atol=1e-4) <= 2


def test_targets(encoder: Make) -> None:
    """Those that are named are changed and no others; the start is one for all methods."""
    student = encoder()
    before = _copy(student)
    taught(student, lora=LoRA(rank=2, targets=("query", "value")))
    assert _changed(student, before) == {
        f"backbone.encoder.layer.0.attention.self.{name}.weight" for name in ("query", "value")
    }
    with pytest.raises(
        CellError,
        match=r'lora\.targets: no "q_proj" in the layers of backbone BertModel; they have "dense", "key"',
    ):
        taught(encoder(), lora=LoRA(targets=("q_proj",)))
    starts = []
    for method in (SentenceMSE(), Optical()):
        kept, fresh = Kept(), encoder()
        steps = train_student(
            fresh,
            PAIRS,
            fresh.tokens(ENGLISH, 16),
            method=method,
            training=Training(epochs=1, batch_size=8, learning_rate=1e-9, lora=LoRA(rank=2)),
            length=16,
            pair="sw-en",
            seed=1,
            checkpoint=kept,
        )
        next(steps)
        assert kept.saved is not None
        starts.append({k: v for k, v in kept.saved[0].items() if "lora_A" in k})
    for name, own in starts[0].items():
        torch.testing.assert_close(own, starts[1][name], atol=1e-7, rtol=0)


def test_without_peft(encoder: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install stands in the message."""
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(CellError, match=r'pip install "clirbench\[lora\]"'):
        taught(encoder(), lora=LoRA())


def test_something_must_be_trained() -> None:
    """All of an encoder frozen is an error."""
    teacher = Teacher(
        backbone="scratch",
        scratch=Scratch(layers=1, width=16, heads=2, vocabulary=120),
        query_length=16,
        document_length=32,
    )
    student = build_encoder(teacher, lambda: FOREIGN)
    for own in student.backbone.embeddings.LayerNorm.parameters():
        own.requires_grad = False
    with (
        pytest.raises(CellError, match="leaves nothing of the encoder to train"),
        adapted(student, Training(freeze=("embeddings", 1)), 0),
    ):
        pass
