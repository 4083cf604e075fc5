from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from clirbench.errors import SuiteError
from clirbench.transport import SOLVERS, Solver, find, plan, transport_cost, uniform
from clirbench.transport.ipot import IPOT
from clirbench.transport.sinkhorn import Sinkhorn

LENGTHS = ((7, 5), (1, 1), (5, 9), (6, 6), (1, 4))
EVERY = [
    *SOLVERS,
    find("ipot")(domain="log"),
    find("sinkhorn")(domain="scaling"),
    find("partial")(fraction=1.0),
    find("attention")(side="source"),
    find("nearest")(side="source"),
]
BALANCED = ["exact", "ipot", "product", "sinkhorn"]
every = pytest.mark.parametrize("solver", EVERY, ids=str)
modest = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])


@every
def test_padded_equals_unpadded(make: Callable[..., Any], solver: Solver | str) -> None:
    """An item's plan is that of the item alone and without padding; padding gets no mass."""
    batch = make(LENGTHS, weighted=True, padding=3)
    mass = plan(*batch[:3], solver)
    for index, (n, m) in enumerate(LENGTHS):
        alone = plan(*batch.item(index), solver)
        torch.testing.assert_close(mass[index, :n, :m], alone[0], atol=1e-12, rtol=0)
        assert mass[index, n:].count_nonzero() == 0
        assert mass[index, :, m:].count_nonzero() == 0


@every
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_batched_equals_alone(
    make: Callable[..., Any], solver: Solver | str, dtype: torch.dtype
) -> None:
    """Neighbours in the batch change no bit of an item's plan on the CPU."""
    batch = make(LENGTHS, dtype=dtype, weighted=True)
    mass = plan(*batch[:3], solver)
    for index in range(len(LENGTHS)):
        one = slice(index, index + 1)
        alone = plan(batch.cost[one], batch.source[one], batch.target[one], solver)
        assert torch.equal(mass[one], alone)


@every
def test_permuting_tokens_permutes_the_plan(make: Callable[..., Any], solver: Solver | str) -> None:
    """The order of tokens has no meaning, on either side."""
    batch = make([(8, 6)] * 3, weighted=True)
    rows, columns = torch.randperm(8), torch.randperm(6)
    permuted = plan(
        batch.cost[:, rows][:, :, columns], batch.source[:, rows], batch.target[:, columns], solver
    )
    expected = plan(*batch[:3], solver)[:, rows][:, :, columns]
    torch.testing.assert_close(permuted, expected, atol=1e-12, rtol=0)


@every
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_computed_in_single(
    make: Callable[..., Any], solver: Solver | str, dtype: torch.dtype
) -> None:
    """Half-precision input gives the finite float32 plan of the rounded input."""
    batch = make(LENGTHS, dtype=dtype, weighted=True, padding=2)
    mass = plan(*batch[:3], solver)
    assert mass.dtype == torch.float32
    assert torch.equal(mass, plan(*(x.float() for x in batch[:3]), solver))
    assert mass.isfinite().all()


