from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import llvmlite.binding as llvm
import pytest
import torch

from clirbench.transport import fused as module
from clirbench.transport import ipot, plan, sinkhorn
from clirbench.transport.fused import fits, fused
from clirbench.transport.ipot import IPOT
from clirbench.transport.sinkhorn import Sinkhorn

LENGTHS = ((33, 31), (7, 5), (1, 1), (18, 70), (70, 2), (5, 9), (16, 16), (180, 150))
dtypes = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
solvers = pytest.mark.parametrize(
    "solver",
    [IPOT(), IPOT(inner=3), IPOT(beta=0.05), Sinkhorn(domain="scaling")],
    ids=["ipot", "ipot, inner", "ipot, limit", "sinkhorn"],
)


KNOBS = {"unit": 0.5, "iterations": 20, "inner": 2}


def fractions(sizes: tuple[int, int, int], dtype: torch.dtype) -> list[torch.Tensor]:
    """Costs and masses that no library's rounding decides on."""
    size, n, m = sizes
    cells = torch.arange(size * n * m).reshape(sizes) * 37 % 101
    sides = [torch.arange(size * length).reshape(size, length) % 3 + 1 for length in (n, m)]
    return [each.to(dtype) / 64 for each in (cells, *sides)]


@solvers
@dtypes
def test_equals_the_batched_code(
    make: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    *,
    solver: IPOT | Sinkhorn,
    dtype: torch.dtype,
) -> None:
    """The plans are those of the code that a GPU runs, but for rounding."""
    batch = make(LENGTHS, dtype=dtype, weighted=True, padding=1)
    found = plan(*batch[:3], solver)
    for each in (ipot, sinkhorn):
        monkeypatch.setattr(each, "fits", lambda *_: False)
    expected = plan(*batch[:3], solver)
    atol = {torch.float32: 5e-7, torch.float64: 1e-14}[dtype]
    torch.testing.assert_close(found, expected, atol=atol, rtol=0)


@solvers
@dtypes
def test_an_item_knows_of_nothing_else(
    make: Callable[..., Any], solver: IPOT | Sinkhorn, dtype: torch.dtype
) -> None:
    """Padding, neighbours and their order change no bit."""
    batch = make(LENGTHS, dtype=dtype, weighted=True, padding=37)
    cost, source, target = batch.cost.nan_to_num(0.3), batch.source, batch.target
    solved = solver.solve(cost, source, target)
    turned = solver.solve(cost.flip(0), source.flip(0), target.flip(0))
    assert torch.equal(turned.flip(0), solved)
    for index, (n, m) in enumerate(LENGTHS):
        assert torch.equal(solved[index, :n, :m], solver.solve(*batch.item(index))[0])
        assert solved[index, n:].count_nonzero() == solved[index, :, m:].count_nonzero() == 0


@solvers
def test_a_token_between_others_may_have_no_mass(
    make: Callable[..., Any], solver: IPOT | Sinkhorn
) -> None:
    """It moves nothing, and the others move what they would without it."""
    batch = make([(12, 20)], weighted=True)
    cost, source, target = (each.clone() for each in batch[:3])
    source[0, 4] = target[0, 17] = 0
    cost[0, 4] = float("inf")
    rows, columns = (side[0] > 0 for side in (source, target))
    solved = solver.solve(cost, source, target)
    assert solved[0, ~rows].count_nonzero() == solved[0, :, ~columns].count_nonzero() == 0
    alone = solver.solve(cost[:, rows][:, :, columns], source[:, rows], target[:, columns])
    torch.testing.assert_close(solved[:, rows][:, :, columns], alone, atol=1e-14, rtol=0)


def test_a_cost_that_is_no_number_spoils_its_own_plan(make: Callable[..., Any]) -> None:
    """And is seen there."""
    batch = make([(5, 6), (5, 6)])
    batch.cost[1, 2, 3] = float("nan")
    solved = IPOT().solve(*batch[:3])
    assert solved[0].isfinite().all()
    assert solved[1].isnan().any()


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (torch.float32, "7b9a7c063dd4448f"),
        (torch.float64, "44e18e3070960433"),
    ],
)
def test_bits_are_the_same_on_every_processor(dtype: torch.dtype, expected: str) -> None:
    """A golden hash: what order sums are made in does not depend on the width of registers."""
    solved = fused(*fractions((3, 21, 35), dtype), **KNOBS)
    assert hashlib.sha256(solved.numpy().tobytes()).hexdigest()[:16] == expected


@dtypes
def test_narrow_registers_give_the_same_bits(
    monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype
) -> None:
    """Compiled for the least of this family of processors, nothing changes."""
    batch = fractions((3, 21, 35), dtype)
    expected = fused(*batch, **KNOBS)
    monkeypatch.setattr(llvm, "get_host_cpu_name", lambda: "")
    monkeypatch.setattr(llvm, "get_host_cpu_features", llvm.FeatureMap)
    narrow = module._compiled.__wrapped__  # noqa: SLF001 - past the cache
    monkeypatch.setattr(module, "_compiled", narrow)
    assert torch.equal(fused(*batch, **KNOBS), expected)


def test_threads_may_ask_at_the_same_time() -> None:
    """Also for the first plans of a process."""
    batch = fractions((40, 21, 35), torch.float32)
    expected = fused(*batch, **KNOBS)
    module._compiled.cache_clear()  # noqa: SLF001 - as in a new process
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: fused(*batch, **KNOBS), range(16)))
    assert all(torch.equal(each, expected) for each in found)


def test_fits_the_cpu_without_gradients() -> None:
    """Elsewhere, and where gradients flow, the batched code is taken."""
    plain, leaf = torch.zeros(2), torch.zeros(2, requires_grad=True)
    assert fits(plain, plain)
    assert not fits(plain, leaf)
    with torch.no_grad():
        assert fits(plain, leaf)
    assert not fits(torch.zeros(2, device="meta"))
