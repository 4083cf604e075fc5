"""What runs on a GPU runs on a device that is pretended: with a GPU's rules, and the CPU's numbers.

torch's own fake tensors, under the name "cuda" in a build for the CPU, refuse mixed devices, too, but
have no numbers, which lengths and losses are read from, and cannot be indexed there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils import _foreach_utils
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from clirbench.data.base import SentencePair, TrainingQuery
from clirbench.methods import METHODS
from clirbench.methods.base import Distillation, Ranking
from clirbench.methods.optical import Optical
from clirbench.models.encoder import Encoder
from clirbench.models.memory import MicroBatches
from clirbench.models.ragged import Ragged
from clirbench.models.settings import Scratch
from clirbench.models.translator import Translator
from clirbench.models.vectors import Vectors
from clirbench.retrieval.run import Ranked
from clirbench.retrieval.search import rerank, search
from clirbench.running.checkpoint import SavedTraining
from clirbench.running.stage import Context
from clirbench.spec.model import Teacher, TeacherTraining, Training
from clirbench.training.ranker import Candidates, train_ranker
from clirbench.training.student import train_student
from clirbench.training.teacher import train_teacher
from clirbench.training.translator import train_translator

DEVICE = "meta"
"""Its name: a device that any build of torch knows, and no operation of a CPU takes."""
FOREIGN = [f"neno la {'kwa ' * (i % 4)}namba {i}" for i in range(12)]
ENGLISH = [f"word {'for ' * (i % 3)}number {i}" for i in range(12)]
PAIRS = [SentencePair(*pair) for pair in zip(FOREIGN, ENGLISH, strict=True)]
HOW: dict[str, Any] = {"epochs": 1, "batch_size": 6, "learning_rate": 1e-3}
Make = Callable[..., Encoder]


class There(Tensor):
    """A tensor on the pretended device; its numbers are held on the CPU."""

    held: Tensor

    @staticmethod
    def __new__(cls: type[There], held: Tensor) -> There:  # noqa: PYI034 - of this class alone
        made: There = Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]  # noqa: SLF001
            cls,
            held.shape,
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            device=DEVICE,
        )
        made.held = held
        return made

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN206
        return dispatched(func, args, kwargs or {})


class Pretended(TorchDispatchMode):
    """Sees what makes tensors there of nothing, or of those of the CPU."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        return dispatched(func, args, kwargs or {})


class FromNumbers(TorchFunctionMode):
    """Makes tensors there of numbers, and lists of them, which torch does not ask a dispatch mode for."""

    def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        given = dict(kwargs or {})
        makes = func in {torch.tensor, torch.as_tensor} and given.get("device") is not None
        if makes and torch.device(given["device"]).type == DEVICE:
            return func(*args, **{**given, "device": "cpu"}).to(DEVICE)
        if func is Tensor.tolist and isinstance(args[0], There):
            return args[0].held.tolist()
        return func(*args, **given)


def dispatched(func: Any, args: Any, kwargs: Any) -> Any:  # noqa: ANN401 - torch's
    """Do it on the CPU; what mixes devices is refused, also where a GPU takes an index from the CPU."""
    given = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
    there = any(isinstance(each, There) for each in given)
    asked = kwargs.get("device")
    moves = str(func) in {"aten._to_copy.default", "aten.copy_.default"}
    if there and not moves:
        here = [each for each in given if not isinstance(each, There) and each.ndim]
        assert not here, f"{func} of tensors on two devices"
    if asked is not None:
        there = torch.device(asked).type == DEVICE
        kwargs = {**kwargs, "device": "cpu"}
    wrapped = {id(each.held): each for each in given if isinstance(each, There)}
    args, kwargs = tree_map(lambda x: x.held if isinstance(x, There) else x, (args, kwargs))
    found = func(*args, **kwargs)
    if str(func) == "aten.copy_.default":
        there = id(found) in wrapped

    def back(x: Any) -> Any:  # noqa: ANN401 - any result
        if not isinstance(x, Tensor) or not there:
            return x
        return wrapped[id(x)] if id(x) in wrapped else There(x)  # the one that is written in place

    return tree_map(back, found)


@pytest.fixture(autouse=True)
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pretend; without autocast, which does not know the device, and as a device for fused steps."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())
    known = _foreach_utils._get_fused_kernels_supported_devices()  # noqa: SLF001 - no public way
    monkeypatch.setattr(
        sys.modules["torch.optim.optimizer"],
        "_get_fused_kernels_supported_devices",
        lambda: [*known, DEVICE],
    )
    with Pretended(), FromNumbers():
        yield