@every
def test_autocast_changes_nothing(make: Callable[..., Any], solver: Solver | str) -> None:
    """Mixed precision around the call leaves the plan alone."""
    batch = make(LENGTHS, dtype=torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = plan(*batch[:3], solver)
    assert torch.equal(inside, plan(*batch[:3], solver))


@every
def test_sides_without_tokens_get_no_plan(make: Callable[..., Any], solver: Solver | str) -> None:
    """An item with an empty side has plan 0, and leaves its neighbours alone."""
    batch = make([(4, 3), (5, 6), (6, 5)])
    source, target = batch.source.clone(), batch.target.clone()
    source[0], target[2] = 0, 0
    mass = plan(batch.cost, source, target, solver)
    assert mass[[0, 2]].count_nonzero() == 0
    assert torch.equal(mass[1], plan(*batch[:3], solver)[1])


@every
def test_no_items(solver: Solver | str) -> None:
    """An empty batch has an empty plan."""
    mass = plan(torch.zeros(0, 3, 4), torch.zeros(0, 3), torch.zeros(0, 4), solver)
    assert mass.shape == (0, 3, 4)


@every
def test_marginals_are_scaled(make: Callable[..., Any], solver: Solver | str) -> None:
    """Only the proportions of the masses count."""
    batch = make(LENGTHS, weighted=True)
    scaled = plan(batch.cost, 4 * batch.source, 0.5 * batch.target, solver)
    torch.testing.assert_close(scaled, plan(*batch[:3], solver), atol=1e-14, rtol=0)


@every
def test_gradients_pass_only_where_asked(make: Callable[..., Any], solver: Solver | str) -> None:
    """A plan is a constant unless its solver can be differentiated, is asked to, and grad is on."""
    leaves = [x.requires_grad_() for x in make([(4, 5)])[:3]]
    assert not plan(*leaves, solver).requires_grad
    followed = plan(*leaves, solver, differentiable=True)
    name = solver if isinstance(solver, str) else solver.name
    sharp = name in {"exact", "greedy", "ipot", "partial"}
    assert followed.requires_grad == find(name).differentiable == (not sharp)
    with torch.no_grad():
        assert not plan(*leaves, solver, differentiable=True).requires_grad


@every
def test_gradients_are_finite_with_padding(make: Callable[..., Any], solver: Solver | str) -> None:
    """Padding, with NaN costs, gives no NaN to the gradient of what is real."""
    batch = make(LENGTHS, weighted=True, padding=2)
    leaves = [x.clone().requires_grad_() for x in batch[:3]]
    solved = plan(*leaves, solver, differentiable=True)
    transport_cost(solved, leaves[0]).sum().backward()
    assert all(leaf.grad is None or leaf.grad.isfinite().all() for leaf in leaves)
    assert leaves[0].grad.count_nonzero() > 0
    assert leaves[0].grad[batch.cost.isnan()].count_nonzero() == 0


@pytest.mark.parametrize(
    "solver",
    [
        Sinkhorn(iterations=8, epsilon=0.3),
        Sinkhorn(iterations=8, epsilon=0.3, domain="scaling"),
        find("unbalanced")(iterations=6, epsilon=0.3, tau=0.7),
        find("attention")(temperature=0.4),
        find("attention")(temperature=0.4, side="source"),
        find("nearest")(),
        find("nearest")(side="source"),
        find("product")(),
    ],
    ids=str,
)
def test_gradcheck(make: Callable[..., Any], solver: Solver | str) -> None:
    """Gradients through the plan are those of finite differences, by cost and by both marginals."""
    batch = make([(3, 4), (4, 2)], weighted=True)
    real_source, real_target = batch.source > 0, batch.target > 0

    def of_real_tokens(
        cost: torch.Tensor, source: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        # Masses of padding are held at 0: the other side of 0 is no mass.
        return plan(cost, source * real_source, target * real_target, solver, differentiable=True)

    cost = batch.cost.nan_to_num(0.5).requires_grad_()
    source = batch.source.clone().requires_grad_()
    target = batch.target.clone().requires_grad_()
    assert torch.autograd.gradcheck(of_real_tokens, (cost, source, target), atol=1e-6)


@every
def test_held_plan_is_the_gradient(make: Callable[..., Any], solver: Solver | str) -> None:
    """With the plan held, the gradient of <T, C> by C is T."""
    batch = make(LENGTHS, padding=1)
    cost = batch.cost.clone().requires_grad_()
    solved = plan(cost, batch.source, batch.target, solver)
    transport_cost(solved, cost).sum().backward()
    assert torch.equal(cost.grad, solved)


@pytest.mark.parametrize("solver", BALANCED)
@modest
@given(seed=st.integers(0, 2**31), n=st.integers(1, 180), m=st.integers(1, 180))
def test_marginals_are_met(
    make: Callable[..., Any], solver: Solver | str, seed: int, n: int, m: int
) -> None:
    """Balanced plans of any size are non-negative, and near to both marginals."""
    batch = make([(n, m), (max(1, n // 2), max(1, m // 3))], seed=seed, weighted=True)
    mass = plan(*batch[:3], solver)
    assert (mass >= 0).all()
    rows = (mass.sum(2) - batch.source).abs().sum(1)
    columns = (mass.sum(1) - batch.target).abs().sum(1)
    assert columns.max() < 1e-9
    assert rows.max() < (1e-9 if solver in {"exact", "product"} else 0.1)


@modest
@given(seed=st.integers(0, 2**31), n=st.integers(1, 40), m=st.integers(1, 40))
def test_ladder(make: Callable[..., Any], seed: int, n: int, m: int) -> None:
    """In <T, C>: partial and nearest <= exact <= sinkhorn <= product, and <= greedy where n = m."""
    batch = make([(n, m), (n, n)], seed=seed)
    paid = {
        name: transport_cost(plan(*batch[:3], name), batch.cost)
        for name in ("exact", "nearest", "product", "greedy")
    }
    from_source = plan(*batch[:3], find("nearest")(side="source"))
    blurred = plan(*batch[:3], Sinkhorn(epsilon=0.2, iterations=400))
    assert (paid["nearest"] <= paid["exact"] + 1e-9).all()
    assert (transport_cost(from_source, batch.cost) <= paid["exact"] + 1e-9).all()
    assert (paid["exact"] <= paid["product"] + 1e-9).all()
    assert (paid["exact"] <= paid["greedy"] + 1e-9)[1:].all()
    # Sinkhorn's plan is feasible up to its rows only, and a cost is at most 2.
    short = (blurred.sum(2) - batch.source).abs().sum(1)
    assert (paid["exact"] <= transport_cost(blurred, batch.cost) + 2 * short + 1e-9).all()


@pytest.mark.parametrize("name", ["exact", "greedy", "nearest"])
@modest
@given(seed=st.integers(0, 2**31), n=st.integers(1, 30))
def test_identical_tokens_cost_nothing(
    make: Callable[..., Any], name: str, seed: int, n: int
) -> None:
    """Two equal sets of tokens, in any order, are matched at no cost."""
    batch = make([(n, n)], seed=seed)
    vectors = torch.randn(n, 8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    vectors = torch.nn.functional.normalize(vectors, dim=1)
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    cost = (1 - vectors @ vectors[order].T)[None]
    assume((cost > 1e-6).sum() == n * (n - 1))
    paid = transport_cost(plan(cost, batch.source, batch.target, name), cost)
    assert paid.abs() < 1e-9


def test_names_stand_for_the_defaults(make: Callable[..., Any]) -> None:
    """A solver's name stands for the solver with its defaults."""
    batch = make(LENGTHS)
    assert torch.equal(plan(*batch[:3], "ipot"), plan(*batch[:3], IPOT()))


def test_unknown_names_are_refused(make: Callable[..., Any]) -> None:
    """A name that is no solver's is an error of the suite."""
    with pytest.raises(SuiteError, match='did you mean "sinkhorn"'):
        plan(*make([(2, 2)])[:3], "sinkhon")


@pytest.mark.parametrize(
    ("cost", "source", "target", "message"),
    [
        (torch.zeros(2, 3, 4).long(), (2, 3), (2, 4), "floating-point dtype .got torch.int64"),
        (torch.zeros(3, 4), (2, 3), (2, 4), r"cost must be \(B, n, m\).*got \(3, 4\)"),
        (torch.zeros(2, 0, 4), (2, 0), (2, 4), r"n, m > 0 \(got \(2, 0, 4\)\)"),
        (torch.zeros(2, 3, 4), (2, 4), (2, 4), r"source must be \(2, 3\).*got \(2, 4\)"),
        (torch.zeros(2, 3, 4), (2, 3), (1, 4), r"target must be \(2, 4\).*got \(1, 4\)"),
    ],
)
def test_misshapen_arguments_are_refused(
    cost: torch.Tensor, source: tuple[int, ...], target: tuple[int, ...], message: str
) -> None:
    """Arguments that do not fit one another are named."""
    with pytest.raises(ValueError, match=message):
        plan(cost, torch.zeros(source), torch.zeros(target), "product")


def test_other_devices_are_refused() -> None:
    """Marginals elsewhere than the cost are named."""
    with pytest.raises(ValueError, match=r"target must be on cpu, where cost is \(got meta"):
        plan(torch.zeros(1, 2, 2), torch.ones(1, 2), torch.ones(1, 2, device="meta"), "product")


@pytest.mark.gpu
@every
def test_cuda_equals_cpu(make: Callable[..., Any], solver: Solver | str) -> None:
    """The same plan on either device, in single precision, with its matrices padded."""
    batch = make(LENGTHS, dtype=torch.float32, weighted=True, padding=3)
    mass = plan(*(x.cuda() for x in batch[:3]), solver)
    expected = plan(*batch[:3], solver)
    assert mass.is_cuda
    torch.testing.assert_close(mass.cpu(), expected, atol=2e-6, rtol=1e-4)


@pytest.mark.gpu
def test_cuda_takes_uniform_masses() -> None:
    """Masses made from a mask on the device fit costs on the device."""
    mask = torch.tensor([[True, True, False]], device="cuda")
    mass = plan(torch.rand(1, 3, 3, device="cuda"), uniform(mask), uniform(mask), "ipot")
    torch.testing.assert_close(mass.sum().item(), 1.0)
