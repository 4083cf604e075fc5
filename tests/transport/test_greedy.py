from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clirbench.transport import plan


def naive(cost: list[list[float]]) -> list[tuple[int, int]]:
    """Cell by cell in Python: the cheapest left, of equal ones the first row, then column."""
    n, m = len(cost), len(cost[0])
    rows, columns, pairs = set(range(n)), set(range(m)), []
    while rows and columns:
        _, i, j = min((cost[i][j], i, j) for i in rows for j in columns)
        pairs.append((i, j))
        rows.remove(i)
        columns.remove(j)
    return pairs


@settings(max_examples=60)
@given(data=st.data(), shapes=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=4))
def test_is_the_naive_loop(data: st.DataObject, shapes: list[tuple[int, int]]) -> None:
    """Batched and padded matching is the naive one, also with many equal costs."""
    shapes = [*shapes, (6, 6)]
    n, m = (max(side) for side in zip(*shapes, strict=True))
    cost = torch.full((len(shapes), n, m), -1.0)  # padding tempts with the lowest cost
    source, target = torch.zeros(len(shapes), n), torch.zeros(len(shapes), m)
    expected = torch.zeros_like(cost)
    for index, (rows, columns) in enumerate(shapes):
        cells = data.draw(
            st.lists(st.integers(0, 3), min_size=rows * columns, max_size=rows * columns)
        )
        block = torch.tensor(cells, dtype=torch.float32).view(rows, columns)
        cost[index, :rows, :columns] = block
        source[index, :rows], target[index, :columns] = 1, 1
        for i, j in naive(block.tolist()):
            expected[index, i, j] = 1 / min(rows, columns)
    mass = plan(cost, source, target, "greedy")
    assert torch.equal(mass, expected)


def test_masses_only_say_where_tokens_are(make: Callable[..., Any]) -> None:
    """Every match carries the same, whatever its tokens weigh."""
    batch = make([(5, 8)], weighted=True)
    mass = plan(*batch[:3], "greedy")
    assert torch.equal(mass, plan(batch.cost, torch.ones(1, 5), torch.ones(1, 8), "greedy"))
    assert mass.count_nonzero() == 5
    torch.testing.assert_close(mass.sum(2), torch.full((1, 5), 0.2, dtype=mass.dtype))
    assert mass.sum(1).max() <= 0.2 + 1e-12
