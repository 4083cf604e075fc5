from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from clirbench.data.base import SentencePair, TrainingQuery
from clirbench.errors import DataError
from clirbench.methods.optical import Optical
from clirbench.models.embedding import embedding
from clirbench.models.encoder import Encoder
from clirbench.models.rows import only_rows
from clirbench.spec.model import Teacher, TeacherTraining, Training
from clirbench.training.loop import Step
from clirbench.training.student import train_student
from clirbench.training.teacher import train_teacher

FOREIGN = [f"neno la {'kwa ' * (i % 4)}namba" for i in range(12)]
ENGLISH = [f"word {'for ' * (i % 3)}number" for i in range(12)]
PAIRS = [SentencePair(*pair) for pair in zip(FOREIGN, ENGLISH, strict=True)]


def teach(student: Encoder, decay: float = 0.01) -> list[Step]:
    """Train for two epochs."""
    steps = train_student(
        student,
        PAIRS,
        student.tokens(ENGLISH, 16),
        method=Optical(),
        training=Training(epochs=2, batch_size=4, learning_rate=3e-3, weight_decay=decay),
        length=16,
        pair="sw-en",
        seed=1,
    )
    return list(steps)


def table(encoder: Encoder) -> Tensor:
    """The rows of its embedding."""
    found = embedding(encoder.backbone)
    assert found is not None
    return found.weight.detach()


def reached(encoder: Encoder, texts: list[str]) -> Tensor:
    """Which rows some texts and the padding reach."""
    ids = {piece for text in encoder.tokenize(texts, 16) for piece in text}
    return torch.tensor(sorted(ids | {encoder.text.pad}))


def test_rows_of_some_texts_read_them_as_the_whole_table(encoder: Callable[..., Encoder]) -> None:
    """Vectors and gradients are the same to the last bit; the parameter has one row a piece."""
    one, other = encoder().eval(), encoder().eval()
    ids = one.tokenize(FOREIGN, 16)
    rows = reached(one, FOREIGN)
    before = table(one).clone()
    whole = one(ids)
    whole.tokens.square().sum().backward()
    gradient = one.backbone.get_input_embeddings().weight.grad
    with only_rows(other, ids):
        assert len(rows) == len(table(other)) < len(before)
        small = other(ids)
        small.tokens.square().sum().backward()
        assert torch.equal(whole.tokens, small.tokens)
        assert torch.equal(gradient[rows], other.backbone.get_input_embeddings().weight.grad)
        with pytest.raises(IndexError):
            other(other.tokenize(["word for number 7"], 16))
    assert torch.equal(table(other), before)
    assert torch.equal(other(ids).tokens, whole.tokens)


