"""Batched transport plans beside POT's, and beside clirbench's of an earlier commit.

Every iterative method runs the same number of iterations, with its stopping test out of reach, in
float32. `ot.emd` runs to its end and is what `ipot` approaches; of that problem the mean <T, C> of an
item is compared, of the others every cell of the plans. POT's batched proximal method does not
converge up to 0.9.7: it takes the last plan with the wrong sign (PythonOT/POT#842).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import ot
import torch
from ot.batch import solve_batch
from torch import Tensor

from benchmarks.earlier import Earlier
from benchmarks.frame import Contest

SHAPES = ((32, 30), (64, 32), (1024, 32), (32, 64), (64, 180))
ONE_BY_ONE = (32, 30)
EPSILON, BETA, ITERATIONS = 0.1, 0.5, 50
PAIRS, LENGTHS, DIMENSIONS = 32, (16, 32), (128, 384)
"""Of a batch of sentence pairs: how many, their lengths, the sizes of their vectors."""


class Batch(NamedTuple):
    """Costs (B, n, n) and masses (B, n) of sentence pairs of equal length."""

    cost: Tensor
    mass: Tensor

    def ours(self, name: str, **knobs: object) -> Callable[[], Tensor]:
        """The plans as clirbench makes them."""
        from clirbench.transport import find, plan

        solver = find(name)(**knobs)
        return lambda: plan(self.cost, self.mass, self.mass, solver)

    def pot(self, method: str, epsilon: float | None) -> Callable[[], Tensor]:
        """The plans of POT's batched solvers."""
        return lambda: (
            solve_batch(
                self.cost,
                epsilon,
                self.mass,
                self.mass,
                max_iter=ITERATIONS,
                tol=-1.0,
                method=method,
                inner_reg=BETA,
                grad="detach",
            ).plan
        )

    def one_by_one(self, solve: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Callable[[], Tensor]:
        """The plans, each for itself."""
        pairs = list(zip(self.mass, self.cost, strict=True))
        return lambda: torch.stack([solve(mass, mass, cost) for mass, cost in pairs])


def sinkhorn_one_by_one(method: str) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Make POT's solver of one pair."""
    return lambda a, b, cost: ot.sinkhorn(
        a, b, cost, EPSILON, method=method, numItermax=ITERATIONS, stopThr=-1.0, warn=False
    )


def gradient(name: str, dimensions: int, device: str) -> Callable[[], Tensor]:
    """A method's loss of a batch, and its gradient; gives the gradient."""
    from clirbench.methods import METHODS
    from clirbench.models.vectors import Vectors

    generator = torch.Generator().manual_seed(0)
    sides = []
    for _ in range(2):
        tokens = torch.randn(PAIRS, LENGTHS[1], dimensions, generator=generator) + 0.8
        lengths = torch.randint(LENGTHS[0], LENGTHS[1] + 1, (PAIRS,), generator=generator)
        mask = torch.arange(LENGTHS[1]) < lengths[:, None]
        sides.append(Vectors(tokens.to(device), mask.to(device)))
    student, teacher = sides
    tokens = student.tokens.requires_grad_()
    method: Any = METHODS[name]()

    def call() -> Tensor:
        tokens.grad = None
        method.loss(student, teacher).backward()
        return tokens.grad

    return call


def training(name: str, device: str) -> Callable[[], Tensor]:
    """An epoch of a student of the quick suite's shape; gives the losses."""
    from clirbench.data.base import SentencePair
    from clirbench.methods import METHODS
    from clirbench.models.build import build_encoder
    from clirbench.models.settings import Scratch
    from clirbench.spec.model import Teacher, Training
    from clirbench.training.student import train_student

    generator = torch.Generator().manual_seed(0)
    counts = torch.randint(LENGTHS[0], LENGTHS[1] - 1, (8 * PAIRS,), generator=generator)
    texts = [
        " ".join(f"w{n}" for n in torch.randint(0, 300, (count,), generator=generator).tolist())
        for count in counts.tolist()
    ]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        student = build_encoder(Teacher(backbone="scratch", scratch=Scratch()), lambda: texts)
    vectors = student.tokens(texts, LENGTHS[1])
    student.to(device)
    how = {
        "method": METHODS[name](),
        "training": Training(epochs=1, batch_size=PAIRS, learning_rate=1e-5),
        "length": LENGTHS[1],
        "pair": "xx-en",
        "seed": 1,
    }
    pairs = [SentencePair(text, text) for text in texts]
    return lambda: torch.tensor(
        [step.loss for step in train_student(student, pairs, vectors, **how)]
    )


def plans(
    batch: Batch, name: str, size: str, earlier: Earlier | None, **knobs: object
) -> dict[str, Callable[[], Tensor]]:
    """The ways to plans by one solver that are ours."""
    calls = {f"clirbench{size}": batch.ours(name, **knobs)}
    if earlier:
        calls["before"] = earlier.call(lambda: batch.ours(name, **knobs))
    return calls


def contests(device: str, earlier: Earlier | None = None) -> Iterator[Contest]:
    """Sinkhorn, IPOT, single pairs where they do not take long, and what they are part of."""
    yield from problems(device, earlier)
    for name in ("token-contrastive-ot", "optical"):
        for what, way in {
            **{
                f"loss and gradient, {size}": lambda name=name, size=size: gradient(
                    name, size, device
                )
                for size in DIMENSIONS
            },
            "training, quick's encoder": lambda name=name: training(name, device),
        }.items():
            calls = {"clirbench": way()}
            if earlier:
                calls["before"] = earlier.call(way)
            yield Contest(problem=f"{name}, {what}", calls=calls)
    yield Contest(
        problem="sentence-mse and optical, training, quick's encoder",
        calls={name: training(name, device) for name in ("sentence-mse", "optical")},
        compared=lambda losses: losses[:0],  # of two methods
    )


def problems(device: str, earlier: Earlier | None) -> Iterator[Contest]:
    """Plans alone."""
    from clirbench.transport import cosine_cost, transport_cost, uniform

    for count, length in SHAPES:  # the largest last: the allocator remembers it
        generator = torch.Generator().manual_seed(0)
        teacher = torch.randn(count, length, 128, generator=generator) + 0.8
        noise = torch.randn(count, length, 128, generator=generator)
        cost = cosine_cost(teacher, teacher + noise).to(device)
        batch = Batch(cost, uniform(torch.ones(count, length, device=device)))
        size, few = f"{count} × {length} × {length}", (count, length) == ONE_BY_ONE
        knobs = {"epsilon": EPSILON, "iterations": ITERATIONS}
        scaling = plans(batch, "sinkhorn", ", scaling", earlier, **knobs, domain="scaling")
        calls = {**scaling, "POT, batched, scaling": batch.pot("sinkhorn", EPSILON)}
        if few:
            calls |= {
                "clirbench, log": batch.ours("sinkhorn", **knobs),
                "POT, batched, log": batch.pot("log_sinkhorn", EPSILON),
                "POT, one by one, scaling": batch.one_by_one(sinkhorn_one_by_one("sinkhorn")),
                "POT, one by one, log": batch.one_by_one(sinkhorn_one_by_one("sinkhorn_log")),
            }
        yield Contest(problem=f"sinkhorn, {size}", calls=calls)
        knobs = {"beta": BETA, "iterations": ITERATIONS}
        yield Contest(problem=f"ipot, {size}", calls=plans(batch, "ipot", "", earlier, **knobs))
        if few:
            calls = {
                "clirbench, ipot": batch.ours("ipot", **knobs),
                "clirbench, ipot, log": batch.ours("ipot", **knobs, domain="log"),
                "clirbench, exact": batch.ours("exact"),
                "POT, batched, proximal": batch.pot("proximal", None),
                "POT, one by one, emd": batch.one_by_one(ot.emd),
            }
            yield Contest(
                problem=f"exact, {size}",
                calls=calls,
                compared=lambda found, cost=cost: transport_cost(found, cost),
            )