def quick(kind: type[Any]) -> Any:  # noqa: ANN401 - a method
    """With few iterations."""
    return kind(**({"iterations": 2} if "iterations" in kind.__pydantic_fields__ else {}))


def student(
    make: Make, where: str, method: Distillation, *, parts: int = 1
) -> tuple[Encoder, list[float]]:
    """A student that was taught there, and its losses."""
    model = make()
    targets = model.tokens(ENGLISH, 16)
    steps = train_student(
        model.to(where),
        PAIRS,
        targets,
        method=method,
        training=Training(**HOW),
        length=16,
        pair="sw-en",
        seed=1,
        micro_batches=MicroBatches(parts=parts),
    )
    return model, [step.loss for step in steps]


def ranker(make: Make, where: str, method: Ranking) -> list[float]:
    """Losses of a student that learns to rank there."""
    model = make()
    vectors = model.encode(ENGLISH, 16)
    count = len(ENGLISH)
    candidates = Candidates(
        queries=vectors,
        passages=vectors,
        relevant=range(count),
        others=[[(i + k) % count for k in range(1, 8)] for i in range(count)],
        texts=ENGLISH,
    )
    steps = train_ranker(
        model.to(where),
        [FOREIGN],
        candidates,
        method=method,
        training=Training(**HOW),
        length=16,
        pair="sw-en",
        seed=1,
    )
    return [step.loss for step in steps]


def teacher(
    make: Make, where: str, checkpoint: SavedTraining | None = None, stop: int | None = None
) -> list[float]:
    """Losses of a teacher, which has dropout, and negatives of its own."""
    steps = train_teacher(
        make().to(where),
        [TrainingQuery(f, e, o) for f, e, o in zip(FOREIGN, ENGLISH, ENGLISH[::-1], strict=True)],
        Teacher(backbone="scratch", query_length=16, document_length=16),
        TeacherTraining(**{**HOW, "epochs": 2}),
        checkpoint=checkpoint,
    )
    return [step.loss for step in islice(steps, stop)]


