"""Batched transport plans beside the same without parts and beside POT's.

Every iterative method runs the same number of iterations, with its stopping test out of reach, in
float32. `ot.emd` runs to its end and is what `ipot` approaches; of that problem the mean <T, C> of an
item is compared, of the others every cell of the plans. POT's batched proximal method does not
converge up to 0.9.7: it takes the last plan with the wrong sign (PythonOT/POT#842).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple
from unittest.mock import patch

import ot
import torch
from ot.batch import solve_batch
from torch import Tensor

from benchmarks.frame import Contest
from clirbench.transport import Solver, cosine_cost, parts, plan, transport_cost, uniform
from clirbench.transport.ipot import IPOT
from clirbench.transport.sinkhorn import Sinkhorn

SHAPES = ((32, 30), (64, 32), (1024, 32), (32, 64), (64, 180))
ONE_BY_ONE = (32, 30)
EPSILON, BETA, ITERATIONS = 0.1, 0.5, 50


class Batch(NamedTuple):
    """Costs (B, n, n) and masses (B, n) of sentence pairs of equal length."""

    cost: Tensor
    mass: Tensor

    def ours(self, solver: Solver | str) -> Callable[[], Tensor]:
        """The plans as clirbench makes them."""
        return lambda: plan(self.cost, self.mass, self.mass, solver)

    def whole(self, solver: Solver) -> Callable[[], Tensor]:
        """The plans of the whole batch at once."""

        def call() -> Tensor:
            with patch.object(parts, "_BYTES", 2**60):
                return plan(self.cost, self.mass, self.mass, solver)

        return call

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


class PlainIPOT(IPOT):
    """The whole batch at once, with a new matrix for every product: as it was."""

    def solve(self, cost: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """Iterate as the paper writes it."""
        gibbs = (-cost / self.beta).exp()
        no_source, no_target = (source == 0).to(source), (target == 0).to(target)
        floor = torch.finfo(source.dtype).tiny ** 0.5
        mass, column = gibbs.new_ones(()).expand_as(gibbs), 1 - no_target
        for _ in range(self.iterations):
            kernel = gibbs * mass.clamp_min(floor)
            row = source / ((kernel * column[:, None, :]).sum(2) + no_source)
            column = target / ((kernel * row[:, :, None]).sum(1) + no_target)
            mass = row[:, :, None] * kernel * column[:, None, :]
        return mass


class PlainSinkhorn(Sinkhorn):
    """As `PlainIPOT`."""

    def solve(self, cost: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """Iterate with scalings."""
        kernel, column = (-cost / self.epsilon).exp(), (target > 0).to(target)
        for _ in range(self.iterations):
            row = source / (kernel * column[:, None, :]).sum(2)
            column = target / (kernel * row[:, :, None]).sum(1)
        return row[:, :, None] * kernel * column[:, None, :]


def sinkhorn_one_by_one(method: str) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Make POT's solver of one pair."""
    return lambda a, b, cost: ot.sinkhorn(
        a, b, cost, EPSILON, method=method, numItermax=ITERATIONS, stopThr=-1.0, warn=False
    )


def contests(device: str) -> Iterator[Contest]:
    """Sinkhorn, IPOT and, where it does not take long, single pairs."""
    for count, length in SHAPES:  # the largest last: the allocator remembers it
        generator = torch.Generator().manual_seed(0)
        teacher = torch.randn(count, length, 128, generator=generator) + 0.8
        noise = torch.randn(count, length, 128, generator=generator)
        cost = cosine_cost(teacher, teacher + noise).to(device)
        batch = Batch(cost, uniform(torch.ones(count, length, device=device)))
        size, few = f"{count} × {length} × {length}", (count, length) == ONE_BY_ONE
        scaling = Sinkhorn(epsilon=EPSILON, iterations=ITERATIONS, domain="scaling")
        log = Sinkhorn(epsilon=EPSILON, iterations=ITERATIONS)
        calls = {
            "clirbench, scaling": batch.ours(scaling),
            "before": batch.ours(
                PlainSinkhorn(epsilon=EPSILON, iterations=ITERATIONS, domain="scaling")
            ),
            "POT, batched, scaling": batch.pot("sinkhorn", EPSILON),
        }
        if few:
            calls |= {
                "clirbench, log": batch.ours(log),
                "clirbench, log, whole": batch.whole(log),
                "POT, batched, log": batch.pot("log_sinkhorn", EPSILON),
                "POT, one by one, scaling": batch.one_by_one(sinkhorn_one_by_one("sinkhorn")),
                "POT, one by one, log": batch.one_by_one(sinkhorn_one_by_one("sinkhorn_log")),
            }
        yield Contest(problem=f"sinkhorn, {size}", calls=calls)
        ipot = IPOT(beta=BETA, iterations=ITERATIONS)
        calls = {
            "clirbench": batch.ours(ipot),
            "before": batch.ours(PlainIPOT(beta=BETA, iterations=ITERATIONS)),
        }
        yield Contest(problem=f"ipot, {size}", calls=calls)
        if few:
            calls = {
                "clirbench, ipot": batch.ours(ipot),
                "clirbench, ipot, log": batch.ours(IPOT(iterations=ITERATIONS, domain="log")),
                "clirbench, exact": batch.ours("exact"),
                "POT, batched, proximal": batch.pot("proximal", None),
                "POT, one by one, emd": batch.one_by_one(ot.emd),
            }
            yield Contest(
                problem=f"exact, {size}",
                calls=calls,
                compared=lambda found, cost=cost: transport_cost(found, cost),
            )
