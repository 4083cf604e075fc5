from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from clirbench.methods import METHODS
from clirbench.methods.base import Distillation, Ranking
from clirbench.methods.optical import Optical
from clirbench.methods.sentence_contrastive import SentenceContrastive
from clirbench.methods.token_contrastive import own_scores
from clirbench.models.ragged import Ragged
from clirbench.models.vectors import Memory, Vectors
from clirbench.retrieval.search import max_sim_scores
from clirbench.transport import SOLVERS, find


def short(kind: type[Any], **knobs: object) -> Any:  # noqa: ANN401 - solver or method
    """With two iterations, if it iterates: all of them do the same."""
    return kind(**({"iterations": 2} if "iterations" in kind.__pydantic_fields__ else {}), **knobs)


def quick(kind: type[Distillation]) -> Distillation:
    """A method with its default solver, made short."""
    made: Distillation = short(kind)
    solver = getattr(made, "solver", None)
    return made if solver is None else short(kind, solver=short(type(solver)))


LOSSES: list[Distillation] = [
    *(quick(method) for method in METHODS.values() if issubclass(method, Distillation)),
    SentenceContrastive(queue=3, both=True),
    *(
        Optical(solver=solver)
        for solver in (
            # Not exact, which computes on the CPU.
            *(short(find(name)) for name in SOLVERS if name != "exact"),
            short(find("ipot"), domain="log"),
            short(find("sinkhorn"), domain="scaling"),
            short(find("attention"), side="source"),
            short(find("nearest"), side="source"),
        )
    ),
]
BETWEEN = {"aten._to_copy.default", "aten.copy_.default"}
MADE_UP = 1
"""The number that is read, and the rows that are found, where there are no numbers."""


class OneDevice(TorchDispatchMode):
    """Refuses operations on tensors of two devices, as a GPU does.

    The other device is torch's "meta", which has shapes without numbers: what depends on them is made
    up. Indices on the CPU, which a GPU takes, are refused, too.
    """

    def __torch_dispatch__(  # type: ignore[no-untyped-def]  # noqa: ANN204 - torch's
        self,
        func,  # noqa: ANN001
        types,  # noqa: ANN001
        args=(),  # noqa: ANN001
        kwargs=None,  # noqa: ANN001
    ):
        name = str(func)
        tensors = [x for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor) and x.ndim]
        if name not in BETWEEN:
            assert len({x.device for x in tensors}) <= 1, func
        if any(x.is_meta for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)):
            if name == "aten._local_scalar_dense.default":
                return MADE_UP
            if name == "aten.repeat_interleave.Tensor":
                return torch.empty(MADE_UP, dtype=torch.long, device="meta")
            if name == "aten.index.Tensor" and args[1][0].dtype == torch.bool:
                return args[0].new_empty(MADE_UP)
            if name in {"aten.index_put_.default", "aten.index_put.default"}:
                return args[0]
        return func(*args, **kwargs or {})


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave autocast out, which does not know that device."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())


def vectors(memory: Memory | None = None, *, grad: bool = False) -> Vectors:
    """Three texts of four tokens, elsewhere than on the CPU."""
    tokens = torch.empty(3, 4, 8, device="meta", requires_grad=grad)
    return Vectors(tokens, torch.empty(3, 4, dtype=torch.bool, device="meta"), memory)


def test_mixing_devices_is_seen() -> None:
    """What these tests look for, they find, also where torch itself lets it pass."""
    there = torch.empty(2, 2, device="meta")
    with OneDevice(), pytest.raises(AssertionError):
        there @ torch.empty(2, 2)


@pytest.mark.parametrize("method", LOSSES, ids=str)
def test_losses_stay_on_the_device(method: Distillation) -> None:
    """Every tensor that a loss or a solver makes is where the vectors are; memory is on the CPU."""
    which = torch.arange(3)
    sentences = torch.randn(9, 8)
    memory = Memory(means=lambda: sentences, batch=which, past=which + 3, seed=1)
    student = vectors(grad=True)
    with OneDevice():
        loss = method.loss(student, vectors(memory))
        loss.backward()  # type: ignore[no-untyped-call]
    assert loss.device.type == "meta"
    assert student.tokens.grad is not None


@pytest.mark.parametrize(
    "method", [m() for m in METHODS.values() if issubclass(m, Ranking)], ids=lambda m: m.name
)
def test_rankings_stay_on_the_device(method: Ranking) -> None:
    """As losses on bitext."""
    student = vectors(grad=True)
    passages = Vectors(
        torch.empty(6, 5, 8, device="meta"), torch.empty(6, 5, dtype=torch.bool, device="meta")
    )
    with OneDevice():
        loss = method.loss(own_scores(student, passages), own_scores(vectors(), passages))
        loss.backward()  # type: ignore[no-untyped-call]
    assert loss.device.type == "meta"


def texts() -> Ragged:
    """Two texts of one vector in all."""
    return Ragged(torch.empty(1, 8, device="meta"), torch.empty(3, dtype=torch.long, device="meta"))


def test_search_stays_on_the_device() -> None:
    """Texts are scored, taken and pooled where they are."""
    with OneDevice():
        made = [
            max_sim_scores(texts(), texts()),
            *texts().take([1]),
            *texts().pooled(),
            *texts().padded([0, 1]),
        ]
    assert {tensor.device.type for tensor in made} == {"meta"}
