from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from clirbench.transport import Solver, find, parts, plan
from clirbench.transport.ipot import IPOT
from clirbench.transport.parts import in_parts
from clirbench.transport.sinkhorn import Sinkhorn

LENGTHS = ((33, 31), (7, 5), (1, 1), (18, 40), (40, 2), (5, 9), (16, 16))
CUT = [
    IPOT(domain="log"),
    IPOT(domain="log", inner=3),
    Sinkhorn(),
    find("greedy")(),
    find("partial")(domain="log"),
    find("unbalanced")(),
]
cut = pytest.mark.parametrize("solver", CUT, ids=str)


def sizes(monkeypatch: pytest.MonkeyPatch, solver: Solver) -> list[int]:
    """Items of the parts that a solver is given from here on."""
    found: list[int] = []
    name = {"greedy": "_match"}.get(solver.name, "_iterate")
    owner = IPOT if solver.name == "partial" else type(solver)
    inner = getattr(owner, name)

    def watched(self: Solver, cost: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
        found.append(len(cost))
        return inner(self, cost, *rest)

    monkeypatch.setattr(owner, name, watched)
    return found


@cut
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("most", "expected"), [(1, [1] * 7), (3, [3, 3, 1]), (7, [7])])
def test_parts_are_the_whole(
    make: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    *,
    solver: Solver,
    dtype: torch.dtype,
    most: int,
    expected: list[int],
) -> None:
    """However a batch is cut, no bit of a plan changes."""
    batch = make(LENGTHS, dtype=dtype, weighted=True)
    monkeypatch.setattr(parts, "_BYTES", 2**40)
    whole = plan(*batch[:3], solver)
    dummy = solver.name == "partial"
    item = (40 + dummy) * (40 + dummy) * dtype.itemsize
    monkeypatch.setattr(parts, "_BYTES", -(-most * item // torch.get_num_threads()))
    found = sizes(monkeypatch, solver)
    assert torch.equal(plan(*batch[:3], solver), whole)
    assert found == expected


def test_gradients_flow_through_the_whole(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where they are asked for nothing is cut, nor written over; the plan is the same."""
    solver = Sinkhorn(domain="scaling")
    batch = make(LENGTHS, weighted=True)
    held = plan(*batch[:3], solver)
    monkeypatch.setattr(parts, "_BYTES", 1)
    found = sizes(monkeypatch, solver)
    leaves = [each.clone().requires_grad_() for each in batch[:3]]
    followed = plan(*leaves, solver, differentiable=True)
    followed.square().sum().backward()
    torch.testing.assert_close(followed.detach(), held, atol=1e-14, rtol=0)
    assert found == [len(LENGTHS)]
    assert all(leaf.grad.count_nonzero() for leaf in leaves)


def test_other_devices_solve_the_whole() -> None:
    """Only a processor has a cache that a part should fit."""
    found = []

    def solve(cost: torch.Tensor, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        found.append((len(cost), len(source), len(target)))
        return cost

    in_parts(
        solve, *(torch.empty(9, *rest, device="meta") for rest in ((600, 600), (600,), (600,)))
    )
    assert found == [(9, 9, 9)]


def test_arguments_are_left_alone(make: Callable[..., Any]) -> None:
    """What is written over is the solver's own."""
    batch = make([(6, 6), (6, 6)], dtype=torch.float64)
    for solver in (*CUT, IPOT(), Sinkhorn(domain="scaling")):
        kept = [each.clone() for each in batch[:3]]
        plan(*batch[:3], solver)
        assert all(map(torch.equal, kept, batch[:3]))