def translator(where: str) -> tuple[list[float], list[str]]:
    """Losses of a translation model, and what it says then, with a beam."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = Translator.build(
            Scratch(layers=1, width=16, heads=2, vocabulary=100), [*FOREIGN, *ENGLISH], 16
        )
    steps = train_translator(
        model.to(where),
        PAIRS,
        training=Training(**HOW),
        smoothing=0.1,
        length=16,
        pair="sw-en",
        seed=1,
    )
    losses = [step.loss for step in steps]
    return losses, model.translate(FOREIGN[:3], beams=2, length=6)


def ranked(make: Make, where: str, way: str) -> dict[str, Sequence[str]]:
    """Documents, which lie on the CPU, ranked there: all, or those of another system."""
    model = make()
    topics, documents = model.encode(FOREIGN, 16), model.encode(ENGLISH, 16)
    topics = Ragged(*(each.to(where) for each in topics))
    ids, names = [f"q{i}" for i in range(12)], [f"d{i}" for i in range(12)]
    if way == "search":
        best = search(topics, documents, ids, names, depth=5)
    else:
        first = {
            q: Ranked(names[i % 8 : i % 8 + 5], np.arange(5, 0, -1)) for i, q in enumerate(ids)
        }
        best = rerank(topics, documents, ids, names, first, depth=5)
    return {topic: own.documents for topic, own in best.items()}


def test_mixing_devices_is_seen() -> None:
    """What these tests look for, they find."""
    there = torch.ones(2, 2).to(DEVICE)
    assert (there @ there).cpu().tolist() == [[2, 2], [2, 2]]
    for mixed in (
        lambda: there @ torch.ones(2, 2),
        lambda: there[torch.tensor([1])],
        lambda: there.where(torch.ones(2, 2, dtype=torch.bool), 0),
    ):
        with pytest.raises(AssertionError, match="two devices"):
            mixed()
    assert (there * torch.tensor(2.0)).sum().item() == 8


@pytest.mark.parametrize(
    "method",
    [quick(m) for m in METHODS.values() if issubclass(m, Distillation)],
    ids=lambda m: m.name,
)
def test_students_train(method: Distillation, encoder: Make) -> None:
    """By every method on bitext, with the losses of the CPU; a match may turn on a last digit."""
    model, losses = student(encoder, DEVICE, method)
    assert {each.device.type for each in model.parameters()} == {DEVICE}
    assert losses == pytest.approx(student(encoder, "cpu", method)[1], rel=1e-3)


def test_students_train_in_parts(encoder: Make) -> None:
    """As when memory runs out."""
    method = Optical()
    assert student(encoder, DEVICE, method, parts=3)[1] == pytest.approx(
        student(encoder, DEVICE, method)[1], rel=1e-5
    )


@pytest.mark.parametrize(
    "method", [m() for m in METHODS.values() if issubclass(m, Ranking)], ids=lambda m: m.name
)
def test_rankers_train(method: Ranking, encoder: Make) -> None:
    """By every method on queries."""
    assert ranker(encoder, DEVICE, method) == pytest.approx(
        ranker(encoder, "cpu", method), rel=1e-5
    )


def test_a_training_goes_on_from_its_checkpoint(encoder: Make, tmp_path: Path) -> None:
    """From the file that it was saved in, with the losses of one that was never stopped."""
    saved = SavedTraining(
        folder=tmp_path / "checkpoint",
        identity="1" * 40,
        title="teacher",
        context=Context(fetch=lambda _: tmp_path, checkpoint_every=0),
        check=lambda: None,
        made_with=[],
    )
    whole = teacher(encoder, DEVICE)
    assert teacher(encoder, DEVICE, saved, 3) == whole[:3]
    assert teacher(encoder, DEVICE, saved) == whole
    assert whole == pytest.approx(teacher(encoder, "cpu"), rel=1e-5)


@pytest.mark.parametrize("interaction", ["late", "single"])
def test_encoding(encoder: Make, interaction: str) -> None:
    """Vectors come back to the CPU, and are its own."""
    model = encoder(interaction=interaction)
    expected = model.encode(ENGLISH, 16)
    own = model.to(DEVICE).encode(ENGLISH, 16)
    assert own.vectors.device.type == own.offsets.device.type == "cpu"
    torch.testing.assert_close(own.vectors, expected.vectors)


def test_translation() -> None:
    """Training of a translation model, and its beam search."""
    losses, texts = translator(DEVICE)
    expected, said = translator("cpu")
    assert losses == pytest.approx(expected, rel=1e-3)
    assert texts == said


@pytest.mark.parametrize("way", ["search", "re-ranking"])
def test_search(encoder: Make, way: str) -> None:
    """The rankings of the CPU."""
    assert ranked(encoder, DEVICE, way) == ranked(encoder, "cpu", way)


class Forgetful(Optical):
    """Makes its weights on the CPU."""

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """Weigh the sentences."""
        return (student.sentences.sum(1) * torch.ones(len(student.tokens))).mean()


def forgets(self: Ragged, device: str) -> Ragged:
    """Leave the vectors where they are."""
    return self


def padded_here(self: Translator, texts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Leave the mask on the CPU."""
    ids, mask = PADDED(self, texts)
    return ids, mask.cpu()


def read_here(self: Encoder, ids: Tensor, attended: Tensor) -> Tensor:
    """Leave the word pieces on the CPU."""
    return HIDDEN(self, ids.cpu(), attended)


PADDED, HIDDEN = Translator._padded, Encoder._hidden  # noqa: SLF001 - to be broken
MIX_UPS: dict[str, tuple[Any, str, Any, Callable[[Make], object]]] = {
    "loss": (Optical, "loss", Forgetful.loss, lambda make: student(make, DEVICE, Optical())),
    "encoding": (Encoder, "_hidden", read_here, lambda make: make().to(DEVICE).encode(ENGLISH, 16)),
    "search": (Ragged, "to", forgets, lambda make: ranked(make, DEVICE, "search")),
    "re-ranking": (Ragged, "to", forgets, lambda make: ranked(make, DEVICE, "re-ranking")),
    "translation": (Translator, "_padded", padded_here, lambda make: translator(DEVICE)),
}


@pytest.mark.parametrize("what", MIX_UPS)
def test_a_mix_up_is_found(what: str, encoder: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the program forgets one tensor on the CPU, these tests fail."""
    owner, name, broken, run = MIX_UPS[what]
    monkeypatch.setattr(owner, name, broken)
    with pytest.raises(AssertionError, match="two devices"):
        run(encoder)