def test_a_training_leaves_other_rows_as_they_were(
    encoder: Callable[..., Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gives what one of the whole table gives that does not decay the rows that no text reads."""
    ours, start = encoder(), encoder()
    steps = teach(ours)
    rows = reached(start, FOREIGN)
    others = torch.ones(len(table(start)), dtype=torch.bool).scatter(0, rows, value=False)
    assert torch.equal(table(ours)[others], table(start)[others])
    assert not torch.equal(table(ours)[rows], table(start)[rows])

    monkeypatch.setattr("clirbench.models.rows.embedding", lambda _: None)
    whole = encoder()
    for one, other in zip(steps, teach(whole), strict=True):
        assert one.loss == pytest.approx(other.loss, abs=1e-6)
    assert not torch.equal(table(whole)[others], table(start)[others])  # weight decay
    table(whole)[others] = table(start)[others]
    theirs = whole.state_dict()
    assert all(
        torch.allclose(value, theirs[name], rtol=0, atol=1e-6)
        for name, value in ours.state_dict().items()
    )


def test_without_weight_decay_nothing_differs(
    encoder: Callable[..., Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All weights are those of a training of the whole table, to 1e-6."""
    ours, whole = encoder(), encoder()
    teach(ours, decay=0.0)
    monkeypatch.setattr("clirbench.models.rows.embedding", lambda _: None)
    teach(whole, decay=0.0)
    theirs = whole.state_dict()
    assert all(
        torch.allclose(value, theirs[name], rtol=0, atol=1e-6)
        for name, value in ours.state_dict().items()
    )


def test_a_teacher_keeps_the_rows_that_its_training_does_not_read(
    encoder: Callable[..., Encoder],
) -> None:
    """As a student does."""
    teacher, start = encoder(), encoder()
    examples = [TrainingQuery(*pair) for pair in zip(ENGLISH, FOREIGN, strict=True)]
    how = TeacherTraining(epochs=1, batch_size=4, learning_rate=3e-3)
    list(train_teacher(teacher, examples, Teacher(backbone="scratch", query_length=16), how))
    rows = reached(start, ENGLISH + FOREIGN)
    others = torch.ones(len(table(start)), dtype=torch.bool).scatter(0, rows, value=False)
    assert others.any()
    assert torch.equal(table(teacher)[others], table(start)[others])
    assert not torch.equal(table(teacher)[rows], table(start)[rows])


def test_moments_and_checkpoints_are_of_the_rows_that_are_read(
    encoder: Callable[..., Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No tensor of the optimiser has a row for a piece that no text has."""
    made: list[torch.optim.AdamW] = []

    class Seen(torch.optim.AdamW):
        def __init__(self, *arguments: object, **settings: object) -> None:
            super().__init__(*arguments, **settings)  # type: ignore[arg-type]
            made.append(self)

    monkeypatch.setattr(torch.optim, "AdamW", Seen)
    student = encoder()
    teach(student)
    (optimiser,) = made
    names = len(reached(student, FOREIGN))
    heights = [
        state["exp_avg"].shape[0]
        for state in optimiser.state.values()
        if state["exp_avg"].ndim == 2
    ]
    assert names in heights
    assert len(table(student)) not in heights


def test_an_interrupted_training_goes_on_with_the_same_rows(
    encoder: Callable[..., Encoder],
) -> None:
    """Bit for bit; what is saved has the small table."""
    saved: list[tuple[dict[str, Tensor], object]] = []

    class Kept:
        def due(self) -> bool:
            return not saved

        def save(self, tensors: dict[str, Tensor], state: object) -> None:
            saved.append(({name: value.clone() for name, value in tensors.items()}, state))

        def load(self) -> tuple[dict[str, Tensor], object] | None:
            return saved[0] if saved else None

    def run(student: Encoder, stop: int | None, checkpoint: Kept | None) -> Encoder:
        steps = train_student(
            student,
            PAIRS,
            encoder().tokens(ENGLISH, 16),
            method=Optical(),
            training=Training(epochs=2, batch_size=4, learning_rate=3e-3),
            length=16,
            pair="sw-en",
            seed=1,
            checkpoint=checkpoint,  # type: ignore[arg-type]
        )
        for step in steps:
            if step.step == stop:
                break
        return student

    straight = run(encoder(), None, None).state_dict()
    kept = Kept()
    run(encoder(), 2, kept)
    (tensors, _), *_ = saved
    rows = len(reached(encoder(), FOREIGN))
    assert {len(value) for name, value in tensors.items() if "word_embeddings" in name} == {rows}
    resumed = run(encoder(), None, kept).state_dict()
    assert all(torch.equal(value, resumed[name]) for name, value in straight.items())


def test_a_shared_or_frozen_table_stays(encoder: Callable[..., Encoder]) -> None:
    """What another layer reads, or nothing trains, is not cut down."""
    one = encoder()
    own = one.backbone.get_input_embeddings()
    own.weight.requires_grad_(requires_grad=False)
    with only_rows(one, one.tokenize(FOREIGN, 16)):
        assert one.backbone.get_input_embeddings().weight is own.weight
        assert one.backbone.get_input_embeddings().num_embeddings == len(own.weight)
        assert one(one.tokenize(ENGLISH, 16)).tokens.isfinite().all()
    own.weight.requires_grad_(requires_grad=True)
    assert embedding(one.backbone) is own
    one.backbone.head = nn.Linear(16, len(own.weight), bias=False)
    one.backbone.head.weight = own.weight
    assert embedding(one.backbone) is None


def test_only_what_differs_is_kept(encoder: Callable[..., Encoder], tmp_path: Path) -> None:
    """Laid over what it started from, a student is the same to the last bit; other rows are not written."""
    for name in ("start", "whole", "student", "frozen"):
        (tmp_path / name).mkdir()
    encoder(projection=8).save(tmp_path / "start")
    student = Encoder.load(tmp_path / "start")
    teach(student)
    student.save(tmp_path / "student", tmp_path / "start")
    student.save(tmp_path / "whole")
    with pytest.raises(DataError, match="only the weights that training changed"):
        Encoder.load(tmp_path / "student")
    found = Encoder.load(tmp_path / "student", tmp_path / "start")
    for other in (student, Encoder.load(tmp_path / "whole")):
        expected = other.state_dict()
        assert found.state_dict().keys() == expected.keys()
        assert all(torch.equal(own, expected[name]) for name, own in found.state_dict().items())
    texts = [*FOREIGN, "another word number 7"]
    assert torch.equal(found.encode(texts, 16).vectors, student.encode(texts, 16).vectors)
    kept = load_file(tmp_path / "student" / "changes.safetensors")
    names = [name for name in kept if "word_embeddings" in name]
    assert {len(kept[name]) for name in names} == {len(reached(student, FOREIGN))}
    assert not (tmp_path / "student" / "tokenizer.json").exists()

    frozen = Encoder.load(tmp_path / "start")
    frozen.backbone.requires_grad_(requires_grad=False)
    teach(frozen)
    frozen.save(tmp_path / "frozen", tmp_path / "start")
    kept = load_file(tmp_path / "frozen" / "changes.safetensors")
    assert not any(value.numel() for value in kept.values())
    again = Encoder.load(tmp_path / "frozen", tmp_path / "start").state_dict()
    assert all(torch.equal(own, again[name]) for name, own in frozen.state_dict().items())
