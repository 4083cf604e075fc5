from __future__ import annotations

import torch
from torch.nn.functional import normalize

from clirbench.transport import cosine_cost, plan, transport_cost, uniform


def test_is_distillation_of_pooled_vectors() -> None:
    """<T, C> is one minus the inner product of the sentences' mean unit vectors."""
    generator = torch.Generator().manual_seed(0)
    teacher = torch.randn(6, 9, 16, generator=generator, dtype=torch.float64)
    student = torch.randn(6, 7, 16, generator=generator, dtype=torch.float64)
    source_mask = torch.arange(9) < torch.tensor([[9], [1], [4], [8], [2], [5]])
    target_mask = torch.arange(7) < torch.tensor([[1], [7], [3], [6], [2], [5]])
    cost = cosine_cost(teacher, student)
    solved = plan(cost, uniform(source_mask), uniform(target_mask), "product")
    for index, paid in enumerate(transport_cost(solved, cost)):
        pooled = [
            normalize(tokens[index][mask[index]], dim=1).mean(0)
            for tokens, mask in ((teacher, source_mask), (student, target_mask))
        ]
        torch.testing.assert_close(paid, 1 - pooled[0] @ pooled[1], atol=1e-6, rtol=0)
